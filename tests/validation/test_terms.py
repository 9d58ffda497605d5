"""Each term of the iteration time against measured rows that isolate it.

The limits are what was measured, rounded up; there are no rows of multi-head latent attention,
of sliding windows or of linear attention in `data/measured/`: those stand on their formulas alone.
"""

from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from aisim.performance.attention import attention_work, causal_pairs, kv_token_s, prompt_attention_s
from aisim.performance.collectives import collective
from aisim.performance.experts import expert_work, experts_s
from aisim.performance.fits import gpu_fit
from aisim.performance.products import dense_products, product_s, product_time
from aisim.validation.fit_collectives import fit_collectives
from aisim.validation.setups import what_ran
from aisim.validation.shipped import shipped_collectives, shipped_steps
from aisim.validation.steps import StepTimes

STEPS = [
    s for s in shipped_steps().steps if not s.suspect and {"gemm", "attn"} <= s.parts_ms.keys()
]


def fit_of(step):
    ran = what_ran(step.setup)
    return gpu_fit(ran.device, ran.engine, ran.precision).fit


def deployment_of(step):
    return what_ran(step.setup).deployment(step.batch_size, 1 << 20)


def errors(steps, predicted_ms, part):
    return [abs(predicted_ms(step) / step.parts_ms[part] - 1) for step in steps]


def products_ms(step):
    made, fit = deployment_of(step), fit_of(step)
    total = 0.0
    for product in dense_products(made.model, made.tp):
        work = product_time(product, made)
        n = step.batch_size if product.sampled else step.new_tokens
        total += work.times * product_s(n, work, fit)
    return 1e3 * total


def decode_attention_ms(step):
    made, fit = deployment_of(step), fit_of(step)
    token_s = kv_token_s(attention_work(made), fit.eff_kv_decode, fit.eff_prefill_attn)
    return made.model.layers * (
        fit.attention_us * 1e-3 + 1e3 * step.batch_size * step.context_tokens * token_s
    )


def prompt_attention_ms(step):
    made, fit = deployment_of(step), fit_of(step)
    pair_s = attention_work(made).pair_s / fit.eff_prefill_attn
    pairs = step.batch_size * causal_pairs(step.prompt_tokens, 0)
    seconds = prompt_attention_s(pairs, step.prompt_tokens, pair_s, fit.attn_half_sat_tokens)
    return made.model.layers * (fit.attention_us * 1e-3 + 1e3 * seconds)


def experts_ms(step):
    return 1e3 * experts_s(step.new_tokens, expert_work(deployment_of(step)), fit_of(step))


def test_dense_products():
    assert median(errors(STEPS, products_ms, "gemm")) < 0.06


def test_decodes_that_read_a_long_cache():
    """Contexts in which reading takes most of the time, so that launches do not hide it."""
    long = [s for s in STEPS if s.phase == "decode" and s.batch_size * s.context_tokens >= 65_536]
    assert len(long) > 300
    assert median(errors(long, decode_attention_ms, "attn")) < 0.09


def test_decodes_that_read_a_cache_in_fp8():
    narrow = [
        s
        for s in STEPS
        if s.phase == "decode"
        and s.setup.kv_dtype == "fp8"
        and s.batch_size * s.context_tokens >= 65_536
    ]
    assert len(narrow) > 50
    assert median(errors(narrow, decode_attention_ms, "attn")) < 0.13


def test_attention_of_long_prompts():
    long = [
        s
        for s in STEPS
        if s.phase == "prefill" and s.prompt_tokens >= 2048 and not s.context_tokens
    ]
    assert len(long) > 300
    assert median(errors(long, prompt_attention_ms, "attn")) < 0.12


def test_launches_where_there_is_little_work():
    """One sequence, short context, eight ranks: launches are most of the time."""
    little = [
        s for s in STEPS if s.phase == "decode" and s.batch_size == 1 and s.context_tokens <= 1024
    ]
    times = StepTimes()
    found = [abs(times.predicted_ms(s) / s.measured_ms - 1) for s in little]
    assert len(found) > 150
    assert median(found) < 0.05


@pytest.mark.parametrize(
    ("least", "most", "limit"), [(1, 64, 0.085), (128, 1024, 0.09), (2048, 16_384, 0.09)]
)
def test_experts_at_few_and_many_tokens(least, most, limit):
    some = [s for s in STEPS if "moe" in s.parts_ms and least <= s.new_tokens <= most]
    assert len(some) > 100
    assert median(errors(some, experts_ms, "moe")) < limit


def test_batches_of_decodes_and_prompt_chunks():
    mixed = [s for s in shipped_steps().steps if s.phase == "mixed" and not s.suspect]
    times = StepTimes()
    found = [times.predicted_ms(s) / s.measured_ms - 1 for s in mixed]
    assert len(found) == 208
    assert median(map(abs, found)) < 0.08
    # Read as in pure decode they would come out far too fast.
    fits = [fit_of(s).model_copy(update={"eff_kv_mixed": None}) for s in mixed[::20]]
    naive = [
        StepTimes([fit]).predicted_ms(s) / s.measured_ms - 1
        for s, fit in zip(mixed[::20], fits, strict=True)
    ]
    assert median(naive) < -0.1


@pytest.mark.parametrize("operation", ["all_reduce", "all_to_all"])
def test_exchanges_by_link_ranks_and_size(operation):
    """The shipped fits are those of the shipped rows, and are within what they claim."""
    rows = [r for r in fit_collectives(shipped_collectives()) if r["operation"] == operation]
    assert len(rows) >= 14
    assert median(row["median_error"] for row in rows) < 0.045
    for row in rows:
        named = what_ran(replace(STEPS[0].setup, hardware=row["accelerator"])).device
        made = collective(operation, named, row["engine"], row["ranks"])
        assert made.alpha_s == pytest.approx(row["alpha_us"] * 1e-6, rel=1e-3)


def test_all_reduces_inside_steps():
    found = []
    for step in STEPS:
        measured = step.parts_ms.get("allreduce")
        if measured and step.setup.tp > 1:
            ran = what_ran(step.setup)
            made = collective("all_reduce", ran.device, ran.engine, step.setup.tp)
            message = step.new_tokens * ran.model.hidden * 2
            found.append(abs(2e3 * ran.model.layers * made.seconds(message) / measured - 1))
    assert len(found) > 1500
    assert np.median(found) < 0.065
