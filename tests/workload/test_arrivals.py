"""Counts, intervals and shapes of the arrivals, within what chance allows."""

import numpy as np
import pytest
from scipy import stats

from aisim import catalog
from aisim.scenario import InvalidStudy
from aisim.scenario.study import DAYS
from aisim.scenario.workload import ShapedArrivals
from aisim.workload import TooManyRequests
from aisim.workload.arrivals import weekly_factors
from tests.workload.drawn import drawn

WEEK_S = 7 * 24 * 3600.0
UNLIKELY = 1e-3


def test_poisson_counts():
    counts = [
        len(drawn({"kind": "poisson", "rate_rps": 0.5}, replication=i, horizon_s=400))
        for i in range(200)
    ]
    assert np.mean(counts) == pytest.approx(200, abs=4 * np.sqrt(200 / 200))
    dispersion = np.var(counts, ddof=1) / np.mean(counts) * 199
    assert UNLIKELY / 2 < stats.chi2.cdf(dispersion, 199) < 1 - UNLIKELY / 2


def test_poisson_intervals_are_exponential_and_independent():
    table = drawn({"kind": "poisson", "rate_rps": 3.0}, horizon_s=5000)
    gaps = np.diff(table.arrival_s)
    assert stats.kstest(gaps, "expon", args=(0, 1 / 3)).pvalue > UNLIKELY
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 4 / np.sqrt(len(gaps))


def test_shaped_arrivals_follow_hours_and_weekdays():
    by_hour = [0.0] * 6 + [1.0, 2.0, 4.0, 3.0, 3.0, 2.5] * 3
    by_weekday = [1.0, 1.2, 1.0, 0.8, 1.0, 0.3, 0.0]
    shape = {"kind": "shaped", "rate_rps": 0.2, "by_hour": by_hour, "by_weekday": by_weekday}
    table = drawn(shape, horizon_s=WEEK_S, start="wed 05:30")
    hour = ((table.arrival_s / 3600 + 2 * 24 + 5.5) % 168).astype(int)
    counts = np.bincount(hour, minlength=168)
    factors = np.outer(by_weekday, by_hour).ravel()
    expected = factors / factors.mean() * 0.2 * 3600
    assert (counts[expected == 0] == 0).all()
    some = expected > 0
    chi2 = ((counts[some] - expected[some]) ** 2 / expected[some]).sum()
    assert UNLIKELY / 2 < stats.chi2.cdf(chi2, some.sum()) < 1 - UNLIKELY / 2


@pytest.mark.parametrize("start", ["mon 00:00", "tue 13:20", "sun 23:59"])
def test_the_clock_of_the_week_starts_where_it_is_told(start):
    """All traffic lies in one hour of the week, whenever the run begins."""
    shape = {
        "kind": "shaped",
        "rate_rps": 0.05,
        "by_hour": [0] * 14 + [1] + [0] * 9,
        "by_weekday": [0, 0, 0, 1, 0, 0, 0],
    }
    table = drawn(shape, horizon_s=WEEK_S, start=start)
    day, time = start.split()
    begin_h = DAYS.index(day) * 24 + int(time[:2]) + int(time[3:]) / 60
    hour = (table.arrival_s / 3600 + begin_h) % 168
    assert len(table) == pytest.approx(0.05 * WEEK_S, rel=0.03)
    assert hour.min() > 3 * 24 + 14 - 1e-6
    assert hour.max() < 3 * 24 + 15 + 1e-6


def test_the_rate_is_the_mean_over_the_week():
    for shape in (
        {"weekly": "azure2024_conv"},
        {"by_hour": tuple(range(24))},
        {"by_hour": tuple(range(24)), "by_weekday": (1, 1, 1, 1, 1, 0, 0)},
        {"weekly": "azure2024_conv", "by_hour": tuple(range(24))},
    ):
        assert weekly_factors(ShapedArrivals(rate_rps=1, **shape)).mean() == pytest.approx(1)
    profile = weekly_factors(ShapedArrivals(rate_rps=1, weekly="azure2024_conv"))
    np.testing.assert_allclose(profile, catalog.weekly_profile("azure2024_conv"), rtol=2e-3)


def test_no_factor_no_request():
    table = drawn({"kind": "shaped", "rate_rps": 5, "by_weekday": [0] * 7}, horizon_s=3600)
    assert len(table) == 0


