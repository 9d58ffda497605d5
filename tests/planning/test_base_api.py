"""The best base of a hybrid that sends to an external API what is too much for it."""

import json
from math import ceil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.cost.bill import bill_of
from aisim.cost.prices import Prices
from aisim.cost.tokens import ApiUse, Tokens
from aisim.cost.used import Served, Used, standing_use
from aisim.planning import BadInput, compare, optimal_base
from aisim.planning.base_curve import closed_form
from aisim.planning.base_load import own_load
from aisim.planning.base_overflow import Sent, sent
from aisim.planning.hybrid import at_base, hybrid_of, is_hybrid
from aisim.results.load import LoadCurve
from aisim.scenario import load_study, parse_study
from aisim.simulation import simulate
from aisim.workload import draw_requests
from tests.numbers import finite_or_null
from tests.planning.test_base import hybrid_data

CHEAP, DEAR = "gpt-5-nano", "o1-pro"
NOTHING = ApiUse((), source="none")


def api_data(model=CHEAP, refuses=(), rate_rps=3.0):
    """Own machines of one L40S, and an API instead of the rented ones."""
    data = hybrid_data(rate_rps=rate_rps)
    hybrid = data["candidates"]["hybrid"]
    del hybrid["sites"]["region"], hybrid["machines"]["cloud"], hybrid["pools"]["burst"]
    hybrid["sites"]["seller"] = {"kind": "api", "provider": "openai", "refuses": list(refuses)}
    hybrid["apis"] = {"bought": api(model)}
    hybrid["path"]["serving"]["pools"] = ["base", "bought"]
    data["candidates"] = {"hybrid": hybrid}
    return data


def api(model=CHEAP, service="chat"):
    return {
        "site": "seller", "model": model, "serves": [service],
        "ttft_s": {"median": 0.5, "p95": 1.0}, "token_s": {"median": 0.01, "p95": 0.02},
    }  # fmt: skip


def with_secrets(data, rate_rps):
    """Beside it, traffic of personal data, steadily."""
    traffic = data["workload"]["traffic"]
    traffic["secrets"] = traffic["chat"] | {
        "data_class": "personal", "arrivals": {"kind": "poisson", "rate_rps": rate_rps},
    }  # fmt: skip
    return data


def found_of(data):
    return hybrid_of(parse_study(data), "hybrid")


def api_month(usd):
    """A month of the API; prices are those of a million tokens."""
    return ApiUse((Tokens("output tokens", 10.0, usd),), source="test")


loads = st.lists(st.just(0.0) | st.floats(0.01, 6), min_size=1, max_size=30)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(loads, st.just(0.0) | st.floats(0.01, 1), st.floats(1, 1e5))
def test_the_closed_form_is_a_sum_over_the_load(load, share, usd):
    found, may = found_of(api_data()), share * np.array(load)
    use = Used({}, {}, Served(egress_gb=dict.fromkeys(found.candidate.sites, 0.0)))
    overflow = Sent(found, may, api_month(usd), NOTHING, LoadCurve(np.zeros(1)), ())
    points = closed_form(found, use, LoadCurve(np.array(load)), overflow)
    most = max(ceil(max(load)), found.declared) + 2
    assert [point.machines for point in points] == list(range(most + 1))
    prices = Prices.of(found.study.economics)
    for point in points:
        base, beyond = point.machines, 0.0
        for asked, allowed in zip(load, may, strict=True):
            beyond += min(max(asked - base, 0.0), allowed) / len(load)
        price = usd / may.mean() if may.mean() else 0.0
        busy = min((np.mean(load) - beyond) / base, 1.0) if base else 0.0
        candidate = at_base(found, base)
        own = Used(standing_use(candidate, busy).groups, {}, use.served)
        own_usd = bill_of(own, candidate, prices).usd_per_month or 0.0
        assert point.usd_per_month == pytest.approx(own_usd + price * beyond, abs=1e-6)
        assert point.rented_machine_h is None
        assert point.api_share == pytest.approx(beyond / np.mean(load) if any(load) else 0.0)
    if may.mean():
        assert overflow.usd_per_machine_month == pytest.approx(usd / may.mean())


def test_the_price_of_the_work_is_that_of_sending_everything():
    data = api_data()
    study = parse_study(data)
    found = hybrid_of(study, "hybrid")
    run = simulate(found.candidate, draw_requests(study), study.run.seed, saturate=False)
    overflow = sent(found, run, 1.0)
    assert list(overflow.may) == list(own_load(found, run, 1.0).load)
    alone = study.model_copy(update={"candidates": {"hybrid": at_base(found, 0)}})
    use = compare(alone).bills["hybrid"].used.apis["bought"]
    assert use.usd == pytest.approx(overflow.all_of_it.usd, rel=0.01)
    price = overflow.usd_per_machine_month
    assert price * overflow.may.mean() == pytest.approx(overflow.all_of_it.usd)
    # An own machine of twice the rate does twice the work.
    double = sent(found, run, 2.0)
    assert double.usd_per_machine_month == pytest.approx(2 * price)


