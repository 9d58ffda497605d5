"""Counts that follow from a model's architecture: weights, layers by kind, KV cache."""

from aisim.catalog.models import LlmModel
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


def is_mla(model: LlmModel) -> bool:
    """Return whether the model caches a compressed vector instead of keys and values."""
    return model.kv_lora_rank > 0


def global_layers(model: LlmModel) -> int:
    """Return the layers that attend to the whole context."""
    if model.sliding_window is None:
        return model.layers
    return model.layers // (model.local_layers_per_global + 1)


def moe_layers(model: LlmModel) -> int:
    """Return the layers that hold experts."""
    if not model.n_experts:
        return 0
    return (model.layers - model.first_dense_layers) // max(1, model.moe_every)


def attention_weights(model: LlmModel) -> int:
    """Return the weights of one attention layer.

    The catalog holds no query rank of MLA: it is 3 x the KV rank in DeepSeek-V3
    (arXiv:2412.19437), and queries are not compressed where that would save nothing.
    """
    query = model.n_heads * model.head_dim
    if not is_mla(model):
        return model.hidden * (2 * query + 2 * model.n_kv_heads * model.head_dim)
    heads = model.n_heads * (model.head_dim + model.rope_dim)
    rank = 3 * model.kv_lora_rank
    queries = min(model.hidden * heads, rank * (model.hidden + heads))
    keys_values = model.hidden * (model.kv_lora_rank + model.rope_dim)
    return queries + keys_values + 2 * model.kv_lora_rank * query + query * model.hidden


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
        model.layers * attention_weights(model) + (model.layers - experts) * ffn + experts * shared
    )


def head_weights(model: LlmModel) -> int:
    """Return the weights of the LM head."""
    return model.hidden * model.vocab


def activation_values(model: LlmModel, tp: int) -> float:
    """Return the values that the projections of all layers read and write per token and GPU.

    Hidden states are whole on each rank; heads and feed-forward widths are split.
    """
    query = model.n_heads * model.head_dim
    cached = model.kv_lora_rank + model.rope_dim or model.n_kv_heads * model.head_dim
    experts = moe_layers(model)
    routed = (model.experts_per_token + model.n_shared_experts) * model.moe_intermediate
    ffn = (model.layers - experts) * model.ffn_intermediate + experts * routed
    split = model.layers * 2 * (query + cached) + ffn_matrices(model) * ffn
    return model.layers * 4 * model.hidden + split / tp


def kv_bytes_per_token_layer(model: LlmModel, kv_cache: str, tp: int) -> float:
    """Return the KV cache bytes of one token in one layer on each GPU.

    A rank holds at least one KV head; the compressed cache of MLA is whole on each rank.

    Raises:
        UnknownName: No such precision of the KV cache.
    """
    if is_mla(model):
        return (model.kv_lora_rank + model.rope_dim) * kv_bytes(kv_cache)
    return 2 * max(1.0, model.n_kv_heads / tp) * model.head_dim * kv_bytes(kv_cache)
