"""Gaps are as uneven as declared; the rate stays what it was, from the first second on."""

from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from aisim.scenario.workload import PoissonArrivals
from aisim.workload import Requests, TooManyRequests, arrivals, stream
from aisim.workload.table import Floats
from tests.workload.drawn import CONSTANT, drawn

WEEK_S = 7 * 24 * 3600.0
UNLIKELY = 1e-3
#: Gaps shorter than this are lost among the digits of a long run.
SHORT = 1e-6
BURSTINESS = [0.1, 0.5, 4.0, 20.0]
QUANTILES = {"kind": "quantiles", "input_tokens": [1, 900], "output_tokens": [5, 80]}


def poisson(rate_rps: float, **more: float) -> dict[str, Any]:
    return {"kind": "poisson", "rate_rps": rate_rps, **more}


def times(burstiness: float, horizon_s: float, seed: int = 0) -> Floats:
    """Arrivals at one a second."""
    declared = PoissonArrivals(rate_rps=1.0, burstiness=burstiness)
    return arrivals.poisson(declared, horizon_s, stream(1, seed, "arrivals"))


def near(values: Floats, truth: float) -> bool:
    """Whether the mean of the values is the truth, but for chance."""
    return bool(abs(values.mean() - truth) < 4 * values.std(ddof=1) / sqrt(len(values)))


@pytest.fixture
def no_renewals(monkeypatch):
    def refuse(*given: object) -> None:
        raise AssertionError("not the path of Poisson arrivals")

    monkeypatch.setattr(arrivals, "_renewals", refuse)


@pytest.mark.usefixtures("no_renewals")
@pytest.mark.parametrize("shape", [poisson(2.0), {**poisson(2.0), "kind": "shaped"}])
def test_one_is_poisson_bit_for_bit(shape):
    """Counts first, then uniform times: what every table was drawn by before burstiness."""
    rng = stream(1, 0, "traffic/staff/arrivals")
    bins = np.array([300.0]) if shape["kind"] == "shaped" else np.array([600.0])
    start = np.arange(0.0, 600.0, bins[0])
    counts = rng.poisson(2.0 * np.repeat(bins, len(start)))
    wanted = np.sort(np.repeat(start, counts) + rng.random(counts.sum()) * bins[0])
    for declared in (shape, shape | {"burstiness": 1}, shape | {"burstiness": 1.0}):
        assert np.array_equal(drawn(declared, horizon_s=600).arrival_s, wanted)


@pytest.mark.parametrize("burstiness", BURSTINESS)
def test_the_rate_stays(burstiness):
    counts = np.array([len(times(burstiness, 400.0, seed)) for seed in range(300)])
    assert near(counts, 400)
    # Over so long a time, counts vary by the burstiness as well.
    assert counts.var() / counts.mean() == pytest.approx(burstiness, rel=0.35)


@pytest.mark.parametrize("burstiness", BURSTINESS)
@pytest.mark.parametrize("first_s", [0.2, 2.0])
def test_the_rate_is_there_from_the_beginning(burstiness, first_s):
    """An ordinary gap to the first request would begin with a burst, or with a pause."""
    counts = np.array([len(times(burstiness, first_s, seed)) for seed in range(3000)])
    assert near(counts, first_s)
    rng = stream(1, 0, "ordinary")
    gaps = rng.gamma(1 / burstiness, burstiness, (3000, 500))
    ordinary = (np.cumsum(gaps, axis=1) < first_s).sum(axis=1)
    assert not near(ordinary, first_s)


@pytest.mark.parametrize("burstiness", BURSTINESS)
def test_the_first_request_is_what_is_left_of_a_gap(burstiness):
    """Its law in equilibrium: x (1 - F(x)) plus the share of time in gaps shorter than x."""
    firsts = [times(burstiness, 1000.0, seed)[0] for seed in range(2000)]
    shape = 1 / burstiness

    def law(x: Floats) -> Floats:
        longer = stats.gamma.sf(x, shape, scale=burstiness)
        return x * longer + stats.gamma.cdf(x, shape + 1, scale=burstiness)

    assert stats.kstest(firsts, law).pvalue > UNLIKELY
    assert stats.kstest(firsts, "gamma", args=(shape, 0, burstiness)).pvalue < UNLIKELY


@pytest.mark.parametrize("burstiness", BURSTINESS)
def test_gaps_have_the_burstiness_and_know_nothing_of_each_other(burstiness):
    gaps = np.diff(times(burstiness, 200_000.0))
    assert_gaps(gaps, burstiness)
    law, longer = stats.gamma(1 / burstiness, scale=burstiness), gaps[gaps > SHORT]
    assert len(longer) / len(gaps) == pytest.approx(law.sf(SHORT), abs=0.005)
    beyond = stats.kstest(longer[:5000], lambda x: 1 - law.sf(x) / law.sf(SHORT))
    assert beyond.pvalue > UNLIKELY


