"""Iteration times as a planner would expect them, over the shipped catalog."""

import pickle
import re
from dataclasses import FrozenInstanceError
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.accelerators import accelerator, accelerators
from aisim.catalog.models import llm_model, llm_models
from aisim.catalog.unknown import UnknownName
from aisim.performance import KV_BYTES, WEIGHT_BYTES, Parallel, iteration_time
from aisim.performance.fits import as_served, bare, engine_host, gpu_fit
from aisim.performance.iteration import assemble
from aisim.performance.shapes import check_parallel, tensor_parallel_choices
from tests.performance.toys import deployed

LINKED = sorted(
    gpu.name
    for gpu in accelerators().values()
    if gpu.scaleup_bw_gb_s is not None or gpu.pcie_bw_gb_s is not None
)
NOISE = 1 - 1e-12
NO_HOST = bare("vllm")


@st.composite
def spreads(draw, model):
    """A way to spread a model over GPUs; over experts and copies of the attention if it can."""
    choices = [tp for tp in tensor_parallel_choices(model) if tp <= 8]
    tensor, pipeline = draw(st.sampled_from(choices)), draw(st.sampled_from([1, 1, 2, 4]))
    if not model.n_experts:
        return Parallel(tensor, pipeline)
    data = draw(st.sampled_from([1, 1, 2, 8]))
    groups = [n for n in (1, 2, 4, 8) if (tensor * data) % n == 0 and model.n_experts % n == 0]
    return Parallel(tensor, pipeline, draw(st.sampled_from(groups)), data)


@st.composite
def times(draw, budget=2048):
    model = llm_model(draw(st.sampled_from(sorted(llm_models()))))
    return iteration_time(
        model,
        accelerator(draw(st.sampled_from(LINKED))),
        draw(st.sampled_from(["vllm", "trtllm", "sglang", "vllm-2023"])),
        draw(st.sampled_from(sorted(WEIGHT_BYTES))),
        draw(st.sampled_from(sorted(KV_BYTES))),
        draw(spreads(model)),
        token_budget=budget,
    )


@given(time=times(), n=st.integers(1, 16_384), more=st.integers(1, 1000))
def test_more_tokens_are_never_faster(time, n, more):
    assert time.tokens_s(n + more) >= time.tokens_s(n) * NOISE > 0
    assert time.mixed_tokens_s(n + more) >= time.mixed_tokens_s(n) * NOISE > 0
    assert time.exchange_s(n + more) >= time.exchange_s(n) * NOISE >= 0
    assert time.exchange_s(n) < time.mixed_tokens_s(n)


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
    assert time.decode_kv_s + time.decode_local_kv_s > 0
    assert time.mixed_kv_s >= time.decode_kv_s >= 0
    assert time.mixed_local_kv_s >= time.decode_local_kv_s
    assert (time.decode_local_kv_s > 0) == (time.window is not None)


@given(time=times())
def test_every_estimate_is_said(time):
    assert time.provenance in ("fitted", "relatives")
    lent = any("its data sheet with the efficiencies of" in note for note in time.notes)
    assert lent == (time.provenance == "relatives")
    assert all(note and "\n" not in note for note in time.notes)


def test_one_token_on_an_h100_by_hand():
    """llama-3.1-8b in fp16: five matrices a layer but for the head, at 3,350 GB/s and 989.4e12.

    Weights without the embedding are 7.505e9: 4.5 ms at full bandwidth.
    """
    h100, llama = accelerator("H100-SXM-80"), llm_model("llama-3.1-8b")
    fit = gpu_fit(h100, "vllm", "fp16").fit
    layer = [(6144, 4096), (4096, 4096), (28672, 4096), (4096, 14336)]

    def one(width, depth):
        read_s = 2 * width * depth / (3350e9 * fit.eff_m_dense)
        flop_s = 2 * width * depth / (989.4e12 * fit.eff_c_dense)
        moved_s = fit.act_mult * 2 * (width + depth) / 3350e9
        return fit.product_us * 1e-6 + hypot(read_s, flop_s) + moved_s

    by_hand_s = 32 * (fit.attention_us * 1e-6 + sum(one(*shape) for shape in layer))
    by_hand_s += one(128_256, 4096)
    time = iteration_time(llama, h100, "vllm", "fp16", "fp16", 1, host=NO_HOST)
    assert time.tokens_s(1) == pytest.approx(by_hand_s)
    assert 4.5e-3 < time.tokens_s(1) < 7e-3


