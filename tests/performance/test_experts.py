"""Experts: those that some token goes to, wherever they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.accelerators import accelerator
from aisim.catalog.engines import gpu_fits
from aisim.catalog.models import llm_model, llm_models
from aisim.performance import Parallel
from aisim.performance.experts import ExpertTime, expert_work
from aisim.performance.shapes import check_parallel
from tests.performance.toys import deployed

MIXTURES = sorted(model.name for model in llm_models().values() if model.n_experts)


def seconds(n, model, device, fit, parallel=1, **kinds):
    return ExpertTime(expert_work(deployed(model, device, parallel, **kinds)), fit).seconds(n)


def by_hand(n, *, ranks=1, groups=1, peak=1e12, weight=2):
    """One layer of 8 experts of 3 x 10 x 5 weights, 2 of them for each token."""
    size = 150 / ranks
    at_few_tokens = 1 + 0.75 / (n * 2 / 8)
    work = n * 2 * 2 * size * at_few_tokens / (peak * 0.7)
    touched = 8 * (1 - 0.75**n)
    read = touched * size * weight / (1e9 * 0.9)
    moved = n * 2 * 10 * 2 / groups
    return 5e-6 + work + read + 2.5 * moved / 1e9


@pytest.mark.parametrize("n", [1, 3, 50, 4000])
def test_one_rank_by_hand(experts, device, fit, n):
    assert seconds(n, experts, device, fit) == pytest.approx(by_hand(n))
    narrow = by_hand(n, peak=2e12, weight=1)
    assert seconds(n, experts, device, fit, weights="fp8") == pytest.approx(narrow)
    weight_only = by_hand(n, weight=1)
    kinds = {"weights": "fp8", "activations": "fp16"}
    assert seconds(n, experts, device, fit, **kinds) == pytest.approx(weight_only)


@pytest.mark.parametrize("n", [1, 3, 50, 4000])
def test_slices_and_whole_experts(experts, device, fit, n):
    """Slices on four ranks see all tokens; whole experts on four see a quarter of them."""
    sliced = seconds(n, experts, device, fit, Parallel(4))
    assert sliced == pytest.approx(by_hand(n, ranks=4))
    whole = seconds(n, experts, device, fit, Parallel(4, expert=4))
    assert whole == pytest.approx(by_hand(n, ranks=4, groups=4))


def test_half_speed_at_the_tokens_of_half_saturation(experts, device, fit):
    """3 tokens x 2 of 8 experts are 0.75 tokens per expert."""
    sharp = fit.model_copy(update={"moe_half_sat_tokens": 0.0})
    slower = seconds(3, experts, device, fit) - seconds(3, experts, device, sharp)
    assert slower == pytest.approx(3 * 2 * 2 * 150 / (1e12 * 0.7))


def test_every_second_layer_may_hold_experts(experts, device, fit):
    many = experts.model_copy(update={"layers": 9, "moe_every": 2})
    one = experts.model_copy(update={"layers": 2, "moe_every": 1})
    assert seconds(3, many, device, fit) == pytest.approx(4 * seconds(3, one, device, fit))


def test_a_model_without_experts_has_no_such_time(model, device):
    assert expert_work(deployed(model, device)) is None


@st.composite
def spreads(draw):
    """A mixture on a few ranks that it can be spread over."""
    model = llm_model(draw(st.sampled_from(MIXTURES)))
    spread = Parallel(*(draw(st.sampled_from([1, 2, 4, 8])) for _ in range(4)))
    try:
        check_parallel(model, spread)
    except ValueError:
        spread = Parallel()
    return model, spread


@given(spreads(), st.sampled_from(["fp16", "fp8"]))
def test_no_weight_is_lost_or_held_twice(placed, weights):
    """What the ranks of a stage would read of all experts together is what all hold."""
    model, spread = placed
    device = accelerator("H100-SXM-80")
    work = expert_work(deployed(model, device, spread, weights=weights))
    layers = (model.layers - model.first_dense_layers) // model.moe_every
    expert = (3 if model.gated_mlp else 2) * model.hidden * model.moe_intermediate
    held = layers * model.n_experts * expert * (2 if weights == "fp16" else 1)
    ranks = spread.tensor * spread.data
    assert work.read_s * ranks * device.mem_bw_gb_s * 1e9 == pytest.approx(held)
    assert work.flop_s * ranks == pytest.approx(
        2 * layers * model.experts_per_token * expert
        / (device.bf16_dense_tflops * 1e12 if weights == "fp16"
           else device.fp8_dense_tflops * 1e12)
    )  # fmt: skip


@given(spreads(), st.sampled_from(gpu_fits()), st.integers(1, 20_000), st.integers(1, 20_000))
def test_more_tokens_are_never_faster(placed, fit, n, more):
    device = accelerator("H100-SXM-80")
    few = seconds(n, placed[0], device, fit, placed[1])
    assert seconds(n + more, placed[0], device, fit, placed[1]) >= few * (1 - 1e-12)


@given(spreads(), st.sampled_from(gpu_fits()), st.integers(1, 20_000), st.floats(1, 3))
def test_a_faster_device_is_never_slower(placed, fit, n, times):
    device = accelerator("H100-SXM-80")
    for name in ("mem_bw_gb_s", "bf16_dense_tflops"):
        faster = device.model_copy(update={name: getattr(device, name) * times})
        better = seconds(n, placed[0], faster, fit, placed[1])
        assert better <= seconds(n, placed[0], device, fit, placed[1]) * (1 + 1e-12)


@given(st.integers(1, 500))
def test_experts_touched_are_those_of_independent_choices(n):
    """Of one expert per token of two: both, but where all tokens chose the same."""
    model = llm_model("mixtral-8x7b")
    model = model.model_copy(update={"n_experts": 2, "experts_per_token": 1})
    free = {"experts_us": 1e-9, "eff_c_moe": 1e9, "moe_act_mult": 0.0, "eff_m_moe": 1.0}
    fit = gpu_fits()[0].model_copy(update=free)
    device = accelerator("H100-SXM-80")
    read_s = seconds(n, model, device, fit)
    expert = 3 * model.hidden * model.moe_intermediate * 2
    touched = 2 - 2 * 0.5**n
    assert read_s * 3350e9 / (32 * expert) == pytest.approx(touched, rel=1e-3)
