"""Break-even: the worked illustration of the reference, and what holds of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim import catalog
from aisim.cost.bill import bill_of
from aisim.cost.break_even import DECLARED, at_level, at_levels, break_even
from aisim.cost.cash import advantage, cash_flow
from aisim.cost.energy import Energy
from aisim.cost.prices import Prices
from aisim.cost.tokens import ApiUse, Tokens
from aisim.cost.used import GroupUse, Served, Used, standing_use
from aisim.scenario import parse_study
from aisim.scenario.economics import Economics
from tests.cost.hand import candidate_of
from tests.small import small_data

#: 8x H100, 290,000 USD, 2.4 to 10.2 kW; eight licences of 4,500 USD a year.
NODE = candidate_of(
    "owned",
    site={
        "pue": 1.54, "electricity_usd_per_kwh": 0.146, "staff_fte": 0.25,
        "space_usd_per_kw_month": 0.0,
    },
    machines={"parts": {"8x H100 SXM5 HGX server (OEM)": 1}, "licences": ["NVIDIA AI Enterprise"]},
)  # fmt: skip
MONEY = {
    "years": 5, "life_years": 5, "discount_rate": 0.1, "residual_share": 0.15,
    "support_share": 0.05, "spares_share": 0.0, "staff_usd_per_fte_year": 200_000,
    # The illustration has neither.
    "insurance_share": 0.0, "disposal_share": 0.0,
}  # fmt: skip
#: 7.5 kW lie here between idle and most.
LOAD = (7.5 - 2.4) / (10.2 - 2.4)


def prices(**economics) -> Prices:
    return Prices.of(Economics(**{**MONEY, **economics}))


def rented(usd_per_hour=None, **machines):
    price = {} if usd_per_hour is None else {"usd_per_hour": usd_per_hour}
    return candidate_of("rented", machines={"instance": "p5.48xlarge", **price, **machines})


def standing_bill(candidate, at, load=LOAD):
    return bill_of(standing_use(candidate, load), candidate, at)


def against(candidate, at=None):
    at = at or prices()
    own, other = standing_bill(NODE, at), standing_bill(candidate, at)
    return break_even(own, NODE, other, candidate, at)


def test_the_node_of_the_illustration():
    """Annuity 69,376 (by the year; by the month a little less), opex 115,272, 2.63 USD by hour."""
    account = standing_bill(NODE, prices())
    year = 12 * account.usd_per_month
    capital = ("compute", "finance")
    annuity = 12 * sum(
        usd for charge, usd in zip(account.charges, account.by_charge, strict=True)
        if charge.category in capital
    )  # fmt: skip
    assert year - annuity == pytest.approx(115_272, rel=1e-3)
    # Payments at the ends of months are worth more than at the ends of years, so they are less.
    assert annuity == pytest.approx(69_376 * 12 * (1.1 ** (1 / 12) - 1) / 0.1, rel=1e-4)
    assert year / 8760 / 8 == pytest.approx(2.63, rel=0.02)


def kwh_usd(kw):
    """Electricity of a month at so many kilowatts, by hand."""
    return kw * 730 * 1.54 * 0.146


def held_for(candidate, at, share):
    """The bill of rented machines that were held for a share of the hours."""
    (name,) = candidate.machines
    count = candidate.machines[name].count
    group = GroupUse(share * count * 730, (share,) * count, None, None)
    return bill_of(Used({name: group}, {}, Served()), candidate, at)


def drawing(kw, at):
    """The bill of the node that drew so many kilowatts while it was simulated."""
    group = GroupUse(730.0, (1.0,), 0.5, Energy(kw * 730, "", ()))
    return bill_of(Used({"server": group}, {}, Served()), NODE, at)


#: The node of the illustration by hand, without its electricity: the annuity by months, support,
#: licences and a quarter of an engineer.
PLAIN_USD = (290_000 - 43_500 * 1.1**-5) * (1.1 ** (1 / 12) - 1) / (1 - 1.1**-5) + (
    0.05 * 290_000 + 8 * 4500 + 0.25 * 200_000
) / 12


@pytest.mark.parametrize(
    ("usd", "share"), [(55.04, 0.38), (30.2, 0.70), (27.52, 0.77), (23.6, 0.89)]
)
def test_the_break_even_of_the_illustration(usd, share):
    """It was simulated at that share, at 7.5 kW: there both cost what the illustration says."""
    at, candidate = prices(), rented(usd)
    own = drawing(7.5, at)
    assert own.usd_per_month == pytest.approx(PLAIN_USD + kwh_usd(7.5))
    found = break_even(own, NODE, held_for(candidate, at, share), candidate, at)
    assert found.of == "hours"
    assert not found.never
    assert found.value == pytest.approx(share, abs=0.02)
    load = kwh_usd(7.5 - 2.4)
    assert found.standing_usd == pytest.approx(PLAIN_USD + kwh_usd(2.4))
    assert found.rented_usd == pytest.approx(usd * 730 - load / share)
    assert found.value == pytest.approx(found.standing_usd / found.rented_usd)


@pytest.mark.parametrize("usd", [55.04, 30.2, 27.52, 23.6, 18.3])
def test_simulated_at_all_hours_its_energy_falls_with_them(usd):
    """7.5 kW at all hours, 2.4 kW at none: u = (plain + idle) / (rate - energy of the load)."""
    found = against(rented(usd))
    by_hand = (PLAIN_USD + kwh_usd(2.4)) / (usd * 730 - kwh_usd(7.5 - 2.4))
    assert found.value == pytest.approx(by_hand)
    assert found.never == (usd == 18.3)


def test_never_in_the_illustration():
    found = against(rented(18.3))
    assert found.never
    assert found.value == pytest.approx(1.15, abs=0.04)


def test_at_constant_power_it_is_the_ratio_of_the_illustration():
    account = standing_bill(NODE, prices())
    for usd, share in ((55.04, 0.38), (30.2, 0.70), (23.6, 0.89), (18.3, 1.15)):
        assert account.usd_per_month / (usd * 730) == pytest.approx(share, abs=0.025)


@given(st.floats(0.05, 1), st.floats(2.4, 10.2), st.integers(1, 4))
def test_at_the_simulated_share_it_agrees_with_the_bill(held, kw, count):
    """Rented at the rate at which both bills are the same, the share is the simulated one."""
    at = prices()
    own = drawing(kw, at)
    candidate = rented(own.usd_per_month / (held * 730 * count), count=count)
    other = held_for(candidate, at, held)
    assert other.usd_per_month == pytest.approx(own.usd_per_month)
    assert break_even(own, NODE, other, candidate, at).value == pytest.approx(held)


def hybrid_bill(at):
    """The node, tokens for 1000 USD, a machine on demand for 100 hours, and calls for 50 USD."""
    data = small_data()
    owned, more = data["candidates"]["owned"], data["candidates"]["rented"]
    owned["sites"]["house"] |= NODE.sites["house"].model_dump(mode="json")
    owned["machines"]["server"] |= {"parts": dict(NODE.machines["server"].parts),
                                    "licences": ["NVIDIA AI Enterprise"]}  # fmt: skip
    owned["sites"] |= more["sites"] | {"vendor": {"kind": "api", "provider": "openai"}}
    owned["machines"] |= more["machines"]
    owned["pools"]["more"] = more["pools"]["pool"] | {"runs": {"kind": "on_demand"}}
    owned["apis"] = {"mini": {"site": "vendor", "model": "gpt-5-mini", "serves": ["chat"]}}
    owned["path"]["serving"]["pools"] = ["pool", "more", "mini"]
    owned["costs"] = {"calls": {"site": "house", "category": "compliance", "usd": 50,
                                "quantity": "million_requests"}}  # fmt: skip
    candidate = parse_study(data).candidates["owned"]
    groups = {
        "server": GroupUse(730.0, (1.0,), 0.5, Energy(7.5 * 730, "", ())),
        "gpu": GroupUse(100.0, (100 / 730,), 0.5, None),
    }
    tokens = ApiUse((Tokens("output tokens", 500.0, 1000.0),), "list")
    use = Used(groups, {"mini": tokens}, Served(requests=1e6))
    return bill_of(use, candidate, at), candidate


def test_what_moves_with_the_load_is_not_paid_in_any_case():
    """Tokens, machines on demand and calls of a hybrid go with its load, as its energy does."""
    at, against_it = prices(), rented(55.04)
    own, candidate = hybrid_bill(at)
    hour = catalog.cloud_instance("aws", "us-east-1", "g6e.xlarge").usd_per_hour_on_demand
    moving = kwh_usd(7.5 - 2.4) + 1000 + 100 * hour + 50
    assert own.usd_per_month == pytest.approx(PLAIN_USD + kwh_usd(2.4) + moving)
    found = break_even(own, candidate, held_for(against_it, at, 0.5), against_it, at)
    assert found.standing_usd == pytest.approx(PLAIN_USD + kwh_usd(2.4))
    assert found.rented_usd == pytest.approx(55.04 * 730 - moving / 0.5)


@given(st.floats(25.0, 500.0), st.integers(1, 4))
def test_at_break_even_both_cost_the_same(usd, count):
    """What is rented for that share of the hours costs what one's own costs at that load."""
    at, candidate = prices(), rented(usd, count=count)
    found = against(candidate, at)
    share = found.value
    own = standing_bill(NODE, at, share * LOAD).usd_per_month
    assert share * usd * 730 * count == pytest.approx(own)
    assert found.never == (share > 1)


