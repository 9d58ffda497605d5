"""Counts that follow from a model's architecture: weights, layers by kind, KV cache."""

from aisim.catalog.models import LlmModel
from aisim.performance.deployment import Parallel
from aisim.performance.precision import kv_bytes


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


def is_mla(model: LlmModel) -> bool:
    """Return whether the model caches a compressed vector instead of keys and values."""
    return model.kv_lora_rank > 0


def value_dim(model: LlmModel) -> int:
    """Return the width of one value head."""
    return model.v_head_dim or model.head_dim


def attention_layers(model: LlmModel) -> int:
    """Return the layers that keep keys and values: all but those of linear attention."""
    return model.layers // (model.linear_layers_per_global + 1)


def linear_layers(model: LlmModel) -> int:
    """Return the layers of linear attention, whose state does not grow."""
    return model.layers - attention_layers(model)


def global_layers(model: LlmModel) -> int:
    """Return the layers that attend to the whole context."""
    if model.sliding_window is None:
        return attention_layers(model)
    return attention_layers(model) // (model.local_layers_per_global + 1)


def local_layers(model: LlmModel) -> int:
    """Return the layers that attend to a sliding window."""
    return attention_layers(model) - global_layers(model)


def moe_layers(model: LlmModel) -> int:
    """Return the layers that hold experts."""
    if not model.n_experts:
        return 0
    return (model.layers - model.first_dense_layers) // max(1, model.moe_every)


def attention_weights(model: LlmModel) -> int:
    """Return the weights of one layer of full or local attention.

    A linear layer holds `linear_layer_weights` instead.
    """
    query = model.n_heads * model.head_dim
    if not is_mla(model):
        gate = query if model.gated_attention else 0
        return model.hidden * (2 * query + gate + 2 * model.n_kv_heads * model.head_dim)
    heads = model.n_heads * (model.head_dim + model.rope_dim)
    value = model.n_heads * (model.v_head_dim or model.head_dim)
    rank = model.q_lora_rank
    queries = rank * (model.hidden + heads) if rank else model.hidden * heads
    keys_values = model.hidden * (model.kv_lora_rank + model.rope_dim)
    return queries + keys_values + model.kv_lora_rank * (query + value) + value * model.hidden


def ffn_matrices(model: LlmModel) -> int:
    """Return the matrices of one feed-forward block: three with a gate, else two."""
    return 3 if model.gated_mlp else 2


def ffn_width(model: LlmModel) -> int:
    """Return the feed-forward width that one token passes in the widest layer."""
    experts = model.experts_per_token + model.n_shared_experts
    return max(model.ffn_intermediate, experts * model.moe_intermediate)


def expert_weights(model: LlmModel) -> int:
    """Return the weights of one expert."""
    return ffn_matrices(model) * model.hidden * model.moe_intermediate


def dense_weights(model: LlmModel) -> int:
    """Return the weights that every token passes in all layers, without the LM head.

    Attention, dense feed-forward blocks, shared experts and routers.
    """
    experts = moe_layers(model)
    ffn = ffn_matrices(model) * model.hidden * model.ffn_intermediate
    shared = model.n_shared_experts * expert_weights(model) + model.hidden * model.n_experts
    return (
        attention_layers(model) * attention_weights(model)
        + linear_layers(model) * model.linear_layer_weights
        + (model.layers - experts) * ffn
        + experts * shared
    )


def head_weights(model: LlmModel) -> int:
    """Return the weights of the LM head."""
    return model.hidden * model.vocab


def routed_weights(model: LlmModel) -> int:
    """Return the weights of all routed experts."""
    return moe_layers(model) * model.n_experts * expert_weights(model)


def kv_bytes_per_token_layer(model: LlmModel, kv_cache: str, tp: int) -> float:
    """Return the KV cache bytes of one token in one layer on each GPU.

    A rank holds at least one KV head; the compressed cache of MLA is whole on each rank.

    Raises:
        UnknownName: No such precision of the KV cache.
    """
    if is_mla(model):
        return (model.kv_lora_rank + model.rope_dim) * kv_bytes(kv_cache)
    return 2 * max(1.0, model.n_kv_heads / tp) * model.head_dim * kv_bytes(kv_cache)
