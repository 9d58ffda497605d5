"""A study at several multiples of its load."""

import pytest

from aisim.planning import BadInput, Growth, compare, follows_load, preview_study, scaled
from aisim.scenario import InvalidStudy, parse_study
from tests.priced import priced_study
from tests.small import small_data, small_study

REQUESTS = 150
STUDY = small_study(horizon_s=20_000)


def grown(study=STUDY, factors=(0.5, 2.0), requests=REQUESTS, **kwargs):
    growth = Growth(study, factors=factors, requests=requests, **kwargs)
    shares = list(growth.slices())
    return growth, shares


def with_arrivals(**arrivals):
    data = small_data()
    data["workload"]["traffic"]["chat"]["arrivals"] = arrivals
    return parse_study(data)


@pytest.fixture(scope="module")
def two():
    return grown()


def test_a_point_is_what_a_comparison_of_the_scaled_study_gives(two):
    """Twice the rate, written by hand; the same requests, so figure by figure the same."""
    data = preview_study(STUDY, REQUESTS).model_dump(mode="json")
    data["workload"]["traffic"]["chat"]["arrivals"]["rate_rps"] = 1.0
    answer = compare(parse_study(data)).answer()["candidates"]
    points = [point for point in two[0].points if point.factor == 2.0]
    assert [point.candidate for point in points] == list(answer)
    for point in points:
        found = answer[point.candidate]
        assert point.ttft_p95_s == found["ttft_s"]["p95"]
        assert point.within_service_level == found["slo_attainment"]
        assert point.usd_per_month == found["cost"]["usd_per_month"]
        assert point.overloaded == found["overloaded"]
        assert point.kept == found["service_level"]["chat"]["ttft_s"]["kept"]
        assert point.broken_limits == tuple(found["broken_limits"])


def test_every_candidate_at_every_load_from_the_least(two):
    names = list(STUDY.candidates)
    expected = [(factor, name) for factor in (0.5, 2.0) for name in names]
    assert [(point.factor, point.candidate) for point in two[0].points] == expected


def test_shares_rise_to_the_end_and_points_come_meanwhile(two):
    shares = two[1]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1
    assert shares[-1] == 1.0
    growth = Growth(STUDY, factors=(0.5, 2.0), requests=REQUESTS)
    for share in growth.slices():
        assert len(growth.points) == int(share * 4 + 1e-9)
        if len(growth.points) == 2:
            break
    assert growth.points == two[0].points[:2], "what was stopped has what was through"


def test_more_load_is_no_faster_and_ends_in_overload():
    data = small_data()
    data["workload"]["traffic"]["chat"]["sizes"] |= {"input_tokens": 4_000, "output_tokens": 200}
    data["run"]["horizon_s"] = 20_000
    growth, _ = grown(parse_study(data), factors=(1, 20), candidates=("rented",))
    calm, over = growth.points
    assert not calm.overloaded
    assert calm.kept
    assert over.overloaded
    assert over.kept is False
    assert over.ttft_p95_s > calm.ttft_p95_s
    assert over.within_service_level < calm.within_service_level


def test_the_same_machines_cost_the_same_and_on_demand_follows_the_load():
    data = small_data()
    data["workload"]["traffic"]["chat"]["sizes"] |= {"input_tokens": 4_000, "output_tokens": 200}
    data["candidates"]["rented"]["machines"]["gpu"]["count"] = 4
    data["candidates"]["rented"]["pools"]["pool"]["replicas"] = 4
    fixed, _ = grown(parse_study(data), factors=(0.5, 10), candidates=("rented",))
    assert fixed.points[0].usd_per_month == pytest.approx(fixed.points[1].usd_per_month, rel=0.01)
    assert not follows_load(fixed.study.candidates["rented"])
    data["candidates"]["rented"]["pools"]["pool"]["runs"] = {"kind": "on_demand"}
    study = parse_study(data)
    moving, _ = grown(study, factors=(0.5, 10), candidates=("rented",), requests=600)
    assert moving.points[1].usd_per_month > 1.2 * moving.points[0].usd_per_month
    assert follows_load(study.candidates["rented"])


def test_an_api_follows_the_load():
    study = priced_study()
    assert follows_load(study.candidates["gpt"])
    assert follows_load(study.candidates["hybrid"])
    assert not follows_load(study.candidates["own"])
    growth, _ = grown(study, factors=(1, 3), candidates=("gpt",), requests=600)
    one, three = (point.usd_per_month for point in growth.points)
    assert three == pytest.approx(3 * one, rel=0.15)


def test_a_budget_is_broken_where_the_cost_is_over_it():
    asked = {"factors": (0.5, 3), "candidates": ("gpt",)}
    free, _ = grown(priced_study({"limits": {}}), **asked)
    low, high = (point.usd_per_month for point in free.points)
    assert low < high
    limits = {"limits": {"budget_usd_per_month": (low + high) / 2}}
    growth, _ = grown(priced_study(limits), **asked)
    assert [bool(point.broken_limits) for point in growth.points] == [False, True]


def test_closing_hours_have_no_month_in_a_short_stretch():
    data = small_data()
    data["candidates"]["rented"]["pools"]["pool"]["runs"] = {
        "kind": "hours", "hours": ["mon-sun 00:00-24:00"],
    }  # fmt: skip
    data["limits"] = {"budget_usd_per_month": 1.0}
    data["run"] |= {"horizon_s": 20_000, "represents": "day"}
    growth, _ = grown(parse_study(data), factors=(1,), candidates=("rented",))
    assert growth.points[0].usd_per_month is None
    assert growth.points[0].broken_limits == ()


def test_rates_and_clients_are_scaled():
    shaped = with_arrivals(kind="shaped", rate_rps=0.5, by_hour=[1.0] * 12 + [3.0] * 12)
    arrivals = scaled(shaped, 3).workload.traffic["chat"].arrivals
    assert arrivals.rate_rps == 1.5
    assert arrivals.by_hour == shaped.workload.traffic["chat"].arrivals.by_hour
    clients = with_arrivals(kind="clients", clients=5, think_time_s=0.5, requests=101)
    arrivals = scaled(clients, 1.5).workload.traffic["chat"].arrivals
    assert (arrivals.clients, arrivals.requests) == (8, 152)
    assert scaled(clients, 0.01).workload.traffic["chat"].arrivals.clients == 1
    assert scaled(STUDY, 1.0) == STUDY


def test_a_replayed_trace_cannot_be_scaled():
    study = with_arrivals(kind="replay", file="trace.csv")
    with pytest.raises(BadInput, match="chat is replayed"):
        Growth(study)


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf")])
def test_a_load_is_positive(factor):
    with pytest.raises(BadInput, match="allowed: above 0"):
        scaled(STUDY, factor)


def test_a_load_beyond_what_is_allowed():
    with pytest.raises(BadInput, match="more than allowed"):
        scaled(STUDY, 1e6)


def test_an_unknown_candidate():
    with pytest.raises(InvalidStudy, match="nobody"):
        Growth(STUDY, ("nobody",))