def test_other_costs_of_what_is_rented_count_against_it():
    licensed = rented(55.04, licences=["NVIDIA AI Enterprise"])
    plain, dearer = against(rented(55.04)).value, against(licensed).value
    assert plain - dearer == pytest.approx(3000 / (55.04 * 730 - kwh_usd(7.5 - 2.4)))


def test_prices_that_rise_are_met_earlier():
    rising = prices(price_change_per_year={"compute": 0.05})
    rate = 55.04 * np.mean(1.05 ** np.arange(5))
    assert against(rented(55.04), rising).value == pytest.approx(against(rented(rate)).value)


def test_machines_of_ones_own_beside_what_is_rented_stay():
    """In a mix only the rented hours are the share: the other machines are paid in any case."""
    data = small_data()
    owned, mixed = data["candidates"]["owned"], data["candidates"]["rented"]
    mixed["sites"] |= owned["sites"]
    mixed["machines"] |= owned["machines"]
    mixed["pools"]["more"] = owned["pools"]["pool"]
    mixed["path"]["serving"]["pools"] = ["pool", "more"]
    mixed["machines"]["gpu"]["instance"] = "p5.48xlarge"
    candidate, at = parse_study(data).candidates["rented"], prices()
    own, other = standing_bill(NODE, at), standing_bill(candidate, at)
    found = break_even(own, NODE, other, candidate, at)
    others = other.usd_per_month - 55.04 * 730
    assert others > 1000
    same = standing_bill(NODE, at, found.value * LOAD).usd_per_month
    assert found.value * 55.04 * 730 + others == pytest.approx(same)


