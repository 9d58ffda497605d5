"""Candidates on the same requests; replications and their intervals."""

import pytest

from aisim.planning import compare, replicate
from aisim.planning.replicate import combine
from aisim.results import mean_interval
from aisim.scenario import InvalidStudy, load_study, parse_study
from tests.small import small_data, small_study


def test_all_candidates_see_the_same_requests():
    comparison = compare(small_study())
    tables = [run.requests for run in comparison.runs.values()]
    columns = ["traffic", "input_tokens", "output_tokens", "arrival_s"]
    assert tables[0][columns].equals(tables[1][columns])


def test_progress_is_told_and_a_cancel_keeps_what_there_is():
    told = []
    comparison = compare(
        small_study(),
        on_progress=lambda name, done: told.append((name, done)),
        cancelled=lambda: len(told) >= 50,
    )
    assert comparison.partial
    assert list(comparison.runs) == ["rented"]
    assert comparison.runs["rented"].partial
    assert comparison.answer()["candidates"]["rented"]["requests"]["arrived"] > 0
    assert comparison.runs["rented"].end_s < 1320


def test_a_cancel_in_the_warm_up_leaves_figures_undefined():
    comparison = compare(small_study(warm_up_s=1300), cancelled=lambda: True)
    assert comparison.partial
    assert comparison.runs == {}
    told = []
    comparison = compare(
        small_study(warm_up_s=1300),
        on_progress=lambda *_: told.append(1),
        cancelled=lambda: len(told) > 2,
    )
    rented = comparison.answer()["candidates"]["rented"]
    assert rented["cost"]["usd_per_month"] is None
    assert rented["ttft_s"]["p50"] is None


def test_replications_are_the_runs_one_by_one():
    study = small_study()
    answer = replicate(study, 3)
    ones = [compare(study, replication=r).answer() for r in range(3)]
    figures = [one["candidates"]["rented"]["ttft_s"]["p95"] for one in ones]
    assert answer["candidates"]["rented"]["ttft_s"]["p95"] == mean_interval(figures)._asdict()
    assert len(set(figures)) == 3
    months = [one["differences"]["owned - rented"]["cost"]["usd_per_month"] for one in ones]
    paired = answer["differences"]["owned - rented"]["cost"]["usd_per_month"]
    assert paired == mean_interval(months)._asdict()


def test_combining_says_what_is_undefined_and_overloaded():
    study = small_study()
    one = {
        "represents": "x",
        "caveats": [],
        "candidates": {
            "a": {
                "ttft_s": {"p50": 1.0}, "overloaded": False, "partial": False,
                "bottleneck": {"component": "p", "reason": "r"}, "notes": ["n"],
            }
        },
        "differences": {},
    }  # fmt: skip
    other = {
        **one,
        "candidates": {
            "a": {
                **one["candidates"]["a"], "ttft_s": {"p50": None}, "overloaded": True,
                "bottleneck": {"component": "q", "reason": "s"},
            }
        },
    }  # fmt: skip
    both = combine(study, [one, one, other], 3)["candidates"]["a"]
    assert both["ttft_s"]["p50"] is None
    assert both["overloaded"] is True
    assert both["bottleneck"] == {"component": "p", "reason": "r (in 2 of 3 replications)"}
    assert both["notes"] == ["n"]
    single = combine(study, [one], 3)
    assert single["partial"] is True
    assert single["candidates"]["a"]["ttft_s"]["p50"] == {"mean": 1.0, "low": None, "high": None}
    assert combine(study, [], 3)["candidates"] == {}


def test_every_pool_that_does_not_fit_is_named_at_once():
    data = small_data()
    data["candidates"]["rented"]["pools"]["pool"]["model"] = "llama-3.1-70b"
    data["candidates"]["owned"]["pools"]["pool"]["replicas"] = 9
    with pytest.raises(InvalidStudy) as invalid:
        compare(parse_study(data))
    assert [fault.path for fault in invalid.value.faults] == [
        "candidates.rented.pools.pool", "candidates.owned.pools.pool",
    ]  # fmt: skip


def test_the_shipped_study_teaches_something():
    """The hybrid bursts, personal data stays in the house, and all three keep their promise."""
    comparison = compare(load_study("assistant"))
    hybrid = comparison.runs["hybrid"].requests
    burst = hybrid["pool"] == "burst"
    assert 0 < burst.mean() < 0.5
    assert (hybrid.loc[burst, "traffic"] == "staff").all()
    for name, candidate in comparison.answer()["candidates"].items():
        assert candidate["requests"]["completed"] == candidate["requests"]["arrived"], name
        assert candidate["ttft_s"]["p95"] <= 2.0, name
        assert candidate["tpot_s"]["p95"] <= 0.1, name
