"""Every study that ships runs, is priced, and can be told in money."""

import json

import pytest

from aisim import compare, load_study, money, shipped_studies
from aisim.cost import ledger_frame

SHORT = ["run.warm_up_s=3600", "run.horizon_s=7200"]


@pytest.fixture(scope="module", params=shipped_studies())
def comparison(request):
    return compare(load_study(request.param, SHORT))


def test_it_runs_and_its_ledger_adds_up(comparison):
    months = 12 * comparison.study.economics.years
    for name, bill in comparison.bills.items():
        assert comparison.runs[name].requests["status"].eq("completed").mean() > 0.95, name
        ledger = ledger_frame(name, bill.charges, bill.economics)
        assert ledger["EffectiveCost"].sum() / months == pytest.approx(bill.usd_per_month)


def test_it_is_told_in_money(comparison):
    answer = {**comparison.answer(), "money": money(comparison)}
    told = json.loads(json.dumps(answer, allow_nan=False))["money"]
    assert list(told["candidates"]) == list(comparison.study.candidates)


def test_an_api_may_not_have_personal_data_and_the_hybrid_keeps_it():
    comparison = compare(load_study("sourcing", SHORT))
    answer = comparison.answer()["candidates"]
    assert [name for name, found in answer.items() if found["broken_limits"]] == ["api"]
    assert "personal data may reach openai" in answer["api"]["broken_limits"][0]
    requests = comparison.runs["hybrid"].requests
    went_out = requests[requests["pool"] == "mini"]
    assert len(went_out) > 0
    assert set(went_out["traffic"]) == {"visitors"}
