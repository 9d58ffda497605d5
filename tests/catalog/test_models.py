"""The rows of models.csv hold together."""

import re

import pytest

from aisim.catalog import llm_models
from aisim.performance.shapes import (
    dense_weights,
    expert_weights,
    head_weights,
    linear_layers,
    moe_layers,
)

#: Rows of before their notes said in these words that a tower for images is counted.
TOWERS_B = {"gemma-3-12b": 0.42, "gemma-3-27b": 0.42}
TOWER = re.compile(r"([\d.]+)B vision tower counted")
#: Positions with an embedding of their own.
POSITIONS = {"opt": 2050, "gpt-3": 2048}

every_model = pytest.mark.parametrize("model", llm_models().values(), ids=lambda model: model.name)


def embedding_weights(model):
    positions = next((n for start, n in POSITIONS.items() if model.name.startswith(start)), 0)
    heads = 1 if "tied" in model.note else 2
    return heads * head_weights(model) + positions * model.hidden


def tower_b(model):
    noted = TOWER.search(model.note)
    return float(noted[1]) if noted else TOWERS_B.get(model.name, 0.0)


def text_b(model):
    routed = moe_layers(model) * expert_weights(model) * model.n_experts
    return (dense_weights(model) + routed + embedding_weights(model)) / 1e9


@every_model
def test_parameters_follow_from_the_shapes(model):
    """Without norms and biases, and without layers that predict several tokens."""
    assert text_b(model) + tower_b(model) == pytest.approx(model.params_b, rel=0.02)


@every_model
def test_active_parameters_follow_from_the_shapes(model):
    """Some makers count what a token passes without one embedding or both, or with the tower."""
    idle = moe_layers(model) * expert_weights(model) * (model.n_experts - model.experts_per_token)
    passed = text_b(model) - idle / 1e9
    counts = [passed - embeddings * head_weights(model) / 1e9 for embeddings in range(3)]
    counts.append(passed + tower_b(model))
    assert any(count == pytest.approx(model.active_params_b, rel=0.03) for count in counts)


@every_model
def test_shapes_fit_together(model):
    assert model.n_heads % model.n_kv_heads == 0
    assert 0 < model.active_params_b <= model.params_b
    assert model.max_context >= 2048
    assert (model.n_experts > 0) == (model.moe_intermediate > 0) == (model.moe_every > 0)
    assert model.experts_per_token <= model.n_experts
    assert model.first_dense_layers < model.layers
    assert model.n_experts or model.ffn_intermediate


@every_model
def test_attention_is_what_it_is_called(model):
    kinds = {1: "MQA", model.n_heads: "MHA"}
    kind = "MLA" if model.kv_lora_rank else kinds.get(model.n_kv_heads, "GQA")
    assert model.attention_kind.startswith(kind)
    assert (model.rope_dim > 0) == (model.kv_lora_rank > 0)
    assert model.kv_lora_rank or not (model.q_lora_rank or model.v_head_dim)
    assert model.v_head_dim != model.head_dim


@every_model
def test_layers_by_kind_are_described(model):
    assert (model.sliding_window is None) == (model.local_layers_per_global == 0)
    linear = model.linear_layers_per_global > 0
    assert linear == (linear_layers(model) > 0)
    assert linear == (model.linear_state_bytes > 0) == (model.linear_layer_weights > 0)


def test_there_are_enough_to_choose_from():
    assert len(llm_models()) >= 75
