"""Counts from the architecture, against published figures."""

import pytest

from aisim.catalog.models import llm_model, llm_models
from aisim.performance.shapes import (
    attention_weights,
    dense_weights,
    expert_weights,
    global_layers,
    head_weights,
    moe_layers,
    tensor_parallel_choices,
)


@pytest.mark.parametrize("name", sorted(llm_models()))
def test_weights_add_up_to_the_parameters(name):
    """Layers and head, with an embedding of its own or the head's, give the published count.

    Norms, biases and vision towers are left out: within 2 %.
    """
    model = llm_model(name)
    experts = moe_layers(model) * model.n_experts * expert_weights(model)
    layers_b = (dense_weights(model) + experts) / 1e9
    head_b = head_weights(model) / 1e9
    tower_b = 0.4 if name == "gemma-3-12b" else 0.0
    totals = [layers_b + tower_b + head_b, layers_b + tower_b + 2 * head_b]
    assert any(total == pytest.approx(model.params_b, rel=0.02) for total in totals)


def test_attention_of_mla():
    """DeepSeek-V3 compresses its queries to 1,536, V2-Lite does not."""
    v3 = 7168 * 1536 + 1536 * 128 * 192 + 7168 * 576 + 512 * 128 * 256 + 128 * 128 * 7168
    assert attention_weights(llm_model("deepseek-v3")) == v3
    lite = 2048 * 16 * 192 + 2048 * 576 + 512 * 16 * 256 + 16 * 128 * 2048
    assert attention_weights(llm_model("deepseek-v2-lite")) == lite


def test_layers_by_kind():
    assert global_layers(llm_model("gpt-oss-120b")) == 18
    assert global_layers(llm_model("llama-3.1-8b")) == 32
    assert moe_layers(llm_model("deepseek-v3")) == 58
    assert moe_layers(llm_model("llama-4-maverick")) == 24
    assert moe_layers(llm_model("llama-3.1-8b")) == 0


def test_choices_of_tensor_parallelism():
    assert tensor_parallel_choices(llm_model("qwen2.5-7b")) == (1, 2, 4, 28)
    assert tensor_parallel_choices(llm_model("kimi-k2")) == (1, 2, 4, 8, 16, 32, 64)
