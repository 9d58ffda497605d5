"""The closed form of a steady load: by hand, and against simulations of it."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from aisim.catalog.accelerators import accelerator
from aisim.catalog.models import llm_model
from aisim.performance import Parallel, iteration_time
from aisim.performance.fits import bare
from aisim.performance.steady import steady_state
from aisim.simulation.alone import Limits, serve_alone

BARE = bare("vllm")


def linear(window=None, delay=0.0):
    """Seconds that can be added up by hand."""
    return SimpleNamespace(
        tokens_s=lambda n: 0.1 + 0.01 * n,
        mixed_tokens_s=lambda n: 0.2 + 0.001 * n,
        prompt_s=lambda new, context: 1e-5 * new,
        decode_kv_s=1e-4,
        mixed_kv_s=2e-4,
        decode_local_kv_s=1e-3 if window else 0.0,
        mixed_local_kv_s=2e-3 if window else 0.0,
        window=window,
        parallel=Parallel(),
        token_budget=8192,
        host=SimpleNamespace(delay_iterations=delay),
    )


def test_one_after_the_other_by_hand():
    """100 tokens in, 20 out: 110 in the cache on the mean, and no prompts of others."""
    found = steady_state(linear(), 1, 100, 20)
    tpot = 0.1 + 0.01 + 110 * 1e-4
    ttft = 0.2 + 0.001 * 101 + 1e-5 * 100 + 110 * 2e-4
    assert found.tpot_s == pytest.approx(tpot)
    assert found.ttft_s == pytest.approx(ttft)
    assert found.rps == pytest.approx(1 / (ttft + 19 * tpot))


def test_prompts_of_the_others_by_hand():
    """Of four sequences, three bring a prompt while one makes its 20 tokens."""
    found = steady_state(linear(), 4, 100, 20)
    decode = 0.1 + 0.04 + 4 * 110 * 1e-4
    chunk = 0.2 + 0.001 * 104 + 1e-5 * 100 + 4 * 110 * 2e-4
    tpot = decode + 3 * (chunk - decode) / 20
    assert found.tpot_s == pytest.approx(tpot)
    assert found.ttft_s == pytest.approx(tpot / 2 + chunk)
    assert found.rps == pytest.approx(4 / (tpot / 2 + chunk + 19 * tpot))


def test_prompts_that_crowd_by_hand():
    """Of 41 sequences, two bring a prompt in each iteration, so all iterations hold prompts."""
    found = steady_state(linear(), 41, 100, 20)
    tpot = 0.2 + 0.001 * (41 + 200) + 2 * 1e-5 * 100 + 41 * 110 * 2e-4
    assert found.tpot_s == pytest.approx(tpot)
    assert found.ttft_s == pytest.approx(1.5 * tpot)


def test_prompts_beyond_the_budget_take_iterations_of_their_own():
    time = linear()
    time.token_budget = 141
    found = steady_state(time, 41, 100, 20)
    each = 0.2 + 0.001 * 141 + 41 * 110 * 2e-4
    assert found.tpot_s == pytest.approx(2 * each + 2 * 1e-5 * 100)


def test_local_layers_read_their_window():
    near, far = steady_state(linear(200), 1, 100, 20), steady_state(linear(50), 1, 100, 20)
    plain = steady_state(linear(), 1, 100, 20)
    assert near.tpot_s - plain.tpot_s == pytest.approx(110 * 1e-3)
    assert far.tpot_s - plain.tpot_s == pytest.approx(50 * 1e-3)


def test_a_late_first_token_changes_nothing_else():
    late, plain = steady_state(linear(delay=3), 4, 100, 20), steady_state(linear(), 4, 100, 20)
    assert late.ttft_s - plain.ttft_s == pytest.approx(3 * plain.tpot_s)
    assert (late.tpot_s, late.rps) == (plain.tpot_s, plain.rps)


@cache
def time_of(name, gpu, weights, parallel):
    kind = (llm_model(name), accelerator(gpu), "vllm", weights, "fp16", parallel)
    return iteration_time(*kind, 1024, 8192, host=BARE)


@pytest.mark.parametrize(
    "served",
    [
        ("llama-3.1-8b", "L40S-48", "fp16", Parallel()),
        ("llama-3.3-70b", "H100-SXM-80", "fp8", Parallel(4)),
        ("mixtral-8x7b", "A100-SXM-80", "fp16", Parallel(2)),
        ("gemma-3-27b", "H100-SXM-80", "fp16", Parallel()),
        ("deepseek-v3", "B200-SXM-180", "fp8", Parallel(8)),
    ],
    ids=lambda served: served[0],
)
@pytest.mark.parametrize("clients", [1, 8, 64])
@pytest.mark.parametrize(("tokens_in", "tokens_out"), [(200, 200), (1000, 100), (2000, 500)])
def test_near_a_simulation(served, clients, tokens_in, tokens_out):
    """Lengths 30 % around their means, room for all in the cache; the first round left out."""
    time = time_of(*served)
    n = 14 * clients + 20
    rng = np.random.default_rng(3)
    sizes = [rng.integers(round(0.7 * m), round(1.3 * m) + 1, n) for m in (tokens_in, tokens_out)]
    found = serve_alone(time, Limits(8192, 1024, 1_000_000, 16), *sizes, clients=clients)
    steady = slice(3 * clients, n - 2 * clients)
    closed = steady_state(time, clients, float(sizes[0].mean()), float(sizes[1].mean()))
    tpot_s = (found.last_s - found.first_s)[steady].sum() / (sizes[1][steady] - 1).sum()
    assert closed.tpot_s == pytest.approx(tpot_s, rel=0.04)
    ends_s = np.sort(found.last_s)
    rps = (n - 3 * clients - 1 - 2 * clients) / (ends_s[n - 2 * clients - 1] - ends_s[3 * clients])
    assert closed.rps == pytest.approx(rps, rel=0.06)
