"""The others less a baseline, with paired intervals."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import t as student

from aisim.catalog import usd_per
from aisim.planning import BadInput, Picture, Trial, differences
from aisim.planning.differences import FIGURES, Difference
from aisim.scenario import parse_study
from aisim.workload import draw_requests
from tests.small import small_data, small_study

STUDY = small_study(horizon_s=600)
DRAWS = 4


@cache
def outcome(name, replication):
    trial = Trial(STUDY, name, draw_requests(STUDY, replication), saturate=False)
    list(trial.slices())
    return trial.finish()


def picture(draws=DRAWS, **flags):
    found = {name: [outcome(name, r) for r in range(draws)] for name in STUDY.candidates}
    return Picture(STUDY, found, draws, **flags)


def figure(name, replication, path):
    data = outcome(name, replication).answer
    for key in path:
        data = data[key]
    return data


def rows(baseline, seen=None):
    found = differences(picture() if seen is None else seen, baseline)
    return {row.path: row for row in found.rows}


@pytest.mark.parametrize(("baseline", "other"), [("rented", "owned"), ("owned", "rented")])
@pytest.mark.parametrize("path", [("ttft_s", "p95"), ("e2e_s", "p95"), ("cost", "usd_per_month")])
def test_the_interval_is_that_of_the_paired_differences(baseline, other, path):
    found = rows(baseline)[path].by_candidate[other]
    pairs = np.array([figure(other, r, path) - figure(baseline, r, path) for r in range(DRAWS)])
    half = student.ppf(0.975, DRAWS - 1) * pairs.std(ddof=1) / np.sqrt(DRAWS)
    assert found.mean == pytest.approx(pairs.mean())
    assert found.low == pytest.approx(pairs.mean() - half)
    assert found.high == pytest.approx(pairs.mean() + half)
    assert found.is_clear == (abs(pairs.mean()) > half)


def test_pairs_tell_more_than_two_intervals_apart():
    """The same requests: what they share cancels out."""
    path = ("e2e_s", "p95")
    found = rows("rented")[path].by_candidate["owned"]
    spread = [np.std([figure(n, r, path) for r in range(DRAWS)], ddof=1) for n in STUDY.candidates]
    apart = student.ppf(0.975, DRAWS - 1) * np.hypot(*spread) / np.sqrt(DRAWS)
    assert (found.high - found.low) / 2 < apart


def test_turned_round_all_signs_are():
    there, back = rows("rented"), rows("owned")
    assert list(there) == list(back) == [path for path, *_ in FIGURES]
    for path, row in there.items():
        one, other = row.by_candidate["owned"], back[path].by_candidate["rented"]
        assert (one.mean, one.low, one.high) == (-other.mean, -other.high, -other.low)


def test_a_share_is_told_in_percentage_points():
    path = ("slo_attainment",)
    kept = [figure("owned", r, path) - figure("rented", r, path) for r in range(DRAWS)]
    row = rows("rented")[path]
    assert row.unit == "percentage points"
    assert row.by_candidate["owned"].mean == pytest.approx(100 * np.mean(kept))


def test_amounts_are_in_the_currency_of_the_study():
    seen = picture()
    economics = seen.study.economics.model_copy(update={"currency": "EUR"})
    euro = replace(seen, study=seen.study.model_copy(update={"economics": economics}))
    found, rate = rows("rented", euro), usd_per("EUR")[0]
    assert rate != 1
    for path, row in rows("rented").items():
        one, other = row.by_candidate["owned"], found[path].by_candidate["owned"]
        in_dollars = row.unit == "USD"
        assert found[path].unit == ("EUR" if in_dollars else row.unit)
        ends = [end / (rate if in_dollars else 1) for end in (one.mean, one.low, one.high)]
        assert [other.mean, other.low, other.high] == pytest.approx(ends)


def test_one_draw_has_no_interval_and_says_so():
    found = differences(picture(1), "rented")
    for row in found.rows:
        assert row.by_candidate["owned"].low is row.by_candidate["owned"].high is None
        assert row.by_candidate["owned"].is_clear is None
    assert found.note == "More or less than rented, of one draw: no interval."
    assert "95 % interval of 4 draws" in differences(picture(), "rented").note


@pytest.mark.parametrize(
    ("low", "high", "clear"), [(0.1, 2, True), (-2, -0.1, True), (-1, 1, False), (0, 0, False)]
)
def test_clear_is_what_leaves_out_nothing(low, high, clear):
    assert Difference((low + high) / 2, low, high).is_clear is clear


def test_what_is_no_month_has_no_difference():
    """The answer of a short stretch with closing hours has no cost, though its trials have one."""
    data = small_data()
    data["candidates"]["rented"]["pools"]["pool"]["runs"] = {
        "kind": "hours", "hours": ["mon-sun 00:00-24:00"],
    }  # fmt: skip
    study = parse_study(data)
    found = rows("owned", replace(picture(preview=True), study=study))
    for path, row in found.items():
        assert (row.by_candidate["rented"] is None) == (path[0] in ("cost", "energy"))


def test_what_one_of_them_lacks_has_no_difference():
    seen = picture(1)
    bare = outcome("owned", 0)
    none = replace(bare, answer=bare.answer | {"tpot_s": {"p50": None, "p95": None, "p99": None}})
    seen = replace(seen, outcomes={**seen.outcomes, "owned": [none]})
    assert rows("rented", seen)["tpot_s", "p95"].by_candidate == {"owned": None}


def test_an_unknown_baseline():
    with pytest.raises(BadInput, match="no candidate 'nobody'"):
        differences(picture(1), "nobody")