def test_windows_keep_rate_and_lengths_together():
    shape = {"kind": "shaped", "rate_rps": 2.0, "windows": "azure2023_conv"}
    table = drawn(shape, {"kind": "windows"}, horizon_s=600 * 300.0)
    window = (table.arrival_s // 300).astype(int)
    counts = np.bincount(window, minlength=600)
    outputs = np.bincount(window, weights=table.output_tokens, minlength=600) / counts
    inputs = np.bincount(window, weights=table.input_tokens, minlength=600) / counts
    facts = catalog.traffic_windows("azure2023_conv")
    rate = np.array([fact.rate_factor for fact in facts])
    means = [
        np.array([np.trapezoid(getattr(fact, f"{way}_tokens")) / 100 for fact in facts])
        for way in ("input", "output")
    ]
    for drawn_means, fact_means in zip((inputs, outputs), means, strict=True):
        wanted = np.corrcoef(rate, fact_means)[0, 1]
        # Poisson counts and sampled lengths only add noise to both.
        assert np.corrcoef(counts, drawn_means)[0, 1] == pytest.approx(wanted, abs=0.12)
    weights = rate / rate.sum()
    assert table.output_tokens.mean() == pytest.approx(float(weights @ means[1]), rel=0.05)
    assert counts.mean() == pytest.approx(600, rel=0.05)
    # Far burstier than Poisson, as the facts are.
    assert counts.var() / counts.mean() > 0.5 * 600 * rate.var() / rate.mean() ** 2


def test_too_many_requests_are_refused_before_they_are_drawn():
    with pytest.raises(TooManyRequests, match="lower the rate or the horizon"):
        drawn({"kind": "poisson", "rate_rps": 1e5}, horizon_s=3600)
    with pytest.raises(TooManyRequests, match="fewer clients"):
        drawn({"kind": "clients", "clients": 1_000_000, "think_time_s": 1}, horizon_s=3600)


def test_closed_loop_parents_and_gaps():
    shape = {"kind": "clients", "clients": 5, "think_time_s": 20, "requests": 23}
    table = drawn(shape, horizon_s=3600)
    assert len(table) == 23
    first = table.parent_id < 0
    assert first.sum() == 5
    assert (table.gap_s[first] == 0).all()
    assert (table.arrival_s[~first] == 3600).all()
    # Every row has at most one child, and no row is its own ancestor.
    parents = table.parent_id[~first]
    assert len(set(parents.tolist())) == len(parents)
    chains = sorted(chain_length(table.parent_id, row) for row in range(23))
    assert chains == sorted(i // 5 for i in range(23))


def chain_length(parents: np.ndarray, row: int) -> int:
    steps = 0
    while parents[row] >= 0:
        row, steps = parents[row], steps + 1
        assert steps <= len(parents)
    return steps


def test_thinking_is_exponential():
    shape = {"kind": "clients", "clients": 500, "think_time_s": 7.0, "requests": 4000}
    table = drawn(shape, horizon_s=3600)
    thinks = np.where(table.parent_id < 0, table.arrival_s, table.gap_s)
    assert stats.kstest(thinks, "expon", args=(0, 7.0)).pvalue > UNLIKELY


def test_closed_loop_keeps_its_rows_beside_other_traffic():
    """Parents point at rows of the same traffic after both are put in order."""
    from aisim.scenario import parse_study
    from aisim.workload import draw_requests
    from tests.scenario.small import small

    data = small(run__horizon_s=100.0)
    traffic = data["workload"]["traffic"]
    arrivals = {"kind": "clients", "clients": 3, "think_time_s": 5}
    traffic["loop"] = {**traffic["staff"], "arrivals": arrivals}
    table = draw_requests(parse_study(data))
    child = np.flatnonzero(table.parent_id >= 0)
    assert (table.traffic[child] == 1).all()
    assert (table.traffic[table.parent_id[child]] == 1).all()
    assert (table.parent_id[table.traffic == 0] == -1).all()


def test_clients_that_hardly_think_say_how_many_requests():
    with pytest.raises(InvalidStudy, match="give requests, their number"):
        drawn({"kind": "clients", "clients": 4, "think_time_s": 0.5}, horizon_s=60)
    shape = {"kind": "clients", "clients": 4, "think_time_s": 0, "requests": 12}
    assert len(drawn(shape, horizon_s=60)) == 12
