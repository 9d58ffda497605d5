"""Attention of prompts, and reading the KV cache."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.accelerators import accelerator
from aisim.catalog.models import llm_model
from aisim.performance import Parallel, iteration_time
from aisim.performance.attention import (
    attention_work,
    causal_pairs,
    kv_token_s,
    prompt_attention,
    prompt_attention_s,
    windowed_pairs,
)
from aisim.performance.fits import gpu_fit
from tests.performance.toys import deployed

tokens = st.integers(0, 60)


@given(new=tokens, context=tokens, window=st.integers(1, 80))
def test_pairs_are_those_counted_one_by_one(new, context, window):
    reach = [context + i for i in range(1, new + 1)]
    assert causal_pairs(new, context) == sum(reach)
    assert windowed_pairs(new, context, window) == sum(min(r, window) for r in reach)


def test_flop_per_pair(model, device, fit):
    cost = prompt_attention(deployed(model, device), fit)
    # 4 heads of 3, 2 FLOP each for the score and for the sum of values, 2 layers; 40 % of 1e12.
    assert cost.global_pair_s == pytest.approx(2 * 4 * 4 * 3 / 0.4e12)
    assert cost.local_pair_s == 0
    assert cost.half_sat_tokens == 7


def test_ranks_share_the_heads_and_fp8_weights_change_nothing(model, device, fit):
    alone = prompt_attention(deployed(model, device), fit)
    split = prompt_attention(deployed(model, device, 2, weights="fp8", kv_cache="fp8"), fit)
    assert split.global_pair_s == pytest.approx(alone.global_pair_s / 2)


def test_scores_of_mla_span_the_rotary_part(mla, device, fit):
    cost = prompt_attention(deployed(mla, device), fit)
    assert cost.global_pair_s == pytest.approx(2 * 4 * 2 * (3 + 2 + 6) / 0.4e12)
    alike = mla.model_copy(update={"v_head_dim": 0})
    cost = prompt_attention(deployed(alike, device), fit)
    assert cost.global_pair_s == pytest.approx(2 * 4 * 2 * (3 + 2 + 3) / 0.4e12)


def test_local_layers_are_told_apart(model, device, fit):
    local = model.model_copy(
        update={"layers": 7, "sliding_window": 16, "local_layers_per_global": 2}
    )
    cost = prompt_attention(deployed(local, device), fit)
    assert cost.local_pair_s / cost.global_pair_s == pytest.approx(5 / 2)


def test_layers_of_linear_attention_have_no_pairs(model, device, fit):
    linear = model.model_copy(update={"layers": 8, "linear_layers_per_global": 3})
    cost = prompt_attention(deployed(linear, device), fit)
    assert cost.global_pair_s == pytest.approx(2 * 4 * 4 * 3 / 0.4e12)


def test_short_prompts_run_at_a_share_of_full_speed():
    """14 tokens at a half saturation of 7: two thirds of the speed."""
    assert prompt_attention_s(100, 14, 1e-6, 7) == pytest.approx(100e-6 * 1.5)


@pytest.mark.parametrize(
    ("tp", "heads"), [(1, 2), (2, 1), (4, 1)], ids=["both", "one each", "one copied"]
)
def test_what_a_decode_reads_and_computes(model, device, tp, heads):
    """Keys and values of 3 numbers a KV head; 4 heads ask for them, and share what is read."""
    work = attention_work(deployed(model, device, tp))
    assert work.kv_read_s == pytest.approx(2 * heads * 3 * 2 / 1e9)
    assert work.kv_flop_s == pytest.approx(2 * (4 / tp) * 2 * 3 / 1e12)
    narrow = attention_work(deployed(model, device, tp, kv_cache="fp8"))
    assert narrow.kv_read_s == pytest.approx(work.kv_read_s / 2)
    assert narrow.kv_flop_s == work.kv_flop_s
    joined = ((work.kv_read_s / 0.6) ** 2 + (work.kv_flop_s / 0.4) ** 2) ** 0.5
    assert kv_token_s(work, 0.6, 0.4) == pytest.approx(joined)


def test_mla_decodes_in_the_compressed_space(mla, device):
    """5 + 2 values of the cache on each rank; scores over both, values over the 5."""
    for tp in (1, 2, 4):
        work = attention_work(deployed(mla, device, tp))
        assert work.kv_read_s == pytest.approx((5 + 2) * 2 / 1e9)
        assert work.kv_flop_s == pytest.approx(2 * (4 / tp) * (5 + 2 + 5) / 1e12)


def serving(name="llama-3.1-8b", gpu="H100-SXM-80", parallel=1, kv_cache="fp16"):
    return iteration_time(llm_model(name), accelerator(gpu), "vllm", "fp16", kv_cache, parallel)


@pytest.fixture
def h100():
    """The parameters of an H100 with vLLM in 16 bits."""
    return gpu_fit(accelerator("H100-SXM-80"), "vllm", "fp16").fit


def test_a_prompt_on_an_h100_by_hand(h100):
    """8,192 tokens of llama-3.1-8b: 32 layers x 4 x 4,096 FLOP a pair, of 989.4 TFLOP/s."""
    slowed = 8192 * 8193 / 2 * (1 + h100.attn_half_sat_tokens / 8192)
    by_hand_s = 32 * 4 * 4096 * slowed / (989.4e12 * h100.eff_prefill_attn)
    assert serving().prompt_s(8192, 0) == pytest.approx(by_hand_s)


def cached_s(layers, read_bytes, flop, fit):
    read = read_bytes / (3350e9 * fit.eff_kv_decode)
    return layers * (read**2 + (flop / (989.4e12 * fit.eff_prefill_attn)) ** 2) ** 0.5


def test_reading_the_cache_on_an_h100_by_hand(h100):
    """llama-3.1-8b caches 4,096 bytes a token and layer in 16 bits; 32 heads of 128 ask."""
    flop = 4 * 32 * 128
    assert serving().decode_kv_s == pytest.approx(cached_s(32, 4096, flop, h100))
    assert serving(kv_cache="fp8").decode_kv_s == pytest.approx(cached_s(32, 2048, flop, h100))
    assert serving(parallel=4).decode_kv_s == pytest.approx(cached_s(32, 4096 / 4, flop / 4, h100))
    assert serving().decode_local_kv_s == 0
    assert serving().window is None


def test_a_rank_reads_at_least_one_kv_head(h100):
    """Sixteen ranks ask with half the heads of eight, and read as much."""
    assert serving(parallel=8).decode_kv_s == pytest.approx(cached_s(32, 512, 4 * 4 * 128, h100))
    assert serving(parallel=16).decode_kv_s == pytest.approx(cached_s(32, 512, 4 * 2 * 128, h100))


def test_compressed_cache_is_whole_on_each_rank(h100):
    """61 layers of 512 + 64 values; 128 heads ask."""
    for tp in (8, 16):
        by_hand_s = cached_s(61, 576 * 2, 2 * 128 / tp * (2 * 512 + 64), h100)
        assert serving("deepseek-v3", parallel=tp).decode_kv_s == pytest.approx(by_hand_s)


def test_lanes_read_their_own_sequences_at_once():
    """Of the tokens of all sequences each lane reads its share at the same time."""
    whole = serving().decode_kv_s
    assert serving(parallel=Parallel(pipeline=4)).decode_kv_s == pytest.approx(whole / 4)
    mixtral = serving("mixtral-8x7b", parallel=Parallel(2)).decode_kv_s
    copies = serving("mixtral-8x7b", parallel=Parallel(2, data=4)).decode_kv_s
    assert copies == pytest.approx(mixtral / 4)


def test_sliding_windows_of_gemma():
    """62 layers, five local ones to a global one, window 1,024: 10 global and 52 local layers."""
    gemma = serving("gemma-3-27b")
    assert gemma.window == 1024
    assert gemma.decode_local_kv_s / gemma.decode_kv_s == pytest.approx(52 / 10)


def test_local_layers_cost_a_prompt_no_more_than_its_window(h100):
    gemma = serving("gemma-3-27b")
    near = gemma.prompt_s(512, 100_000) - gemma.prompt_s(512, 50_000)
    # Beyond the window a longer context costs the 10 global layers alone.
    work_s = 10 * 4 * 32 * 128 * 512 * 50_000 / (989.4e12 * h100.eff_prefill_attn)
    assert near == pytest.approx(work_s, rel=0.01)


def test_local_layers_by_hand(h100):
    """A prompt of 2,048 after 3,000 tokens: each of them sees 1,024 in the 52 local layers."""
    pair_s = 4 * 32 * 128 / (989.4e12 * h100.eff_prefill_attn)
    half = h100.attn_half_sat_tokens
    pairs = 2048 * 3000 + 2048 * 2049 / 2
    by_hand_s = 10 * pair_s * pairs * (1 + half / 5048)
    by_hand_s += 52 * pair_s * 2048 * 1024 * (1 + half / 1024)
    assert serving("gemma-3-27b").prompt_s(2048, 3000) == pytest.approx(by_hand_s)


def test_a_chunk_reads_its_context_like_a_decode():
    time = serving()
    assert time.prompt_s(1, 50_000) == pytest.approx(50_000 * time.mixed_kv_s)
    gemma = serving("gemma-3-27b")
    decode_s = 50_000 * gemma.mixed_kv_s + 1024 * gemma.mixed_local_kv_s
    assert gemma.prompt_s(1, 50_000) == pytest.approx(decode_s, rel=0.3)
    assert gemma.prompt_s(1, 50_000) >= decode_s * (1 - 1e-12)