def assert_gaps(gaps: Floats, burstiness: float) -> None:
    """Mean 1, the declared variance, no correlation; the spread of each is that of Gamma gaps."""
    n = len(gaps)
    assert gaps.mean() == pytest.approx(1, abs=4 * sqrt(burstiness / n))
    found = gaps.var() / gaps.mean() ** 2
    assert found == pytest.approx(burstiness, rel=4 * sqrt((2 + 6 * burstiness) / n))
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 4 / sqrt(n)


@pytest.mark.parametrize("burstiness", [0.1, 4.0])
def test_hours_and_weekdays_are_followed(burstiness):
    """In the time that counts expected requests, gaps are those of a constant rate."""
    by_hour = [0.0] * 6 + [1.0, 2.0, 4.0, 3.0, 3.0, 2.5] * 3
    by_weekday = [0.0, 1.2, 1.0, 0.8, 1.0, 0.3, 0.0]
    shape = {
        "kind": "shaped",
        "rate_rps": 0.1,
        "by_hour": by_hour,
        "by_weekday": by_weekday,
        "burstiness": burstiness,
    }
    table = drawn(shape, horizon_s=WEEK_S, start="mon 00:00")
    factors = np.outer(by_weekday, by_hour).ravel()
    expected = factors / factors.mean() * 0.1 * 3600
    hour = (table.arrival_s // 3600).astype(int)
    assert (expected[hour] > 0).all()
    before = np.cumsum(expected) - expected
    counted = before[hour] + expected[hour] * (table.arrival_s / 3600 - hour)
    assert_gaps(np.diff(counted), burstiness)
    assert len(table) == pytest.approx(0.1 * WEEK_S, abs=4 * sqrt(burstiness * 0.1 * WEEK_S))


def test_windows_are_followed():
    """Even gaps leave hardly any chance in the count of a window."""
    shape = {"kind": "shaped", "rate_rps": 2.0, "windows": "azure2023_conv", "burstiness": 0.05}
    table = drawn(shape, {"kind": "windows"}, horizon_s=100 * 300.0)
    rng = stream(1, 0, "traffic/staff/windows")
    expected = 600 * arrivals.draw_windows("azure2023_conv", 100 * 300.0, rng).factor[:100]
    counts = np.bincount((table.arrival_s // 300).astype(int), minlength=100)
    assert expected.std() > 20
    assert (abs(counts - expected) < 4.5 * np.sqrt(0.05 * expected) + 1).all()


hours = st.lists(st.sampled_from([0.0, 1e-9, 0.5, 1.0, 1e6]), min_size=24, max_size=24)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.floats(0.05, 100), st.floats(1e-6, 0.05), hours, st.floats(1.0, 200_000.0))
@example(0.05, 0.05, [0.0] * 24, 86_400.0)
@example(100.0, 0.05, [0.0] * 23 + [1.0], 86_400.0)
@example(100.0, 1e-6, [1.0] * 24, 1.0)
def test_in_order_and_only_where_there_is_a_rate(burstiness, rate_rps, by_hour, horizon_s):
    shape = {
        "kind": "shaped",
        "rate_rps": rate_rps,
        "by_hour": by_hour,
        "burstiness": burstiness,
    }
    run = {"horizon_s": horizon_s, "start": "mon 22:30"}
    table = drawn(shape, **run)
    assert (np.diff(table.arrival_s) >= 0).all()
    assert ((table.arrival_s >= 0) & (table.arrival_s < horizon_s)).all()
    hour = ((table.arrival_s / 3600 + 22.5) % 24).astype(int)
    assert (np.array(by_hour)[hour] > 0).all()
    assert np.array_equal(table.arrival_s, drawn(shape, **run).arrival_s)


def test_arrivals_shift_no_length():
    tables = [drawn(poisson(2.0, burstiness=b), QUANTILES) for b in (1.0, 4.0)]
    n = min(map(len, tables))
    assert n > 500
    assert columns(tables[0], n) == columns(tables[1], n)
    assert not np.array_equal(*(table.arrival_s[:n] for table in tables))


def columns(table: Requests, n: int) -> list[list[int]]:
    return [table.input_tokens[:n].tolist(), table.output_tokens[:n].tolist()]


@pytest.mark.parametrize("kind", ["poisson", "shaped"])
def test_too_many_are_refused_before_they_are_drawn(kind, no_renewals):
    with pytest.raises(TooManyRequests, match="lower the rate or the horizon"):
        drawn({**poisson(1e5, burstiness=4.0), "kind": kind}, CONSTANT, horizon_s=3600)
