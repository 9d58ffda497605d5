"""What fits, what is left for the KV cache, and what is said when nothing is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.accelerators import accelerator
from aisim.catalog.engines import engine
from aisim.catalog.models import llm_model, llm_models
from aisim.performance import WEIGHT_BYTES, DoesNotFit, memory_plan
from aisim.performance.shapes import tensor_parallel_choices


def plan(name, gpu, weights="fp16", kv_cache="fp16", tp=1, token_budget=2048, max_sequences=256):
    return memory_plan(
        llm_model(name),
        accelerator(gpu),
        engine("vllm"),
        weights,
        kv_cache,
        tp,
        token_budget,
        max_sequences,
    )


def test_the_run_from_which_the_overhead_comes():
    """vLLM 0.19 reported 41,408 tokens; the overhead is what closes that sum: consistency."""
    found = plan("llama-3.1-8b", "RTX4090-24")
    assert found.kv_tokens == 41_408
    assert found.blocks == 41_408 / 16
    assert found.usable_gib == pytest.approx(0.9 * 24)


def test_parts_by_hand():
    found = plan("llama-3.1-8b", "H100-SXM-80", tp=2)
    assert found.weights_gib == pytest.approx(8.03e9 * 2 / 2 / 2**30)
    activations = 2048 * (2 * 4096 + 2 * 14336 / 2) * 2 + 256 * 128256 * 4 / 2
    assert found.activations_gib == pytest.approx(activations / 2**30)
    assert found.kv_gib == pytest.approx(found.kv_tokens * 131_072 / 2 / 2**30)


@given(
    name=st.sampled_from(sorted(llm_models())),
    gpu=st.sampled_from(["H100-SXM-80", "B200-SXM-180", "T4-16", "MI210-64"]),
    weights=st.sampled_from(sorted(WEIGHT_BYTES)),
)
def test_more_ranks_never_hold_more_weights_each(name, gpu, weights):
    held, tokens = float("inf"), 0
    for tp in tensor_parallel_choices(llm_model(name)):
        try:
            found = plan(name, gpu, weights, tp=tp)
        except DoesNotFit:
            assert tokens == 0
            continue
        used = found.weights_gib + found.activations_gib + found.overhead_gib + found.kv_gib
        assert used <= found.usable_gib * (1 + 1e-12)
        assert found.weights_gib < held
        assert found.kv_tokens >= tokens
        held, tokens = found.weights_gib, found.kv_tokens


def test_fp8_cache_holds_twice_the_tokens():
    half = plan("llama-3.1-8b", "H100-SXM-80")
    assert plan("llama-3.1-8b", "H100-SXM-80", kv_cache="fp8").blocks in (
        2 * half.blocks,
        2 * half.blocks + 1,
    )


def test_compressed_cache_is_not_divided():
    eight, sixteen = (plan("deepseek-v3", "B200-SXM-180", "fp8", tp=tp) for tp in (8, 16))
    for found in (eight, sixteen):
        assert found.kv_gib * 2**30 / found.kv_tokens == pytest.approx(61 * 576 * 2)


def test_a_name_on_the_box_is_1e9_bytes():
    assert plan("llama-3.1-8b", "MI210-64").usable_gib == pytest.approx(0.9 * 64e9 / 2**30)


def test_the_message_says_what_would_fit():
    with pytest.raises(DoesNotFit) as caught:
        plan("llama-3.1-70b", "H100-SXM-80")
    message = str(caught.value)
    assert message.startswith("llama-3.1-70b in fp16 does not fit on H100-SXM-80: per GPU 131.4")
    assert "in 71.6 GiB" in message
    assert message.endswith("tensor parallelism 2 or fp8 weights would fit")
    assert "\n" not in message
    assert plan("llama-3.1-70b", "H100-SXM-80", tp=2).blocks
    assert plan("llama-3.1-70b", "H100-SXM-80", weights="fp8").blocks


def test_the_message_counts_the_gpus():
    with pytest.raises(DoesNotFit, match=r"on 8 x H100-SXM-80.*parallelism 16 or nvfp4 weights"):
        plan("deepseek-v3", "H100-SXM-80", "fp8", tp=8)


def test_the_message_when_nothing_would():
    with pytest.raises(DoesNotFit, match="neither more tensor parallelism nor smaller weights"):
        plan("qwen2.5-7b", "T4-16", "int4", token_budget=1_000_000, tp=28)


def test_ranks_must_share_the_heads():
    with pytest.raises(ValueError, match=r"3 does not split the 32 heads \(8 .*1, 2, 4, 8, 16, 32"):
        plan("llama-3.1-8b", "H100-SXM-80", tp=3)
    with pytest.raises(ValueError, match=r"40 heads \(10 of the KV cache\).*1, 2, 5, 10, 20, 40$"):
        plan("phi-4", "H100-SXM-80", tp=4)
