"""Iteration times as a planner would expect them, over the shipped catalog."""

import pickle
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.accelerators import accelerator, accelerators
from aisim.catalog.models import llm_model, llm_models
from aisim.catalog.unknown import UnknownName
from aisim.performance import KV_BYTES, WEIGHT_BYTES, iteration_time
from aisim.performance.shapes import tensor_parallel_choices

LINKED = sorted(
    gpu.name
    for gpu in accelerators().values()
    if gpu.scaleup_bw_gb_s is not None or gpu.pcie_bw_gb_s is not None
)
NOISE = 1 - 1e-12


@st.composite
def times(draw):
    model = llm_model(draw(st.sampled_from(sorted(llm_models()))))
    choices = [tp for tp in tensor_parallel_choices(model) if tp <= 8]
    return iteration_time(
        model,
        accelerator(draw(st.sampled_from(LINKED))),
        draw(st.sampled_from(["vllm", "trtllm", "vllm-2023"])),
        draw(st.sampled_from(sorted(WEIGHT_BYTES))),
        draw(st.sampled_from(sorted(KV_BYTES))),
        draw(st.sampled_from(choices)),
    )


@given(time=times(), n=st.integers(1, 16_384), more=st.integers(1, 1000))
def test_more_tokens_are_never_faster(time, n, more):
    assert time.tokens_s(n + more) >= time.tokens_s(n) * NOISE > 0


@given(
    time=times(),
    new=st.integers(1, 16_384),
    context=st.integers(0, 200_000),
    more=st.integers(1, 5000),
)
def test_longer_prompts_and_contexts_are_never_faster(time, new, context, more):
    seconds = time.prompt_s(new, context)
    assert seconds > 0
    assert time.prompt_s(new + more, context) >= seconds * NOISE
    assert time.prompt_s(new, context + more) >= seconds * NOISE


@given(time=times())
def test_reading_the_cache_costs_a_constant_per_token(time):
    assert time.mixed_kv_s >= time.decode_kv_s > 0
    assert time.mixed_local_kv_s >= time.decode_local_kv_s
    assert (time.decode_local_kv_s > 0) == (time.window is not None)


@given(time=times())
def test_every_estimate_is_said(time):
    assert time.provenance in ("fitted", "datasheet")
    pooled = any("pooled fit of all" in note for note in time.notes)
    assert pooled == (time.provenance == "datasheet")
    assert all(note and "\n" not in note for note in time.notes)


def test_one_token_on_an_h100_by_hand():
    """llama-3.1-8b in fp16: the weights without the embedding, 7.505e9, at 93.8 % of 3,350 GB/s.

    Joined with the products at 98 % of 989.4 TFLOP/s by the exponent 2.2105; 32.2995 us a layer.
    """
    weights = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336) + 4096 * 128256
    read_s = 2 * weights / (3350e9 * 0.938)
    flop_s = 2 * weights / (989.4e12 * 0.98)
    joined_s = (read_s**2.2105 + flop_s**2.2105) ** (1 / 2.2105)
    moved_s = 0.001 * 32 * (4 * 4096 + 2 * 4096 + 2 * 1024 + 3 * 14336) * 2 / 3350e9
    time = iteration_time(
        llm_model("llama-3.1-8b"), accelerator("H100-SXM-80"), "vllm", "fp16", "fp16", 1
    )
    assert time.tokens_s(1) == pytest.approx(32 * 32.2995e-6 + joined_s + moved_s)
    assert time.tokens_s(1) == pytest.approx(5.8e-3, rel=0.01)


def test_unknown_precisions_name_the_nearest():
    h100, llama = accelerator("H100-SXM-80"), llm_model("llama-3.1-8b")
    with pytest.raises(UnknownName, match=r"weight precision 'fp88'.*fp8"):
        iteration_time(llama, h100, "vllm", "fp88", "fp16", 1)
    with pytest.raises(UnknownName, match="KV cache precision 'int8'"):
        iteration_time(llama, h100, "vllm", "fp16", "int8", 1)


def test_heads_that_cannot_be_split():
    with pytest.raises(ValueError, match=r"parallelism 3 does not split.*1, 2, 4, 8, 16, 32$"):
        iteration_time(
            llm_model("llama-3.1-8b"), accelerator("H100-SXM-80"), "vllm", "fp16", "fp16", 3
        )


def test_times_are_frozen_and_travel_between_processes():
    time = iteration_time(
        llm_model("llama-3.1-8b"), accelerator("H100-SXM-80"), "vllm", "fp16", "fp16", 1
    )
    assert pickle.loads(pickle.dumps(time)) == time
    with pytest.raises(FrozenInstanceError):
        time.window = 3
