"""Attention of prompts, and reading the KV cache."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.accelerators import accelerator
from aisim.catalog.models import llm_model
from aisim.performance import iteration_time
from aisim.performance.attention import causal_pairs, prompt_attention, windowed_pairs
from aisim.performance.deployment import Deployment

tokens = st.integers(0, 60)


@given(new=tokens, context=tokens, window=st.integers(1, 80))
def test_pairs_are_those_counted_one_by_one(new, context, window):
    reach = [context + i for i in range(1, new + 1)]
    assert causal_pairs(new, context) == sum(reach)
    assert windowed_pairs(new, context, window) == sum(min(r, window) for r in reach)


def test_flop_per_pair(model, device, fit):
    cost = prompt_attention(Deployment(model, device, "vllm", "fp16", "fp16", 1, 4), fit)
    # 4 heads of 3, 2 FLOP each for the score and for the sum of values, 2 layers.
    assert cost.global_pair_s == pytest.approx(2 * 4 * 4 * 3 / 1e12)
    assert cost.local_pair_s == 0


def test_ranks_share_the_heads_and_fp8_weights_change_nothing(model, device, fit):
    alone = prompt_attention(Deployment(model, device, "vllm", "fp16", "fp16", 1, 4), fit)
    split = prompt_attention(Deployment(model, device, "vllm", "fp8", "fp8", 2, 4), fit)
    assert split.global_pair_s == pytest.approx(alone.global_pair_s / 2)


def test_scores_of_mla_span_the_rotary_part(model, device, fit):
    mla = model.model_copy(update={"kv_lora_rank": 5, "rope_dim": 2})
    cost = prompt_attention(Deployment(mla, device, "vllm", "fp16", "fp16", 1, 4), fit)
    assert cost.global_pair_s == pytest.approx(2 * 4 * (2 * (3 + 2) + 2 * 3) / 1e12)


def test_local_layers_are_told_apart(model, device, fit):
    local = model.model_copy(
        update={"layers": 7, "sliding_window": 16, "local_layers_per_global": 2}
    )
    cost = prompt_attention(Deployment(local, device, "vllm", "fp16", "fp16", 1, 4), fit)
    assert cost.local_pair_s / cost.global_pair_s == pytest.approx(5 / 2)


def serving(name="llama-3.1-8b", gpu="H100-SXM-80", tp=1, kv_cache="fp16"):
    return iteration_time(llm_model(name), accelerator(gpu), "vllm", "fp16", kv_cache, tp)


def test_a_prompt_on_an_h100_by_hand():
    """8,192 tokens of llama-3.1-8b: 32 layers x 4 x 4,096 FLOP a pair, 47.39 % of 989.4 TFLOP/s,
    slowed by 10,104.0358 tokens of half saturation."""
    pairs = 8192 * 8193 / 2
    slowed = pairs * (1 + 10104.0358 / 8192)
    by_hand_s = 32 * 4 * 4096 * slowed / (989.4e12 * 0.4739)
    assert serving().prompt_s(8192, 0) == pytest.approx(by_hand_s)


def test_reading_the_cache_on_an_h100_by_hand():
    """llama-3.1-8b caches 131,072 bytes a token in 16 bits; 85.06 % of 3,350 GB/s are reached."""
    assert serving().decode_kv_s == pytest.approx(131_072 / (3350e9 * 0.8506))
    assert serving(kv_cache="fp8").decode_kv_s == pytest.approx(serving().decode_kv_s / 2)
    assert serving(tp=4).decode_kv_s == pytest.approx(serving().decode_kv_s / 4)
    assert serving().decode_local_kv_s == 0
    assert serving().window is None


def test_a_rank_reads_at_least_one_kv_head():
    eight, sixteen = serving(tp=8), serving(tp=16)
    assert sixteen.decode_kv_s == eight.decode_kv_s


def test_compressed_cache_is_whole_on_each_rank():
    assert serving("deepseek-v3", tp=8).decode_kv_s == serving("deepseek-v3", tp=16).decode_kv_s
    # 61 layers of 512 + 64 values.
    by_hand_s = 61 * 576 * 2 / (3350e9 * 0.8506)
    assert serving("deepseek-v3", tp=8).decode_kv_s == pytest.approx(by_hand_s)


def test_sliding_windows_of_gemma():
    """62 layers, five local ones to a global one, window 1,024: 10 global and 52 local layers."""
    gemma = serving("gemma-3-27b")
    assert gemma.window == 1024
    assert gemma.decode_local_kv_s / gemma.decode_kv_s == pytest.approx(52 / 10)


def test_local_layers_cost_a_prompt_no_more_than_its_window():
    gemma = serving("gemma-3-27b")
    near = gemma.prompt_s(512, 100_000) - gemma.prompt_s(512, 50_000)
    # Beyond the window a longer context costs the 10 global layers alone.
    work_s = 10 * 4 * 32 * 128 * 512 * 50_000 / (989.4e12 * 0.4739)
    assert near == pytest.approx(work_s, rel=0.01)


def test_a_chunk_reads_its_context_like_a_decode():
    time = serving()
    assert time.prompt_s(1, 50_000) == pytest.approx(50_000 * time.mixed_kv_s)
    gemma = serving("gemma-3-27b")
    decode_s = 50_000 * gemma.mixed_kv_s + 1024 * gemma.mixed_local_kv_s
    assert gemma.prompt_s(1, 50_000) == pytest.approx(decode_s, rel=0.3)
    assert gemma.prompt_s(1, 50_000) >= decode_s * (1 - 1e-12)
