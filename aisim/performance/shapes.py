"""Counts that follow from a model's architecture: how it splits, layers by kind, KV cache.

Those that the number of parameters needs as well are made in `aisim.catalog.parameters`.
"""

from aisim.catalog.models import LlmModel
from aisim.catalog.parameters import (
    attention_layers,
    attention_weights,
    dense_weights,
    expert_weights,
    ffn_matrices,
    head_weights,
    is_mla,
    linear_layers,
    moe_layers,
    routed_weights,
    value_dim,
)
from aisim.performance.deployment import Parallel
from aisim.performance.precision import kv_bytes

__all__ = [
    "attention_layers",
    "attention_weights",
    "check_parallel",
    "check_tensor_parallel",
    "dense_weights",
    "expert_weights",
    "ffn_matrices",
    "ffn_width",
    "global_layers",
    "head_weights",
    "is_mla",
    "kv_bytes_per_token_layer",
    "linear_layers",
    "local_layers",
    "moe_layers",
    "routed_weights",
    "tensor_parallel_choices",
    "value_dim",
]


def tensor_parallel_choices(model: LlmModel) -> tuple[int, ...]:
    """Return the tensor parallelisms that split the heads evenly.

    KV heads are split, or copied a whole number of times, as vLLM demands
    (`ModelConfig` and `QKVParallelLinear`); the compressed cache of MLA is copied.
    """
    kv_heads = 1 if is_mla(model) else model.n_kv_heads
    return tuple(
        ranks
        for ranks in range(1, model.n_heads + 1)
        if model.n_heads % ranks == 0 and (kv_heads % ranks == 0 or ranks % kv_heads == 0)
    )


def check_tensor_parallel(model: LlmModel, tp: int) -> None:
    """Check that `tp` ranks can share the heads of the model.

    Raises:
        ValueError: They cannot; the message names the numbers that can.
    """
    choices = tensor_parallel_choices(model)
    if tp not in choices:
        raise ValueError(
            f"tensor parallelism {tp} does not split the {model.n_heads} heads "
            f"({model.n_kv_heads} of the KV cache) of {model.name}; "
            f"these do: {', '.join(map(str, choices))}"
        )


def check_parallel(model: LlmModel, parallel: Parallel) -> None:
    """Check that a replica of the model can be spread so.

    Raises:
        ValueError: It cannot; the message names the numbers that can.
    """
    check_tensor_parallel(model, parallel.tensor)
    if parallel.pipeline > model.layers:
        raise ValueError(
            f"pipeline parallelism {parallel.pipeline} is more than the {model.layers} layers "
            f"of {model.name}"
        )
    ranks = parallel.tensor * parallel.data
    if parallel.expert == 1 and parallel.data == 1:
        return
    if not model.n_experts:
        kind = "expert" if parallel.expert > 1 else "data"
        raise ValueError(
            f"{kind} parallelism inside a replica needs experts, and {model.name} has none; "
            "more replicas do the same"
        )
    if ranks % parallel.expert or model.n_experts % parallel.expert:
        fitting = [n for n in range(1, ranks + 1) if ranks % n == 0 and model.n_experts % n == 0]
        raise ValueError(
            f"expert parallelism {parallel.expert} does not split the {model.n_experts} experts "
            f"of {model.name} over {ranks} GPUs; these do: {', '.join(map(str, fitting))}"
        )


def global_layers(model: LlmModel) -> int:
    """Return the layers that attend to the whole context."""
    if model.sliding_window is None:
        return attention_layers(model)
    return attention_layers(model) // (model.local_layers_per_global + 1)


def local_layers(model: LlmModel) -> int:
    """Return the layers that attend to a sliding window."""
    return attention_layers(model) - global_layers(model)


def ffn_width(model: LlmModel) -> int:
    """Return the feed-forward width that one token passes in the widest layer."""
    experts = model.experts_per_token + model.n_shared_experts
    return max(model.ffn_intermediate, experts * model.moe_intermediate)


def kv_bytes_per_token_layer(model: LlmModel, kv_cache: str, tp: int) -> float:
    """Return the KV cache bytes of one token in one layer on each GPU.

    A rank holds at least one KV head; the compressed cache of MLA is whole on each rank.

    Raises:
        UnknownName: No such precision of the KV cache.
    """
    if is_mla(model):
        return (model.kv_lora_rank + model.rope_dim) * kv_bytes(kv_cache)
    return 2 * max(1.0, model.n_kv_heads / tp) * model.head_dim * kv_bytes(kv_cache)
