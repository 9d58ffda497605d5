"""Promises, balances and the order of things that a review found missing."""

from dataclasses import dataclass, replace
from itertools import count

import pytest

from aisim.cost import CATEGORIES
from aisim.cost.schedule import Monthly
from aisim.planning import compare
from aisim.planning.answer import caveats
from aisim.report.answer import verdict
from aisim.results import Unbalanced, figures
from aisim.scenario import InvalidStudy, parse_study
from aisim.simulation import Simulation, simulate
from aisim.simulation.storage import Storage
from aisim.simulation.world import World
from aisim.workload import draw_requests
from tests.small import small_data, small_study

DEVICE = {"bandwidth_gb_per_s": 1, "operations_per_s": 1000}


def with_storage() -> dict:
    data = small_data()
    data["workload"]["traffic"]["chat"] |= {
        "log_bytes": 1000, "retrieval": {"documents": 2, "document_bytes": 5000},
    }  # fmt: skip
    candidate = data["candidates"]["rented"]
    candidate["storage"] = {"disk": DEVICE}
    candidate["path"] = {
        "documents": {"kind": "read", "storage": "disk"},
        **candidate["path"],
        "log": {"kind": "log", "storage": "disk"},
    }
    return data


def test_a_promise_is_judged_at_its_percentile():
    data = small_data()
    median = None
    for percentile in (50, 99.9):
        limit = {"percentile": percentile, "limit_s": 0.0305}
        data["workload"]["traffic"]["chat"]["service_level"] = {"tpot_s": limit}
        study = parse_study(data)
        run = simulate(study.candidates["rented"], draw_requests(study), 1, saturate=False)
        found = figures(run)
        promise = found["service_level"]["chat"]["tpot_s"]
        assert promise["percentile"] == percentile
        assert promise["kept"] is (promise["value_s"] <= 0.0305)
        median = median or promise["value_s"]
    assert promise["value_s"] > median


def test_who_never_completes_breaks_the_promise():
    data = small_data()
    data["workload"]["traffic"]["chat"]["arrivals"]["rate_rps"] = 8
    data["workload"]["traffic"]["chat"]["sizes"]["output_tokens"] = 1500
    limit = {"percentile": 95, "limit_s": 1e6}
    data["workload"]["traffic"]["chat"]["service_level"] = {"e2e_s": limit}
    study = parse_study(data)
    run = simulate(study.candidates["rented"], draw_requests(study), 1, saturate=False)
    found = figures(run)
    assert found["overloaded"]
    assert found["service_level"]["chat"]["e2e_s"] == {
        "percentile": 95, "limit_s": 1e6, "value_s": None, "kept": False,
    }  # fmt: skip


def test_the_books_find_logs_that_were_never_written(monkeypatch):
    study = parse_study(with_storage())
    rented, requests = study.candidates["rented"], draw_requests(study)
    simulate(rented, requests, 1, saturate=False)
    monkeypatch.setattr(Storage, "write", lambda self, n_bytes: None)
    with pytest.raises(Unbalanced, match="disk, logs: 0 bytes moved"):
        simulate(rented, requests, 1, saturate=False)


def test_the_books_find_requests_that_were_never_sent(monkeypatch):
    study = parse_study(small_data())
    simulation = Simulation(study.candidates["rented"], draw_requests(study), 1)
    original = World._journey

    def lossy(self, row, arrival_s):
        if row % 3:
            yield from original(self, row, arrival_s)

    monkeypatch.setattr(World, "_journey", lossy)
    list(simulation.slices())
    with pytest.raises(Unbalanced, match="were due and never sent"):
        simulation.finish()


def test_a_network_alone_costs_nothing_that_can_be_said():
    data = small_data()
    candidate = data["candidates"]["rented"]
    del candidate["machines"], candidate["pools"]
    candidate["links"] = {"wan": {"bandwidth_gbit_per_s": 1}}
    candidate["path"] = {"office": {"kind": "transfer", "link": "wan"}}
    cost = compare(parse_study(data), candidates=["rented"]).answer()["candidates"]["rented"][
        "cost"
    ]
    assert cost["usd_per_month"] is None
    assert cost["excluded"] == list(CATEGORIES)


def test_the_books_find_money_that_is_paid_and_never_counted():
    @dataclass(frozen=True)
    class Forgetful(Monthly):
        def entries(self, usd, months, change):
            for entry in super().entries(usd, months, change):
                yield entry._replace(effective_usd=0.9 * entry.effective_usd)

    comparison = compare(small_study(), candidates=["owned"])
    bill = comparison.bills["owned"]
    staff = next(i for i, charge in enumerate(bill.charges) if charge.category == "staff")
    charges = list(bill.charges)
    charges[staff] = replace(charges[staff], schedule=Forgetful())
    comparison.bills["owned"] = replace(bill, charges=tuple(charges))
    with pytest.raises(Unbalanced, match="paid"):
        comparison.answer()


def test_a_stop_in_the_last_saturation_is_partial():
    """Every slice is through when the stop is asked for; only the saturation rate is missing."""
    study, asked = small_study(), count()  # asked before the candidate, then after each slice
    owned = study.candidates["owned"]
    slices = len(list(Simulation(owned, draw_requests(study), study.run.seed).slices()))
    comparison = compare(study, candidates=["owned"], cancelled=lambda: next(asked) > slices)
    answer = comparison.answer()
    assert not comparison.runs["owned"].partial
    assert answer["partial"] is True
    assert comparison.runs["owned"].saturation_rps is None


def test_no_promise_no_verdict():
    data = small_data()
    data["workload"]["traffic"]["chat"]["service_level"] = {}
    assert verdict(compare(parse_study(data)).answer()).startswith("No service level was promised")


def test_pools_that_nobody_asks_are_a_fault():
    data = with_storage()
    path = data["candidates"]["rented"]["path"]
    del path["serving"]
    with pytest.raises(InvalidStudy, match="no stage of kind 'serve'"):
        parse_study(data)
    path["one"] = path["two"] = {"kind": "serve", "pools": ["pool"]}
    with pytest.raises(InvalidStudy, match="a second stage of kind 'serve'"):
        parse_study(data)


def test_whole_groups_are_paid():
    data = small_data()
    months = []
    for machines in (1, 3):
        data["candidates"]["rented"]["machines"]["gpu"]["count"] = machines
        answer = compare(parse_study(data), candidates=["rented"]).answer()
        months.append(answer["candidates"]["rented"]["cost"]["by_category"]["compute"])
    assert months[1] == pytest.approx(3 * months[0])


def test_hours_that_differ_by_weekday_are_no_month():
    data = small_data()
    pool = data["candidates"]["rented"]["pools"]["pool"]
    pool["runs"] = {"kind": "hours", "hours": ["mon-fri 08:00-18:00"]}
    assert "simulate a week" in caveats(parse_study(data))[0]
    data["run"]["represents"] = "week"
    assert caveats(parse_study(data)) == []


def test_the_verdict_names_who_keeps_the_promises_and_costs_least():
    answer = compare(small_study()).answer()
    assert verdict(answer).startswith("All candidates keep their promises; the least: rented")
    answer["candidates"]["rented"]["overloaded"] = True
    assert verdict(answer).startswith("Only owned keeps its promises, at ")
    answer["candidates"]["owned"]["service_level"]["chat"]["ttft_s"]["kept"] = False
    assert verdict(answer) == "No candidate keeps all its promises."
