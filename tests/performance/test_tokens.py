"""Each term of the token-dependent time alone, against arithmetic on the toy model."""

import pytest

from aisim.performance.collectives import all_reduce
from aisim.performance.deployment import Deployment
from aisim.performance.tokens import pnorm, tokens_time

# Per layer: queries and output 2 x 10 x 12, keys and values 2 x 10 x 6, gated FFN 3 x 10 x 20.
LAYER_WEIGHTS = 240 + 120 + 600
HEAD_WEIGHTS = 10 * 50


def seconds(model, device, fit, n, *, weights="fp16", tp=1, max_sequences=4):
    deployment = Deployment(model, device, "vllm", weights, "fp16", tp, max_sequences)
    return tokens_time(deployment, fit).seconds(n)


def test_dense_products_and_reads(model, device, fit):
    read_s = (2 * LAYER_WEIGHTS + HEAD_WEIGHTS) * 2 / 1e9
    flop_s = 2 * 3 * (2 * LAYER_WEIGHTS + HEAD_WEIGHTS) / 1e12
    assert seconds(model, device, fit, 3) == pytest.approx(read_s + flop_s)


def test_the_head_multiplies_sampled_tokens_alone(model, device, fit):
    read_s = (2 * LAYER_WEIGHTS + HEAD_WEIGHTS) * 2 / 1e9
    flop_s = 2 * (100 * 2 * LAYER_WEIGHTS + 4 * HEAD_WEIGHTS) / 1e12
    assert seconds(model, device, fit, 100) == pytest.approx(read_s + flop_s)


def test_fp8_halves_both(model, device, fit):
    halved = seconds(model, device, fit, 3) / 2
    assert seconds(model, device, fit, 3, weights="fp8") == pytest.approx(halved)


def test_weight_only_quantisation_saves_bytes_alone(model, device, fit):
    read_s = (2 * LAYER_WEIGHTS + HEAD_WEIGHTS) * (4.5 / 8) / 1e9
    flop_s = 2 * 3 * (2 * LAYER_WEIGHTS + HEAD_WEIGHTS) / 1e12
    nvfp4_s = seconds(model, device, fit, 3, weights="nvfp4")
    assert nvfp4_s == pytest.approx(read_s + flop_s)


def test_efficiencies_divide(model, device, fit):
    slow = fit.model_copy(update={"eff_c_dense": 0.5, "eff_m_dense": 0.25})
    read_s = (2 * LAYER_WEIGHTS + HEAD_WEIGHTS) * 2 / 1e9
    flop_s = 2 * 3 * (2 * LAYER_WEIGHTS + HEAD_WEIGHTS) / 1e12
    assert seconds(model, device, slow, 3) == pytest.approx(4 * read_s + 2 * flop_s)


def test_overhead_is_per_layer(model, device, fit):
    slow = fit.model_copy(update={"overhead_us_per_layer": 7.0})
    extra = seconds(model, device, slow, 3) - seconds(model, device, fit, 3)
    assert extra == pytest.approx(2 * 7e-6)


def test_activations_are_what_projections_read_and_write(model, device, fit):
    moving = fit.model_copy(update={"act_mult": 1.5})
    # In 10, 12, 10 and 20 values; out 12 + 2 x 6, 10, 2 x 20 and 10.
    values = (10 + 12 + 10 + 20) + (12 + 2 * 6 + 10 + 2 * 20 + 10)
    extra = seconds(model, device, moving, 5) - seconds(model, device, fit, 5)
    assert extra == pytest.approx(1.5 * 5 * 2 * values * 2 / 1e9)


def test_all_reduces_are_two_per_layer(model, device, fit):
    once = all_reduce(device, "vllm", 2)
    weights_s = seconds(model, device, fit, 1000) / 2
    four_s = 4 * (once.alpha_s + 1000 * 10 * 2 * once.s_per_byte)
    assert seconds(model, device, fit, 1000, tp=2) == pytest.approx(weights_s + four_s)


def test_experts_count_those_touched(model, device, fit):
    moe = model.model_copy(
        update={
            "n_experts": 8,
            "experts_per_token": 2,
            "moe_intermediate": 5,
            "n_shared_experts": 1,
            "first_dense_layers": 1,
            "moe_every": 1,
        }
    )
    # One layer stays dense; the other has 8 experts of 3 x 10 x 5, one shared, and a router.
    dense = 2 * 360 + 600 + 150 + 10 * 8
    touched = 8 * (1 - 0.75**3)
    read_s = (dense + HEAD_WEIGHTS + touched * 150) * 2 / 1e9
    flop_s = 2 * 3 * (dense + HEAD_WEIGHTS + 2 * 150) / 1e12
    assert seconds(moe, device, fit, 3) == pytest.approx(read_s + flop_s)
    # 3 tokens x 2 of 8 experts are 0.75 tokens per expert: half speed at r0 = 0.75.
    half = fit.model_copy(update={"moe_half_sat_tokens": 0.75})
    slower_s = read_s + flop_s + 2 * 3 * 2 * 150 / 1e12
    assert seconds(moe, device, half, 3) == pytest.approx(slower_s)


def test_every_second_layer_may_hold_experts(model, device, fit):
    moe = model.model_copy(
        update={"n_experts": 4, "experts_per_token": 4, "moe_intermediate": 20, "moe_every": 2}
    )
    # The layer of experts passes each token through four blocks as wide as the dense one.
    extra = 3 * 600 + 10 * 4
    added_s = seconds(moe, device, fit, 3) - seconds(model, device, fit, 3)
    assert added_s == pytest.approx(extra * 2 / 1e9 + 2 * 3 * extra / 1e12)


@pytest.mark.parametrize(
    ("a", "b", "exponent", "norm"),
    [(3, 4, 1, 7), (3, 4, 2, 5), (4, 3, 2, 5), (0, 4, 2, 4), (0, 0, 2, 0), (3, 4, 300, 4)],
)
def test_pnorm(a, b, exponent, norm):
    assert pnorm(a, b, exponent) == pytest.approx(norm)