def test_what_an_engine_adds(model, device, fit, host):
    """11 us an iteration, 0.5 us a sequence that decodes, and launches as often as it makes them;
    in long iterations the work for each sequence hides."""
    alone = assemble(deployed(model, device), as_served(fit, host), NO_HOST)
    served = assemble(deployed(model, device), fit, host)
    for n in (1, 3, 50):
        added_s = served.tokens_s(n) - alone.tokens_s(n)
        assert added_s == pytest.approx(11e-6 + n * 0.5e-6)
        assert served.mixed_tokens_s(n) - alone.mixed_tokens_s(n) == pytest.approx(11e-6)
    assert served.prompt_s(50, 10) == alone.prompt_s(50, 10)
    assert served.decode_kv_s == alone.decode_kv_s


def test_the_host_of_the_newest_version_unless_one_is_given(host):
    h100, llama = accelerator("H100-SXM-80"), llm_model("llama-3.1-8b")
    kind = (llama, h100, "vllm", "fp16", "fp16", 1)
    assert iteration_time(*kind).host == engine_host("vllm", "fp16")
    assert iteration_time(*kind, host=host).host == host


def lanes(model, device, fit, parallel):
    """A toy without what an engine adds, whose lanes take 100 tokens."""
    return assemble(deployed(model, device, parallel, max_sequences=1000), fit, NO_HOST)


