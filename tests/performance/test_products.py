"""Dense matrix products: their shapes, and the time of each by hand."""

from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.accelerators import accelerator, accelerators
from aisim.catalog.engines import gpu_fits
from aisim.catalog.models import llm_model, llm_models
from aisim.performance.precision import WEIGHT_BYTES, compute
from aisim.performance.products import Product, dense_products, dense_time, product_time
from aisim.performance.shapes import dense_weights, head_weights, tensor_parallel_choices
from tests.performance.toys import deployed

every_model = pytest.mark.parametrize("name", sorted(llm_models()))


def test_the_matrices_of_a_dense_model(model):
    """4 heads of 3 and twice 2 of the cache; gate and up in one; the head once."""
    assert dense_products(model, 1) == (
        Product(2, 4 * 3 + 2 * 2 * 3, 10),
        Product(2, 10, 4 * 3),
        Product(2, 2 * 20, 10),
        Product(2, 10, 20),
        Product(1, 50, 10, sampled=True),
    )


def test_ranks_split_all_but_the_hidden_states(model):
    """Four ranks share four heads, but each holds one of the two KV heads whole."""
    assert dense_products(model, 4) == (
        Product(2, 3 + 2 * 3, 10),
        Product(2, 10, 3),
        Product(2, 2 * 5, 10),
        Product(2, 10, 5),
        Product(1, 50 / 4, 10, sampled=True),
    )


def test_without_a_gate_there_are_two_matrices(model):
    plain = model.model_copy(update={"gated_mlp": False})
    assert Product(2, 20, 10) in dense_products(plain, 1)
    assert Product(2, 40, 10) not in dense_products(plain, 1)


def test_gated_attention_is_as_wide_as_its_queries(model):
    gated = model.model_copy(update={"gated_attention": True})
    assert dense_products(gated, 2)[0] == Product(2, (12 + 12 + 12) / 2, 10)


def test_mla_compresses_and_absorbs(mla):
    """Heads of 3 + 2, values of 6, a cache of 5 + 2: decodes run in the compressed space."""
    assert dense_products(mla, 2)[:4] == (
        Product(2, 2 * 5 + 7, 10),
        Product(2, 2 * 3, 5),
        Product(2, 2 * 6, 5),
        Product(2, 10, 2 * 6),
    )
    ranked = mla.model_copy(update={"q_lora_rank": 8})
    assert dense_products(ranked, 2)[:2] == (Product(2, 8 + 7, 10), Product(2, 2 * 5, 8))


def test_layers_of_linear_attention_are_one_product(model):
    linear = model.model_copy(
        update={"layers": 8, "linear_layers_per_global": 3, "linear_layer_weights": 600}
    )
    found = dense_products(linear, 2)
    assert Product(6, 600 / 10 / 2, 10) in found
    assert found[0].times == 2
    assert found[3].times == 8


def test_layers_with_experts_have_a_router_and_a_shared_block(experts):
    """One of two layers stays dense; the router is whole on each rank, the shared one split."""
    found = dense_products(experts, 2)
    assert Product(1, 8, 10) in found
    assert Product(1, 2 * 5 / 2, 10) in found
    assert Product(1, 10, 5 / 2) in found
    assert Product(1, 2 * 20 / 2, 10) in found


@every_model
def test_products_hold_the_weights_of_the_model(name):
    """On one rank: those that every token passes, and the head."""
    model = llm_model(name)
    held = sum(times * width * depth for times, width, depth, _ in dense_products(model, 1))
    assert held == pytest.approx(dense_weights(model) + head_weights(model), rel=1e-12)


@every_model
def test_ranks_together_hold_what_one_would(name):
    """More only where each needs a copy: KV heads, routers, what MLA compresses."""
    model = llm_model(name)
    alone = dense_products(model, 1)
    for tp in tensor_parallel_choices(model):
        split = dense_products(model, tp)
        for one, part in zip(alone, split, strict=True):
            whole, ours = one.width * one.depth, tp * part.width * part.depth
            assert ours >= whole * (1 - 1e-12)
            assert part.times == one.times
            assert part.width * part.depth <= whole