def test_an_api_for_next_to_nothing_leaves_no_base():
    found = optimal_base(parse_study(api_data(CHEAP)), "hybrid")
    assert (found.named, found.confirmed) == (0, 0)
    assert found.ratio > 1
    assert (found.overflow, found.api, found.rented_group) == ("api", "bought", None)
    assert found.rented_rps is found.commitment is None
    none = found.simulated[0]
    assert (none.api_requests_share, none.api_tokens_share) == (1.0, 1.0)
    assert none.rented_machine_h is none.at_limit_share is none.own_busy_share is None
    assert none.usd_per_month == pytest.approx(none.api_usd_per_month)
    shares = [point.api_requests_share for point in found.simulated]
    assert shares == sorted(shares, reverse=True)
    finite_or_null(json.loads(json.dumps(found.as_dict(), allow_nan=False)))


def test_a_dear_api_leaves_all_to_ones_own():
    found = optimal_base(parse_study(api_data(DEAR)), "hybrid")
    assert found.named >= found.peak_load - 1
    assert found.confirmed >= found.named - 1 > 0
    assert found.ratio < 0.1
    chosen = next(point for point in found.simulated if point.machines == found.confirmed)
    assert chosen.api_requests_share < 0.05


def test_what_the_api_refuses_needs_own_machines():
    study = parse_study(with_secrets(api_data(refuses=["personal"]), 0.1))
    found = optimal_base(study, "hybrid")
    assert (found.named, found.confirmed) == (1, 1)
    assert 0 not in {point.machines for point in (*found.simulated, *found.closed_form)}
    assert any("nobody may serve secrets, data class personal" in note for note in found.notes)
    assert any("only own machines may serve secrets: 0." in note for note in found.notes)


def test_the_closed_form_begins_with_what_the_refused_asks_for():
    study = parse_study(with_secrets(api_data(refuses=["personal"]), 2.0))
    hybrid = hybrid_of(study, "hybrid")
    run = simulate(hybrid.candidate, draw_requests(study), study.run.seed, saturate=False)
    overflow = sent(hybrid, run, 1.0)
    assert overflow.kept_traffic == ("secrets",)
    assert overflow.least == ceil(overflow.kept.mean) == 3  # 2 / 0.7
    curve = own_load(hybrid, run, 1.0)
    assert curve.load == pytest.approx(overflow.may + overflow.kept.load)
    use = Used({}, {}, Served(egress_gb=dict.fromkeys(hybrid.candidate.sites, 0.0)))
    assert closed_form(hybrid, use, curve, overflow)[0].machines == 3


def test_nothing_may_go_to_the_api():
    with pytest.raises(BadInput, match="no traffic may go to API 'bought'"):
        optimal_base(parse_study(api_data(refuses=["internal"], rate_rps=0.5)), "hybrid")


def test_the_first_overflow_in_order_is_in_the_closed_form():
    data = hybrid_data(rate_rps=0.5)
    hybrid = data["candidates"]["hybrid"]
    hybrid["sites"]["seller"] = {"kind": "api", "provider": "openai"}
    hybrid["apis"] = {"bought": api()}
    hybrid["path"]["serving"]["pools"] = ["base", "burst", "bought"]
    rented = optimal_base(parse_study(data), "hybrid")
    assert (rented.overflow, rented.rented_group) == ("rented machines", "cloud")
    assert any("burst alone behind the own machines" in note for note in rented.notes)
    hybrid["path"]["serving"]["pools"] = ["base", "bought", "burst"]
    bought = optimal_base(parse_study(data), "hybrid")
    assert (bought.overflow, bought.api) == ("api", "bought")
    assert any("only: burst" in note for note in bought.notes)


def test_an_api_for_another_service_is_no_overflow():
    data = hybrid_data()
    hybrid = data["candidates"]["hybrid"]
    hybrid["sites"]["seller"] = {"kind": "api", "provider": "openai"}
    hybrid["apis"] = {"bought": api(service="other")}
    hybrid["path"]["serving"]["pools"] = ["base", "bought", "burst"]
    traffic = data["workload"]["traffic"]
    traffic["other"] = traffic["chat"] | {"service": "other"}
    data["candidates"] = {"hybrid": hybrid}
    found = found_of(data)
    assert (found.behind, found.further) == ("burst", [])


def test_the_shipped_study():
    study = load_study("sourcing", ["run.horizon_s=14400"])
    assert [name for name in study.candidates if is_hybrid(study, name)] == ["hybrid"]
    found = optimal_base(study, "hybrid")
    assert found.confirmed == found.named == 1
    chosen = found.simulated[0]
    assert 0 < chosen.api_tokens_share < 1
    assert chosen.usd_per_month == compare(study, candidates=["hybrid"]).bills[
        "hybrid"
    ].usd_per_month  # fmt: skip
