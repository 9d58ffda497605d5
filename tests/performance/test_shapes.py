"""Counts from the architecture, against published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.models import llm_model, llm_models
from aisim.performance.shapes import (
    attention_layers,
    attention_weights,
    ffn_width,
    global_layers,
    kv_bytes_per_token_layer,
    linear_layers,
    local_layers,
    moe_layers,
    tensor_parallel_choices,
)


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
    hybrid = llm_model("qwen3-next-80b-a3b")
    assert (linear_layers(hybrid), attention_layers(hybrid)) == (36, 12)


@pytest.mark.parametrize("model", llm_models().values(), ids=lambda model: model.name)
def test_each_layer_is_of_one_kind(model):
    kinds = linear_layers(model), global_layers(model), local_layers(model)
    assert sum(kinds) == model.layers
    assert min(kinds) >= 0
    assert 0 <= moe_layers(model) <= model.layers


def test_choices_of_tensor_parallelism():
    assert tensor_parallel_choices(llm_model("qwen2.5-7b")) == (1, 2, 4, 28)
    assert tensor_parallel_choices(llm_model("kimi-k2")) == (1, 2, 4, 8, 16, 32, 64)


@pytest.mark.parametrize("kv_cache", ["fp16", "fp8"])
def test_cache_of_a_token_on_each_rank(kv_cache):
    """8 KV heads of 128, keys and values: split over up to eight ranks, then copied."""
    size = 2 if kv_cache == "fp16" else 1
    llama = llm_model("llama-3.1-8b")
    for tp, heads in ((1, 8), (2, 4), (8, 1), (16, 1), (32, 1)):
        assert kv_bytes_per_token_layer(llama, kv_cache, tp) == 2 * heads * 128 * size


@given(st.sampled_from([model.name for model in llm_models().values() if model.kv_lora_rank]))
def test_a_compressed_cache_is_whole_on_each_rank(name):
    model = llm_model(name)
    for tp in tensor_parallel_choices(model):
        whole = (model.kv_lora_rank + model.rope_dim) * 2
        assert kv_bytes_per_token_layer(model, "fp16", tp) == whole


def test_the_width_that_one_token_passes():
    """The dense layers of DeepSeek-V3 are as wide as nine experts; Mixtral's two experts."""
    assert ffn_width(llm_model("deepseek-v3")) == 18432 == 9 * 2048
    assert ffn_width(llm_model("mixtral-8x7b")) == 2 * 14336