def by_hand(n, width, depth, *, peak, weight, operand, requantised):
    """The time of one product with the toy's fit on 1 GB/s."""
    calculate = 2 * n * width * depth / (peak * 0.8)
    read = width * depth * weight / (1e9 * 0.5)
    moved = n * (depth * operand + width * 2 + requantised)
    return 2e-6 + hypot(calculate, read) + 1.5 * moved / 1e9


SHAPES = [(2, 24, 10), (2, 10, 12), (2, 40, 10), (2, 10, 20)]


@pytest.mark.parametrize("n", [1, 3, 4, 100])
@pytest.mark.parametrize(
    ("weights", "activations", "how"),
    [
        ("fp16", None, {"peak": 1e12, "weight": 2, "operand": 2}),
        ("fp8", None, {"peak": 2e12, "weight": 1, "operand": 1}),
        ("fp8", "fp16", {"peak": 1e12, "weight": 1, "operand": 2}),
        ("nvfp4", None, {"peak": 1e12, "weight": 4.5 / 8, "operand": 2}),
        ("nvfp4", "fp8", {"peak": 2e12, "weight": 4.5 / 8, "operand": 1}),
        ("int4", None, {"peak": 1e12, "weight": 4.15625 / 8, "operand": 2}),
    ],
)
def test_an_iteration_by_hand(model, device, fit, n, weights, activations, how):
    """What is quantised is read in 16 bits and written narrow first; 4 tokens are sampled."""
    made = deployed(model, device, weights=weights, activations=activations)

    def one(n, width, depth):
        requantised = depth * (2 + how["operand"]) if how["operand"] < 2 else 0
        return by_hand(n, width, depth, requantised=requantised, **how)

    expected = sum(times * one(n, width, depth) for times, width, depth in SHAPES)
    expected += one(min(n, 4), 50, 10)
    assert dense_time(made, fit).seconds(n) == pytest.approx(expected)


devices = st.sampled_from(sorted(accelerators())).map(accelerator)
models = st.sampled_from(sorted(llm_models())).map(llm_model)


@given(models, devices, st.sampled_from(sorted(WEIGHT_BYTES)), st.data())
def test_never_faster_with_more_tokens_or_a_slower_device(model, device, weights, data):
    fit = data.draw(st.sampled_from(gpu_fits()))
    tp = data.draw(st.sampled_from(tensor_parallel_choices(model)))
    n, more = data.draw(st.integers(1, 10_000)), data.draw(st.integers(1, 10_000))
    faster = device.model_copy(
        update={
            name: value * data.draw(st.floats(1, 3))
            for name in ("mem_bw_gb_s", "bf16_dense_tflops", "fp16_dense_tflops",
                         "fp8_dense_tflops", "int8_dense_tops", "fp4_dense_tflops")
            if (value := getattr(device, name)) is not None
        }
    )  # fmt: skip
    time = dense_time(deployed(model, device, tp, weights=weights), fit)
    better = dense_time(deployed(model, faster, tp, weights=weights), fit)
    assert time.seconds(n + more) >= time.seconds(n) * (1 - 1e-12)
    assert better.seconds(n) <= time.seconds(n) * (1 + 1e-12)


@given(models, devices, st.integers(1, 5000), st.data())
def test_more_ranks_are_never_slower(model, device, n, data):
    few, many = sorted(data.draw(st.sampled_from(tensor_parallel_choices(model))) for _ in "ab")
    slow = dense_time(deployed(model, device, few), gpu_fits()[0]).seconds(n)
    assert dense_time(deployed(model, device, many), gpu_fits()[0]).seconds(n) <= slow * (1 + 1e-12)


@given(devices, st.sampled_from(sorted(WEIGHT_BYTES)))
def test_weight_only_saves_reading_and_no_work(device, weights):
    product = Product(1, 4096, 4096)
    model = llm_model("llama-3.1-8b")
    half = product_time(product, deployed(model, device))
    only = product_time(product, deployed(model, device, weights=weights, activations="fp16"))
    assert only.flop_s == half.flop_s
    assert only.move_s == half.move_s
    assert only.read_s / half.read_s == pytest.approx(WEIGHT_BYTES[weights] / 2)
    assert compute(device, weights, "fp16").name == "fp16"