def test_what_costs_nothing_to_rent_is_never_met():
    assert against(rented(1.0)).value is None
    assert against(rented(1.0)).never


def test_nobody_else_has_a_break_even():
    at = prices()
    other = standing_bill(rented(), at)
    assert break_even(other, rented(), other, rented(), at) is None
    own = standing_bill(NODE, at)
    assert break_even(own, NODE, own, NODE, at) is None


def test_against_an_api_it_is_a_share_of_the_traffic():
    data = small_data()
    data["candidates"]["rented"] = {
        "sites": {"vendor": {"kind": "api", "provider": "openai"}},
        "apis": {"mini": {"site": "vendor", "model": "gpt-5-mini", "serves": ["chat"]}},
        "path": {"serving": {"kind": "serve", "pools": ["mini"]}},
    }
    candidate, at = parse_study(data).candidates["rented"], prices()
    tokens = ApiUse((Tokens("output tokens", 2e4, 40_000.0),), "list")
    other = bill_of(Used({}, {"mini": tokens}, Served()), candidate, at)
    own = standing_bill(NODE, at, 0.5)
    found = break_even(own, NODE, other, candidate, at)
    assert found.of == "traffic"
    assert not found.never
    # At that share of the traffic both cost the same, energy of the load in proportion.
    both = standing_bill(NODE, at, 0.5 * found.value).usd_per_month
    assert found.value * 40_000 == pytest.approx(both)
    assert 0 < found.value < 1


def test_every_commitment_level_that_has_a_price():
    candidate = rented(price="commit_1y", committed=1, count=2, usd_per_hour=40.0)
    at = prices()
    found = at_levels(candidate, at)
    assert list(found) == [DECLARED, "on_demand", "commit_1y", "commit_3y"]
    month = {level: standing_bill(at_level, at).usd_per_month for level, at_level in found.items()}
    assert month["on_demand"] == pytest.approx(2 * 730 * 55.04)
    assert month["commit_3y"] == pytest.approx(2 * 730 * 30.20045)
    assert month[DECLARED] == month["commit_1y"] == pytest.approx(730 * (40 + 55.04))
    assert list(at_levels(NODE, at)) == [DECLARED]
    small = candidate_of(
        "rented", {"provider": "gcp", "region": "us-central1"}, {"instance": "a2-highgpu-1g"}
    )
    assert list(at_levels(small, at)) == [DECLARED, "on_demand"]


def test_at_another_level_nothing_of_the_declared_one_is_left():
    group = at_level(rented(9.0, price="spot", count=3), "commit_1y").machines["gpu"]
    assert (group.price, group.usd_per_hour, group.committed) == ("commit_1y", None, None)
    assert at_level(NODE, "on_demand") == NODE


@given(st.floats(20.0, 80.0), st.floats(0, 0.3))
def test_the_month_of_break_even_is_that_of_the_cash(usd, rate):
    """The node pays against what is rented all the time exactly where its worth is positive."""
    at, candidate = prices(discount_rate=rate), rented(usd)
    own, other = standing_bill(NODE, at), standing_bill(candidate, at)
    flows = [cash_flow(account.charges, at.economics) for account in (own, other)]
    found = advantage(*flows, rate)
    if found.discounted_payback_months is not None:
        assert found.payback_months <= found.discounted_payback_months + 1e-9
    if found.npv_usd > 1 and found.irr_per_year is not None:
        assert found.irr_per_year > rate
