"""Spot machines: how often they are taken back, what that costs, and that nothing is lost."""

from math import log

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy.stats import poisson

from aisim import catalog
from aisim.simulation import Simulation, simulate
from aisim.simulation.saturation import saturation_rps
from tests.simulation.journeys import candidate, intervals, requests, sent
from tests.simulation.spot import HOUR, MONTH, spot, starts, taken

PLAIN = {"machines__box__price": "on_demand"}
ON_DEMAND = {"kind": "on_demand", "stop_idle_s": 100.0}


# --- how often ------------------------------------------------------------------------------


def test_machines_are_taken_back_as_often_as_declared():
    """Within 99.9 % of a Poisson law, here of 789 reclaims."""
    world = spot(40.0, 20, run__horizon_s=30 * 24 * HOUR, run__resolution_s=24 * HOUR)
    run = sent(world, [0.0])
    low, high = poisson.interval(0.999, 20 * 40.0 * run.end_s / MONTH)
    assert low <= run.reclaims <= high
    assert run.reclaims == starts(run, "reclaimed")
    per_machine = run.usage[run.usage["why"] == "reclaimed"]["resource"].value_counts()
    assert per_machine[[f"box/{i}" for i in range(20)]].min() > 0


def test_the_gaps_are_exponential():
    """Mean and spread of the gaps of a machine that is always held are alike."""
    world = spot(1000.0, run__horizon_s=60 * 24 * HOUR, run__resolution_s=24 * HOUR)
    run = sent(world, [0.0])
    begins = [a for state, a, _ in intervals(run, "box/0") if state == "starting"]
    gaps = np.diff(begins)
    error = MONTH / 1000 / np.sqrt(len(gaps))
    assert abs(gaps.mean() - MONTH / 1000) < 4 * error
    assert abs(gaps.std() - MONTH / 1000) < 6 * error


def test_a_machine_that_is_off_is_not_taken_back():
    world = spot(1000.0, pools__llm__runs=ON_DEMAND, run__horizon_s=200 * HOUR)
    run = sent(world, [199 * HOUR])
    assert run.reclaims == starts(run, "reclaimed")
    assert run.usage["from_s"].min() >= 199 * HOUR


@pytest.mark.parametrize(("instance", "share"), [("g6.xlarge", 0.025), ("p5.48xlarge", 0.15)])
def test_the_rate_is_the_catalogs_where_none_is_declared(instance, share):
    run = sent(spot(None, machines__box__instance=instance, pools__llm__kv_blocks=500), [0.0])
    (note,) = [note for note in run.notes if "taken back" in note]
    row = catalog.spot_reclaims(run.pools["llm"].accelerator)
    assert row.value == share
    assert f"{-log(1 - share):.3g} times a month, without notice" in note
    assert row.source in note


def test_the_note_says_what_was_declared():
    run = sent(spot(12.0), [0.0])
    said = "box: a spot machine is taken back 12 times a month, without notice: as declared"
    assert said in run.notes


# --- the same as ever -----------------------------------------------------------------------


def test_at_a_rate_of_zero_it_is_a_machine_on_demand():
    arrivals = [0.37 * i for i in range(300)]
    runs = [sent(world, arrivals) for world in (spot(0.0, 2), spot(None, 2, **PLAIN))]
    for table in ("requests", "usage", "series"):
        assert_frame_equal(*(getattr(run, table) for run in runs), check_exact=True)
    assert runs[0].busy == runs[1].busy
    assert runs[0].notes == runs[1].notes


def test_other_prices_are_never_taken_back():
    run = sent(spot(None, run__horizon_s=100 * HOUR, run__resolution_s=HOUR, **PLAIN), [0.0])
    assert run.reclaims == 0
    assert not any("taken back" in note for note in run.notes)


def crowded(per_month=1000.0, **fields):
    """Three machines, each taken back every 44 minutes, and a cache that is soon full."""
    return spot(per_month, 3, pools__llm__kv_blocks=300, run__horizon_s=6 * HOUR, **fields)


