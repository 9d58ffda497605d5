"""A replica whose iterations all last the same is a queue of the textbook.

With one sequence at a time it is one server, first come first served; with c sequences it is c
servers behind one queue, where an arrival may wait for the end of an iteration, a thousandth of
the mean service. Load is 0.7 a server.
"""

from math import exp

import numpy as np
import pytest

from tests.theory import queueing as theory
from tests.theory.replications import assert_tells, replicate, replicate_all
from tests.theory.systems import (
    ITERATION_S,
    memoryless_tokens,
    poisson,
    queue,
    two_point_work,
)

N = 3000
TOKENS = 1000
SERVICE_S = TOKENS * ITERATION_S
RATE_RPS = 0.7
LOAD = RATE_RPS * SERVICE_S


def test_lindley():
    """The wait is what is left of the one before: max(0, wait + service - gap), to rounding.

    Lindley, Proc. Cambridge Phil. Soc. 48(2), 1952.
    """
    arrivals, tokens = poisson(0, RATE_RPS, N), memoryless_tokens(0, TOKENS, N)
    waits = [0.0]
    for gap, n in zip(np.diff(arrivals), tokens, strict=False):
        waits.append(max(0.0, waits[-1] + n * ITERATION_S - gap))
    assert queue(arrivals, tokens, warm_up=0).wait_s == pytest.approx(waits, abs=1e-8)


def test_mm1_wait():
    waits = replicate(
        lambda i: queue(poisson(i, RATE_RPS, N), memoryless_tokens(i, TOKENS, N)).wait_s.mean()
    )
    truth = theory.mm1_wait_s(RATE_RPS, SERVICE_S)
    assert_tells(
        waits,
        truth,
        wait_of_md1=theory.md1_wait_s(RATE_RPS, SERVICE_S),
        sojourn_for_wait=truth + SERVICE_S,
        load_for_load_over_idle=LOAD * SERVICE_S,
    )


def test_mm1_tail():
    """Shares that wait at all, and longer than three mean services."""

    def beyond(i: int) -> tuple[float, float]:
        wait_s = queue(poisson(i, RATE_RPS, N), memoryless_tokens(i, TOKENS, N)).wait_s
        return (wait_s > 0).mean(), (wait_s > 3 * SERVICE_S).mean()

    at_all, long = replicate_all(beyond)
    assert_tells(at_all, LOAD, everyone=1.0, idle_share=1 - LOAD)
    assert_tells(
        long,
        theory.mm1_wait_beyond(3 * SERVICE_S, RATE_RPS, SERVICE_S),
        tail_of_the_sojourn=exp(-3 * (1 - LOAD)),
        tail_of_the_service=exp(-3),
    )


def test_md1_wait():
    """Constant requests: a prompt in four chunks, whose last brings the first of five tokens."""
    service = 8 * ITERATION_S
    rate = LOAD / service

    def wait_s(i: int) -> float:
        return queue(poisson(i, rate, N), [5] * N, prompt_tokens=64).wait_s.mean()

    assert_tells(
        replicate(wait_s),
        theory.md1_wait_s(rate, service),
        wait_of_mm1=theory.mm1_wait_s(rate, service),
        idle_share_left_out=rate * service**2 / 2,
        first_token_after_the_prompt=theory.md1_wait_s(rate, service + ITERATION_S),
        prompt_in_one_chunk=theory.md1_wait_s(rate, 5 * ITERATION_S),
    )


def test_mg1_wait():
    """One answer in twenty is 26 times as long as the others."""
    small, large = 500, 13_000
    mean = (0.95 * small + 0.05 * large) * ITERATION_S
    square = (0.95 * small**2 + 0.05 * large**2) * ITERATION_S**2
    rate = 0.5 / mean

    def wait_s(i: int) -> float:
        tokens = two_point_work(i, small, large, N).astype(int).tolist()
        return queue(poisson(i, rate, N), tokens).wait_s.mean()

    assert_tells(
        replicate(wait_s),
        theory.mg1_wait_s(rate, mean, square),
        wait_of_mm1=theory.mm1_wait_s(rate, mean),
        wait_of_md1=theory.md1_wait_s(rate, mean),
        variance_for_square=theory.mg1_wait_s(rate, mean, square - mean**2),
        residual_not_halved=2 * theory.mg1_wait_s(rate, mean, square),
    )


def test_mmc_wait():
    servers = 4
    rate = servers * RATE_RPS

    def measure(i: int) -> tuple[float, float]:
        times = queue(poisson(i, rate, N), memoryless_tokens(i, TOKENS, N), sequences=servers)
        return times.wait_s.mean(), (times.wait_s > ITERATION_S).mean()

    wait, waiting = replicate_all(measure)
    load = rate * SERVICE_S
    lost = theory.erlang_b(servers, load)
    assert_tells(
        waiting,
        theory.erlang_c(servers, load),
        erlang_b=lost,
        load_per_server=LOAD,
    )
    assert_tells(
        wait,
        theory.mmc_wait_s(servers, rate, SERVICE_S),
        erlang_b_for_erlang_c=lost * SERVICE_S / (servers - load),
        a_queue_for_each_server=theory.mm1_wait_s(RATE_RPS, SERVICE_S),
        one_server_of_fourfold_speed=theory.mm1_wait_s(rate, SERVICE_S / servers),
    )
