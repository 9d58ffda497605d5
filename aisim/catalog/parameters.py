"""Counting the parameters of a language model from its shapes."""

from typing import NamedTuple

from aisim.catalog.architecture import LlmModel


class Parameters(NamedTuple):
    """Parameters of a model: matrices and embeddings; norms and biases are below 0.1 %.

    Attributes:
        total: All that is loaded.
        active: Those that one token passes.
    """

    total: int
    active: int


def count_parameters(model: LlmModel, tied: bool, positions: int = 0) -> Parameters:
    """Count the parameters that follow from the shapes.

    Args:
        model: Its shapes.
        tied: Whether the LM head is the embedding of the tokens.
        positions: Positions that have an embedding of their own.
    """
    embeddings = (1 if tied else 2) * head_weights(model) + positions * model.hidden
    total = dense_weights(model) + routed_weights(model) + embeddings
    unused = model.n_experts - model.experts_per_token
    idle = moe_layers(model) * unused * expert_weights(model)
    return Parameters(total, total - idle)


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
    value = model.n_heads * value_dim(model)
    rank = model.q_lora_rank
    queries = rank * (model.hidden + heads) if rank else model.hidden * heads
    keys_values = model.hidden * (model.kv_lora_rank + model.rope_dim)
    return queries + keys_values + model.kv_lora_rank * (query + value) + value * model.hidden


def ffn_matrices(model: LlmModel) -> int:
    """Return the matrices of one feed-forward block: three with a gate, else two."""
    return 3 if model.gated_mlp else 2


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