MANY = {"arrival_s": [2.0 * i for i in range(10_000)]}
MANY |= {"input_tokens": [50 + 37 * i % 900 for i in range(10_000)]}
MANY |= {"output_tokens": [1 + 53 * i % 700 for i in range(10_000)]}


def test_the_same_seed_takes_the_same_machines_at_the_same_time():
    one, same = (sent(crowded(), **MANY) for _ in range(2))
    assert one.reclaims == same.reclaims > 10
    assert_frame_equal(one.requests, same.requests, check_exact=True)
    assert_frame_equal(one.usage, same.usage, check_exact=True)
    other = simulate(candidate(crowded()), requests(crowded(), **MANY), 99, saturate=False)
    assert not one.usage["from_s"].equals(other.usage["from_s"])


def test_they_come_at_the_same_times_whatever_the_machines_do():
    """A slower start and more replicas of a machine shift no reclaim: all are held throughout."""
    found = []
    for boot_s in (10.0, 500.0):
        run = sent(crowded(machines__box__boot_s=boot_s), [0.0])
        again = run.usage[(run.usage["state"] == "starting") & (run.usage["kind"] == "machine")]
        found.append(sorted(zip(again["from_s"], again["resource"], strict=True)))
    assert found[0] == found[1]


# --- nothing is lost ------------------------------------------------------------------------


def test_work_is_done_again_and_no_request_is_lost():
    """`finish` checks tokens, work, times and phases of both runs."""
    runs = [sent(crowded(per_month), **MANY) for per_month in (0.0, 1000.0)]
    for run in runs:
        assert (run.requests["status"] == "completed").all()
        assert len(run.requests) == 10_000
    plain, spotty = runs
    # Who is moved fills the batch of another machine, so decoding may even take fewer iterations.
    assert spotty.busy["llm"].prefill_s > plain.busy["llm"].prefill_s
    assert spotty.busy["llm"].decode_sequence_s > plain.busy["llm"].decode_sequence_s
    assert spotty.requests["preemptions"].sum() > plain.requests["preemptions"].sum()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.floats(0, 90), st.integers(0, 1)),
        min_size=1,
        max_size=12,
        unique_by=lambda at: at[0],
    ),
    st.lists(
        st.tuples(st.floats(0, 60), st.integers(1, 700), st.integers(1, 300)),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from([{"kind": "always"}, ON_DEMAND]),
    st.booleans(),
)
def test_taken_back_at_any_time(at_s, asked, rule, sliding):
    """While starting, in a chunk, in a jump, idle, one after the other, both at once."""
    world = spot(
        machines=2,
        machines__box__boot_s=5.0,
        machines__box__instance="g6e.xlarge",
        pools__llm__runs=rule,
        pools__llm__model="gemma-3-12b" if sliding else "llama-3.1-8b",
        pools__llm__kv_blocks=80,
        pools__llm__token_budget=128,
        pools__llm__max_sequences=16,
    )
    arrival, prompts, answers = zip(*sorted(asked), strict=True)
    run = taken(world, at_s, list(arrival), input_tokens=list(prompts), output_tokens=list(answers))
    assert (run.requests["status"] == "completed").all()
    assert run.reclaims <= len(at_s)
    assert rule is ON_DEMAND or run.reclaims == starts(run, "reclaimed")


def test_a_run_is_whole_whenever_it_is_looked_at():
    world = crowded()
    few = {name: column[:200] for name, column in MANY.items()}
    simulation = Simulation(candidate(world), requests(world, **few), 1)
    before = 0
    for _ in simulation.slices():
        run = simulation.finish()
        assert run.reclaims == starts(run, "reclaimed") >= before
        before = run.reclaims
    assert before > 10


# --- the saturation rate --------------------------------------------------------------------


def test_the_saturation_rate_is_that_of_machines_that_stay():
    worlds = [spot(1000.0, 2), spot(0.0, 2)]
    rates = {saturation_rps(candidate(world), requests(world, [0.0, 1.0]), 1) for world in worlds}
    assert len(rates) == 1
