"""The jumping replica against the plain reference that steps through every iteration."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
import simpy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from aisim.simulation.replica import Replica
from aisim.simulation.request import Request
from tests.reference.replica import Number, Outcome, serve
from tests.reference.strategies import LinearPerf, limits, linear_perfs, request_lists

THOROUGH = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))


def fits(replica: Replica, request: Request) -> bool:
    return request.input_tokens + request.output_tokens <= replica.kv_tokens


def jump(
    requests: Sequence[tuple[Number, int, int]],
    perf: LinearPerf,
    probe: bool = False,
    **limits: int,
) -> tuple[list[Outcome], Replica, list[tuple[Number, float, int]]]:
    """Serve with the jumping replica, in the form of the reference."""
    env = simpy.Environment()
    replica = Replica(env, perf, **limits)
    made = [Request(i, tokens, output) for i, (_, tokens, output) in enumerate(requests)]
    looks: list[tuple[Number, float, int]] = []

    def arrivals():
        for request, (arrival, _, _) in zip(made, requests, strict=True):
            if arrival > env.now:
                yield env.timeout(arrival - env.now)
            if fits(replica, request):
                replica.submit(request)

    def look():
        while True:
            yield env.timeout(Fraction(7, 100))
            produced = sum(replica.tokens_produced(request) for request in made)
            looks.append((env.now, replica.kv_share(), produced))
            if all(r.last_token_s is not None or not fits(replica, r) for r in made):
                return

    env.process(arrivals())
    if probe:
        env.process(look())
    env.run()
    outcomes = [
        Outcome(
            "completed" if request.last_token_s is not None else "rejected",
            request.scheduled_s, request.first_token_s, request.last_token_s, request.preemptions,
        )
        for request in made
    ]  # fmt: skip
    return outcomes, replica, looks


@THOROUGH
@given(request_lists(), linear_perfs(), limits())
def test_equal_to_the_reference_in_exact_numbers(requests, perf, limits):
    expected, trace = serve(requests, perf, **limits)
    outcomes, replica, _ = jump(requests, perf, **limits)
    assert outcomes == expected
    assert replica.iterations == trace.iterations
    assert replica.tally.dropped_tokens == trace.dropped_tokens


@THOROUGH
@given(
    request_lists(lambda n: n * math.sqrt(2)),
    linear_perfs(),
    limits(),
)
def test_near_the_reference_in_floats(requests, perf, limits):
    perf = perf.in_floats()
    expected, trace = serve(requests, perf, **limits)
    assume(trace.closest_tie_s > 1e-6)
    outcomes, _, _ = jump(requests, perf, **limits)
    for outcome, wanted in zip(outcomes, expected, strict=True):
        assert (outcome.status, outcome.preemptions) == (wanted.status, wanted.preemptions)
        for field in ("scheduled_s", "first_token_s", "last_token_s"):
            value, want = getattr(outcome, field), getattr(wanted, field)
            assert value == want if want is None else value == pytest.approx(want, rel=1e-9)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(request_lists(), linear_perfs(), limits())
def test_in_the_middle_of_a_jump(requests, perf, limits):
    """KV use and tokens done at any time are those of the reference's iterations."""
    expected, trace = serve(requests, perf, **limits)
    _, _, looks = jump(requests, perf, probe=True, **limits)
    starts = {step.start_s for step in trace.steps} | {step.end_s for step in trace.steps}
    for now, kv_share, _ in looks:
        if now in starts:
            continue
        used = [step.used_blocks for step in trace.steps if step.start_s < now < step.end_s]
        assert kv_share * limits["blocks"] == pytest.approx(used[0] if used else 0)
    done = sum(
        o for (_, _, o), e in zip(requests, expected, strict=True) if e.status == "completed"
    )
    if looks:
        assert looks[-1][2] == done
        assert all(a[2] <= b[2] for a, b in pairwise(looks))


def test_looking_changes_nothing():
    """Interrupting at will ends jumps early and moves no time stamp."""
    perf = LinearPerf(*(Fraction(1, 10),) * 5, Fraction(0), Fraction(0))
    requests = [(Fraction(i, 3), 5 + i % 7, 4 + i % 11) for i in range(30)]
    shape = {"token_budget": 16, "max_sequences": 8, "blocks": 12, "block_tokens": 4}
    plain, _, _ = jump(requests, perf, **shape)
    env = simpy.Environment()
    replica = Replica(env, perf, **shape)
    made = [Request(i, tokens, output) for i, (_, tokens, output) in enumerate(requests)]

    def arrivals():
        for request, (arrival, _, _) in zip(made, requests, strict=True):
            yield env.timeout(arrival - env.now)
            replica.submit(request)

    def pester():
        for _ in range(2000):
            yield env.timeout(Fraction(13, 100))
            replica.interrupt("pester")

    env.process(arrivals())
    env.process(pester())
    env.run()
    assert [request.last_token_s for request in made] == [o.last_token_s for o in plain]


def test_long_jump_costs_one_event():
    """A single request of a million tokens is one jump, not a million iterations of work."""
    perf = LinearPerf(0.01, 0.0, 0.0, 1e-9, 1e-9, 0.0, 0.0)
    env = simpy.Environment()
    replica = Replica(env, perf, token_budget=8, max_sequences=8, blocks=10**6, block_tokens=16)
    request = Request(0, 1, 1_000_000)
    replica.submit(request)
    env.run()
    k = 999_999
    kv = k * 1 + k * (k - 1) // 2
    assert request.last_token_s == pytest.approx(0.01 * (k + 1) + 1e-9 * kv, rel=1e-12)
    assert replica.iterations == 1_000_000


def test_budget_below_sequence_limit_is_refused():
    with pytest.raises(ValueError, match="token budget 4 below sequence limit 8"):
        Replica(
            simpy.Environment(), LinearPerf(*(1.0,) * 7),
            token_budget=4, max_sequences=8, blocks=4, block_tokens=4,
        )  # fmt: skip


@given(st.integers(1, 60), st.fractions(0, 3), st.fractions("1/10", 3), st.fractions(0, 100))
def test_boundary_is_the_first_that_is_not_past(k, step, first, passed):
    from aisim.simulation.jump import Jump

    jump_ = Jump(Fraction(0), first, step, k)
    boundary = jump_.boundary_from(passed)
    assert boundary == k or jump_.elapsed_s(boundary) >= passed
    assert boundary == 1 or jump_.elapsed_s(boundary - 1) < passed
