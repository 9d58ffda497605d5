"""Busy time by phase: exact against the reference, whole within the run, measured in its window."""

from fractions import Fraction

import pytest
import simpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.results import Unbalanced, check_run, in_window_s, usage_rows
from aisim.results.balance import TOLERANCE_S
from aisim.simulation import simulate
from aisim.simulation.replica import Replica
from aisim.simulation.request import Request
from aisim.simulation.simulate import Simulation
from aisim.workload import draw_requests
from tests.reference.replica import serve
from tests.reference.strategies import limits, linear_perfs, request_lists
from tests.simulation.test_replica import fits, jump
from tests.small import small_study

THOROUGH = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def of_reference(steps):
    """Prefill, decode and decode-sequence seconds of its iterations."""
    mixed = sum(step.end_s - step.start_s for step in steps if step.n_chunks)
    pure = [step for step in steps if not step.n_chunks]
    decode = sum(step.end_s - step.start_s for step in pure)
    return mixed, decode, sum(step.n_decodes * (step.end_s - step.start_s) for step in pure)


@THOROUGH
@given(request_lists(), linear_perfs(), limits())
def test_the_phases_are_those_of_the_iterations(requests, perf, limits):
    _, trace = serve(requests, perf, **limits)
    _, replica, _ = jump(requests, perf, **limits)
    assert replica.phases() == of_reference(trace.steps)


@THOROUGH
@given(request_lists(), linear_perfs(), limits(), st.fractions("1/50", 2))
def test_cut_short_and_looked_at_in_the_middle(requests, perf, limits, every_s):
    """At any time prefill and decode are the busy time so far, however jumps are cut."""
    env = simpy.Environment()
    turns = [Fraction(0), Fraction(0)]

    def on_state(busy):
        turns[0] += -env.now if busy else env.now
        turns[1] = busy

    replica = Replica(env, perf, on_state=on_state, **limits)
    made = [Request(i, tokens, output) for i, (_, tokens, output) in enumerate(requests)]

    def arrivals():
        for request, (arrival, _, _) in zip(made, requests, strict=True):
            yield env.timeout(max(arrival - env.now, 0))
            if fits(replica, request):
                replica.submit(request)

    def pester():
        for _ in range(60):
            yield env.timeout(every_s)
            replica.interrupt("pester")
            prefill, decode, _ = replica.phases()
            assert prefill + decode == turns[0] + (env.now if turns[1] else 0)

    env.process(arrivals())
    env.process(pester())
    env.run()
    _, trace = serve(requests, perf, **limits)
    assert replica.phases() == of_reference(trace.steps)


def busy_s(run, pool):
    return float(in_window_s(run)[usage_rows(run, "replica", pool, states=("busy",))].sum())


@pytest.mark.parametrize("warm_up_s", [0, 120, 611.7])
def test_the_phases_of_a_run_are_its_busy_time_in_the_window(warm_up_s):
    study = small_study(warm_up_s=warm_up_s)
    for candidate in study.candidates.values():
        run = simulate(candidate, draw_requests(study), 1, saturate=False)
        phases = run.busy["pool"]
        assert phases.busy_s == pytest.approx(busy_s(run, "pool"), rel=1e-9)
        assert phases.prefill_s > 0
        assert phases.decode_sequences >= 1


def test_a_run_that_is_not_over_has_them_until_now():
    study = small_study()
    simulation = Simulation(study.candidates["owned"], draw_requests(study), 1)
    before = 0.0
    for _ in simulation.slices():
        run = simulation.finish()
        assert run.busy["pool"].busy_s == pytest.approx(busy_s(run, "pool"), rel=1e-9, abs=1e-9)
        assert run.busy["pool"].busy_s >= before
        before = run.busy["pool"].busy_s


def test_phases_that_are_not_the_busy_time_are_unbalanced():
    study = small_study()
    run = simulate(study.candidates["owned"], draw_requests(study), 1, saturate=False)
    lost = run.busy["pool"]
    object.__setattr__(lost, "decode_s", lost.decode_s - 2 * TOLERANCE_S)
    with pytest.raises(Unbalanced, match="pool: busy for"):
        check_run(run)
