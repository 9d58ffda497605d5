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
    matrices = 3 if model.gated_mlp else 2
    expert = matrices * model.hidden * model.moe_intermediate
    with_experts = 0
    if model.n_experts:
        with_experts = (model.layers - model.first_dense_layers) // max(1, model.moe_every)
    dense = (model.layers - with_experts) * matrices * model.hidden * model.ffn_intermediate
    router = model.hidden * model.n_experts
    experts = with_experts * (router + (model.n_shared_experts + model.n_experts) * expert)
    embeddings = (model.vocab * (1 if tied else 2) + positions) * model.hidden
    total = _mixers(model) + dense + experts + embeddings
    idle = with_experts * (model.n_experts - model.experts_per_token) * expert
    return Parameters(total, total - idle)


def _mixers(model: LlmModel) -> int:
    """Weights of what mixes tokens: attention, and linear attention where a model has it."""
    attending = model.layers // (model.linear_layers_per_global + 1)
    linear = (model.layers - attending) * model.linear_layer_weights
    return linear + attending * (_mla(model) if model.kv_lora_rank else _attention(model))


def _attention(model: LlmModel) -> int:
    queries = (3 if model.gated_attention else 2) * model.n_heads
    return model.hidden * (queries + 2 * model.n_kv_heads) * model.head_dim


def _mla(model: LlmModel) -> int:
    queries = model.n_heads * (model.head_dim + model.rope_dim)
    values = model.n_heads * (model.v_head_dim or model.head_dim)
    rank, hidden = model.q_lora_rank, model.hidden
    expanded = model.kv_lora_rank * (model.n_heads * model.head_dim + values)
    compressed = hidden * (model.kv_lora_rank + model.rope_dim)
    asking = rank * (hidden + queries) if rank else hidden * queries
    return asking + compressed + expanded + values * hidden