@pytest.mark.parametrize("stages", [2, 4])
def test_decodes_are_spread_over_the_stages(model, device, fit, stages):
    """The fullest stage counts: of 9 on 4 lanes, 3. All layers are passed, and all hops made."""
    alone, piped = (lanes(model, device, fit, Parallel(1, pp)) for pp in (1, stages))
    for n in (1, stages, stages + 1, 9, 64):
        hops_s = piped.exchange_s(-(-n // stages))
        assert piped.tokens_s(n) == pytest.approx(alone.tokens_s(-(-n // stages)) + hops_s)


def test_a_lone_prompt_stays_on_one_lane(model, device, fit):
    """Up to the budget of a lane it is as long as without lanes; what is more runs beside it."""
    alone, piped = (lanes(model, device, fit, Parallel(1, pp)) for pp in (1, 4))
    for n in (1, 60, 100):
        assert piped.mixed_tokens_s(n) == pytest.approx(
            alone.mixed_tokens_s(n) + piped.exchange_s(n)
        )
    assert piped.mixed_tokens_s(400) == piped.mixed_tokens_s(101) == piped.mixed_tokens_s(100)


def test_copies_of_the_attention_share_the_experts(experts, device, fit):
    """A copy decodes its share of the sequences; the experts see the tokens of all copies."""
    copies = lanes(experts, device, fit, Parallel(data=4))
    tokens = copies._tokens
    for n, lane, among in ((1, 1, 1), (3, 1, 3), (4, 1, 4), (9, 3, 9), (12, 3, 12)):
        assert copies.tokens_s(n) == tokens.seconds(lane, among, lane)
    for n, lane, among in ((60, 60, 60), (100, 100, 100), (150, 100, 150), (400, 100, 400)):
        assert copies.mixed_tokens_s(n) == tokens.seconds(lane, among, lane / 64)


def test_stages_of_copies(experts, device, fit):
    """Of 17 sequences on 2 stages x 4 copies a lane has 3, and meets at most 12 at the experts."""
    both = lanes(experts, device, fit, Parallel(pipeline=2, data=4))
    assert both.tokens_s(17) == both._tokens.seconds(3, 12, 3)


def test_a_chunk_reads_its_context_on_its_own_lane(model, device, fit):
    """Lanes do not help one another: 50,000 tokens take as long to read as without them."""
    alone, piped = (lanes(model, device, fit, Parallel(1, pp)) for pp in (1, 4))
    assert piped.prompt_s(1, 50_000) == pytest.approx(alone.prompt_s(1, 50_000))
    assert piped.prompt_s(900, 0) == pytest.approx(alone.prompt_s(900, 0))
    assert piped.decode_kv_s == pytest.approx(alone.decode_kv_s / 4)


@given(
    st.sampled_from(sorted(llm_models())).map(llm_model),
    st.sampled_from(LINKED).map(accelerator),
    st.sampled_from(sorted(WEIGHT_BYTES)),
    st.integers(1, 2000),
    st.floats(1, 4),
)
def test_a_faster_accelerator_is_never_slower(model, device, weights, n, times):
    """Bandwidth and peaks, with the same parameters."""
    figures = ["mem_bw_gb_s", "bf16_dense_tflops", "fp16_dense_tflops", "fp8_dense_tflops",
               "int8_dense_tops", "fp4_dense_tflops"]  # fmt: skip
    fit = gpu_fit(device, "vllm", "fp16").fit
    slow = assemble(deployed(model, device, weights=weights), fit, NO_HOST)
    for name in figures:
        if (value := getattr(device, name)) is None:
            continue
        better = device.model_copy(update={name: value * times})
        fast = assemble(deployed(model, better, weights=weights), fit, NO_HOST)
        assert fast.tokens_s(n) * NOISE <= slow.tokens_s(n)
        assert fast.prompt_s(n, n) * NOISE <= slow.prompt_s(n, n)
        assert fast.decode_kv_s * NOISE <= slow.decode_kv_s


@given(st.sampled_from(sorted(llm_models())).map(llm_model), st.data())
def test_tensor_parallel_ranks_split_prompt_attention(model, data):
    h100 = accelerator("H100-SXM-80")
    tp = data.draw(st.sampled_from(tensor_parallel_choices(model)))
    alone = iteration_time(model, h100, "vllm", "fp16", "fp16", 1)
    split = iteration_time(model, h100, "vllm", "fp16", "fp16", tp)
    assert split.prompt_s(512, 0) == pytest.approx(alone.prompt_s(512, 0) / tp)
    assert alone.decode_kv_s / tp <= split.decode_kv_s / NOISE
    assert split.decode_kv_s * NOISE <= alone.decode_kv_s


def test_unknown_precisions_name_the_nearest():
    h100, llama = accelerator("H100-SXM-80"), llm_model("llama-3.1-8b")
    with pytest.raises(UnknownName, match=r"weight precision 'fp88'.*fp8"):
        iteration_time(llama, h100, "vllm", "fp88", "fp16", 1)
    with pytest.raises(UnknownName, match="KV cache precision 'int8'"):
        iteration_time(llama, h100, "vllm", "fp16", "int8", 1)


@pytest.mark.parametrize(
    ("name", "parallel", "line"),
    [
        ("llama-3.1-8b", 3,
         "tensor parallelism 3 does not split the 32 heads (8 of the KV cache) of llama-3.1-8b; "
         "these do: 1, 2, 4, 8, 16, 32"),
        ("llama-3.1-8b", Parallel(1, pipeline=33),
         "pipeline parallelism 33 is more than the 32 layers of llama-3.1-8b"),
        ("llama-3.1-8b", Parallel(2, expert=2),
         "expert parallelism inside a replica needs experts, and llama-3.1-8b has none; "
         "more replicas do the same"),
        ("llama-3.1-8b", Parallel(2, data=2),
         "data parallelism inside a replica needs experts, and llama-3.1-8b has none; "
         "more replicas do the same"),
        ("mixtral-8x7b", Parallel(4, expert=3),
         "expert parallelism 3 does not split the 8 experts of mixtral-8x7b over 4 GPUs; "
         "these do: 1, 2, 4"),
        ("mixtral-8x7b", Parallel(8, data=2, expert=16),
         "expert parallelism 16 does not split the 8 experts of mixtral-8x7b over 16 GPUs; "
         "these do: 1, 2, 4, 8"),
    ],
)  # fmt: skip
def test_what_cannot_be_spread_so_says_what_can(name, parallel, line):
    with pytest.raises(ValueError, match=f"^{re.escape(line)}$"):
        iteration_time(
            llm_model(name), accelerator("H100-SXM-80"), "vllm", "fp16", "fp16", parallel
        )


@given(st.sampled_from(sorted(llm_models())).map(llm_model), st.data())
def test_what_is_drawn_here_can_be_spread(model, data):
    spread = data.draw(spreads(model))
    check_parallel(model, spread)
    assert spread.gpus == spread.tensor * spread.lanes


def test_a_spread_in_words():
    assert str(Parallel()) == "TP1"
    assert str(Parallel(8, expert=8)) == "TP8 EP8"
    assert str(Parallel(2, 3, 8, 4)) == "TP2 PP3 EP8 DP4"


def test_lanes_are_said_to_be_even():
    kind = (llm_model("mixtral-8x7b"), accelerator("H100-SXM-80"), "vllm", "fp16", "fp16")
    notes = iteration_time(*kind, Parallel(2, 2, 2, 2)).notes
    assert any(note.startswith("pipeline: ") for note in notes)
    assert any(note.startswith("data-parallel attention: ") for note in notes)
    plain = iteration_time(*kind, 4).notes
    assert not any("spread" in note for note in plain)


def test_times_are_frozen_and_travel_between_processes():
    time = iteration_time(
        llm_model("llama-3.1-8b"), accelerator("H100-SXM-80"), "vllm", "fp16", "fp16", 1
    )
    assert pickle.loads(pickle.dumps(time)) == time
    with pytest.raises(FrozenInstanceError):
        time.window = 3
