"""The load in machines and its load-duration curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.results.load import STRETCH_S, LoadCurve, load_curve
from aisim.scenario import parse_study
from aisim.simulation import simulate
from aisim.workload import draw_requests
from tests.small import small_data

LOADS = st.lists(st.floats(0, 50), min_size=1, max_size=40).map(lambda x: LoadCurve(np.array(x)))
MACHINES = st.floats(0, 60)


@given(LOADS, MACHINES, MACHINES)
def test_the_curve_falls(curve, machines, more):
    low, high = sorted((machines, more))
    assert 1 >= curve.exceeded(low) >= curve.exceeded(high) >= 0
    assert curve.exceeded(curve.peak) == 0


@given(LOADS, MACHINES)
def test_what_is_beyond_is_the_integral_of_the_curve(curve, machines):
    at = np.linspace(machines, max(curve.peak, machines), 4001)
    shares = np.array([(curve.load > x).mean() for x in at])
    integral = float(((shares[1:] + shares[:-1]) / 2 * np.diff(at)).sum())
    # Each of the steps of the curve is off by half an interval at the most.
    assert curve.beyond(machines) == pytest.approx(integral, abs=(at[-1] - at[0]) / 4000 + 1e-9)
    assert curve.beyond(0) == pytest.approx(curve.mean)


@given(LOADS, st.integers(0, 20))
def test_rented_machines_of_the_same_size_are_held_as_the_curve_says(curve, base):
    shares = curve.rented(base, 1.0)
    assert shares == tuple(curve.exceeded(base + k) for k in range(len(shares)))
    assert curve.exceeded(base + len(shares)) == 0


@given(LOADS, st.integers(0, 20), st.floats(0.3, 8))
def test_whole_machines_are_rented(curve, base, size):
    shares = curve.rented(base, size)
    assert list(shares) == sorted(shares, reverse=True)
    # At least the work itself, at most one machine more while there is any.
    work = curve.beyond(base) / size
    assert work - 1e-6 <= sum(shares) <= work + curve.exceeded(base) + 1e-6


def test_machines_at_shares_of_the_time():
    curve = LoadCurve(np.array([3.0, 1.0, 2.0]))
    assert curve.at_shares([0, 50, 100]) == (3.0, 2.0, 1.0)


def small_run(rate_rps=0.5, **run):
    data = small_data()
    data["workload"]["traffic"]["chat"]["arrivals"]["rate_rps"] = rate_rps
    data["run"] |= run
    study = parse_study(data)
    candidate = study.candidates["rented"]
    return simulate(candidate, draw_requests(study), 1, saturate=False)


def test_the_load_is_the_rate_by_what_a_machine_serves():
    run = small_run()
    curve = load_curve(run, np.ones(len(run.requests)), 0.25, traffics=["chat"])
    arrival = run.requests["arrival_s"].to_numpy()
    inside = (arrival >= 120) & (arrival < 1320)
    assert len(curve.load) == (1320 - 120) / STRETCH_S
    assert curve.mean == pytest.approx(inside.sum() / 1200 / 0.25)


def test_heavy_requests_weigh_more():
    run = small_run()
    heavy = np.where(run.requests["arrival_s"].to_numpy() < 720, 2.0, 0.0)
    load = load_curve(run, heavy, 0.25, traffics=["chat"]).load
    plain = load_curve(run, np.ones(len(heavy)), 0.25, traffics=["chat"]).load
    assert load == pytest.approx(2 * plain * [1, 1, 0, 0])


def test_other_traffic_does_not_count():
    run = small_run()
    assert load_curve(run, np.ones(len(run.requests)), 0.25, traffics=[]).peak == 0


def test_less_than_a_stretch_is_one():
    run = small_run(warm_up_s=0, horizon_s=100)
    curve = load_curve(run, np.ones(len(run.requests)), 0.25, traffics=["chat"])
    assert curve.load == pytest.approx([len(run.requests) / 100 / 0.25])
