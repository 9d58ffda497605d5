"""What holds of every bill, made by hand and not by a simulation."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisim.catalog import usd_per
from aisim.cost import ledger_frame
from aisim.cost.bill import bill_of
from aisim.cost.cash import cash_flow, present_cost
from aisim.cost.energy import Energy
from aisim.cost.ledger import COLUMNS
from aisim.cost.prices import Prices
from aisim.cost.uncertainty import uncertain_prices
from aisim.cost.used import GroupUse, Served, Used
from aisim.scenario import parse_study
from aisim.scenario.economics import Economics
from tests.small import small_data


def mixed(**rented):
    """Own machines and rented ones, with licences, services and costs of every kind."""
    data = small_data()
    owned, cloud = data["candidates"]["owned"], data["candidates"]["rented"]
    cloud["machines"]["gpu"] |= {"count": 3, "licences": ["NVIDIA AI Enterprise"], **rented}
    owned["sites"] |= cloud["sites"]
    owned["machines"] |= cloud["machines"]
    owned["pools"]["more"] = cloud["pools"]["pool"]
    owned["path"]["serving"]["pools"] = ["pool", "more"]
    owned["costs"] = {
        "nat": {"site": "region", "category": "network", "quantity": "egress_gb",
                "service": "NAT gateway / data processed"},
        "calls": {"site": "region", "category": "network", "quantity": "million_requests",
                  "service": "API Gateway REST / requests"},
        "endpoint": {"site": "region", "category": "support", "share_of_compute": 0.1},
        "audit": {"site": "house", "category": "compliance", "usd": 9e3, "usd_low": 5e3,
                  "when": "yearly"},
        "move": {"site": "house", "category": "space", "usd": 2e4, "when": "once",
                 "life_years": 1.5},
    }  # fmt: skip
    return parse_study(data).candidates["owned"]


CANDIDATES = {
    "on demand": mixed(),
    "committed": mixed(price="commit_1y", committed=2, upfront_share=0.5),
    "three years": mixed(price="commit_3y", upfront_share=1.0),
    "block": mixed(price="capacity_block", usd_per_hour=3.0, block_days=13),
}
candidates = st.sampled_from(sorted(CANDIDATES)).map(CANDIDATES.__getitem__)
amount = st.floats(0, 1e4)
share = st.floats(0, 1)


@st.composite
def uses(draw):
    """What may be used: three rented machines and one of one's own."""
    shares = sorted((draw(share) for _ in range(3)), reverse=True)
    gpu = GroupUse(730 * sum(shares), tuple(shares), 0.5, Energy(draw(amount), "", ()))
    server = GroupUse(730.0, (1.0,), draw(share), Energy(draw(amount), "", ()))
    served = Served(
        requests=draw(amount) * 1e5, output_tokens=1e6, egress_gb={"region": draw(amount) * 50}
    )
    return Used({"gpu": gpu, "server": server}, {}, served)


economics = st.builds(
    Economics,
    years=st.integers(1, 7),
    life_years=st.one_of(st.none(), st.floats(0.5, 8)),
    residual_share=st.one_of(st.none(), st.floats(0, 0.9)),
    price_change_per_year=st.dictionaries(
        st.sampled_from(["compute", "energy", "finance", "support", "licences"]),
        st.floats(-0.2, 0.2),
    ),
    failed_parts=st.sampled_from(["in_support", "bought"]),
)


def priced(candidate, use, money, drawn=None):
    return bill_of(use, candidate, replace(Prices.of(money), drawn=drawn or {}))


@settings(max_examples=25, deadline=None)
@given(candidates, uses(), economics, st.floats(0, 0.3))
def test_the_ledger_adds_up_to_every_headline(candidate, use, money, rate):
    account = priced(candidate, use, money)
    frame = ledger_frame("c", account.charges, money)
    assert tuple(frame.columns) == COLUMNS
    months = 12 * money.years
    assert frame["EffectiveCost"].sum() / months == pytest.approx(account.usd_per_month)
    flow = cash_flow(account.charges, money)
    by_hand = (frame["BilledCost"] * (1 + rate) ** (-frame["x_PaidAtMonth"] / 12)).sum()
    scale = abs(frame["BilledCost"]).sum()
    assert by_hand == pytest.approx(present_cost(flow, rate), abs=1e-9 * scale)
    assert (frame["x_Basis"] == "imputed").eq(frame["ResourceId"].str.contains("capital")).all()
    cash = frame[frame["x_Basis"] == "cash"]
    assert cash["BilledCost"].sum() == pytest.approx(cash["EffectiveCost"].sum(), abs=1e-9 * scale)
    for category, rows in frame.groupby("x_Category"):
        usd = sum(u for c, u in zip(account.charges, account.by_charge, strict=True)
                  if c.category == category)  # fmt: skip
        assert rows["EffectiveCost"].sum() / months == pytest.approx(usd, abs=1e-9 * scale)
    assert (frame.loc[frame["ChargeCategory"] == "Purchase", "ChargeFrequency"] == "One-Time").all()
    assert frame.loc[frame["ChargeCategory"] != "Usage", "CommitmentDiscountStatus"].isna().all()
    billed = frame["PricingQuantity"] * frame["ContractedUnitPrice"]
    paid = frame["ContractedUnitPrice"] != 0
    np.testing.assert_allclose(billed[paid], frame["BilledCost"][paid], rtol=1e-9, atol=1e-9)
    # A surcharge is a tenth of the machines of its site in every month, at the same rate.
    machines = frame[(frame["x_Site"] == "region") & (frame["x_Category"] == "compute")]
    by_month = machines.groupby("ChargePeriodStart")["EffectiveCost"].sum()
    endpoint = frame[frame["ResourceId"] == "endpoint"].set_index("ChargePeriodStart")
    # A candidate whose machines never ran has no compute of that site to follow.
    expected = by_month.reindex(endpoint.index, fill_value=0.0).to_numpy()
    assert endpoint["BilledCost"].to_numpy() == pytest.approx(0.1 * expected, abs=1e-9)
    assert endpoint["PricingQuantity"].to_numpy() == pytest.approx(expected, abs=1e-9)
    assert (endpoint["ContractedUnitPrice"] == 0.1).all()


@settings(max_examples=15, deadline=None)
@given(candidates, uses(), economics, st.data())
def test_splitting_the_period_changes_nothing(candidate, use, money, data):
    """Two parts of the rows are the whole, and every month lies in one of them."""
    account = priced(candidate, use, money)
    frame = ledger_frame("c", account.charges, money)
    months = sorted(frame["ChargePeriodStart"].unique())
    assert len(months) == 12 * money.years
    assert pd.to_datetime(months).is_monotonic_increasing
    cut = data.draw(st.sampled_from(months))
    parts = [frame[frame["ChargePeriodStart"] < cut], frame[frame["ChargePeriodStart"] >= cut]]
    for column in ("BilledCost", "EffectiveCost", "x_EnergyKwh", "x_CarbonKg", "x_WaterLitres"):
        whole = frame[column].sum()
        assert sum(part[column].sum() for part in parts) == pytest.approx(whole, abs=1e-6)
    energy = frame.groupby("ChargePeriodStart")["x_EnergyKwh"].sum()
    assert energy.to_numpy() == pytest.approx(account.carbon.kwh)


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(["on demand", "committed"]),
    uses(),
    st.sampled_from([0.5, 1.0]),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_a_longer_ledger_begins_with_the_shorter_one(name, use, life, years, more):
    """Row by row the same, where no life and no term reaches over the end of the shorter one.

    Each charge has its own life: costs that are paid once are left out, as theirs is 18 months.
    """
    frames = []
    for horizon in (years, years + more):
        money = Economics(
            years=horizon, life_years=life, price_change_per_year={"compute": 0.1, "energy": -0.05}
        )
        account = priced(CANDIDATES[name], use, money)
        charges = [charge for charge in account.charges if charge.resource != "move"]
        frame = ledger_frame("c", charges, money)
        frames.append(frame[frame["ChargePeriodStart"] < f"{2027 + years}"].reset_index(drop=True))
    pd.testing.assert_frame_equal(*frames)


@settings(max_examples=25, deadline=None)
@given(candidates, uses(), st.data(), economics)
def test_more_usage_never_costs_less(candidate, use, data, money):
    """Whatever grows: hours, energy, requests, bytes. Later tiers are cheaper, never the sum."""
    more = data.draw(uses())
    larger = Used(
        {name: _larger(use.groups[name], more.groups[name]) for name in use.groups},
        {},
        replace(
            use.served,
            requests=max(use.served.requests, more.served.requests),
            egress_gb={"region": max(u.served.egress_gb["region"] for u in (use, more))},
        ),
    )
    less = priced(candidate, use, money)
    assert priced(candidate, larger, money).usd_per_month >= less.usd_per_month * (1 - 1e-12)


def _larger(one: GroupUse, other: GroupUse) -> GroupUse:
    shares = tuple(map(max, one.shares, other.shares))
    energy = Energy(max(one.energy.kwh, other.energy.kwh), "", ())
    return replace(one, held_h=730 * sum(shares), shares=shares, energy=energy)


@settings(max_examples=25, deadline=None)
@given(candidates, uses(), economics)
def test_levels_of_prices_are_ordered(candidate, use, money):
    levels = [money.model_copy(update={"price_level": x}) for x in ("low", "typical", "high")]
    low, typical, high = (priced(candidate, use, level).usd_per_month for level in levels)
    assert low <= typical <= high


@settings(max_examples=10, deadline=None)
@given(candidates, uses(), st.sampled_from(["EUR", "CHF", "GBP", "JPY"]))
def test_currencies_there_and_back(candidate, use, currency):
    rate, _ = usd_per(currency)
    assert 1 / (1 / rate) == pytest.approx(rate, rel=1e-12)
    charges = priced(candidate, use, Economics(years=1)).charges
    usd = ledger_frame("c", charges, Economics(years=1))
    other = ledger_frame("c", charges, Economics(years=1, currency=currency))
    assert set(other["BillingCurrency"]) == {currency}
    money = ["ListUnitPrice", "ContractedUnitPrice", "ListCost", "ContractedCost", "BilledCost",
             "EffectiveCost"]  # fmt: skip
    back = other[money].astype(float) * rate
    np.testing.assert_allclose(back, usd[money].astype(float), rtol=1e-12, atol=1e-300)
    rest = [column for column in COLUMNS if column not in (*money, "BillingCurrency")]
    pd.testing.assert_frame_equal(other[rest], usd[rest])


@settings(max_examples=20, deadline=None)
@given(candidates, uses(), economics, st.integers(0, 2**31))
def test_drawn_prices_are_single_ones_side_by_side(candidate, use, money, seed):
    """Every price that has a range is drawn; a bill of three scenarios is three bills."""
    ranges = uncertain_prices({"c": (candidate, use)}, Prices.of(money))
    assert len(ranges) > 10
    draw = np.random.default_rng(seed)
    drawn = {price.key: draw.uniform(price.low, price.high, 3) for price in ranges}
    together = priced(candidate, use, money, drawn)
    flow = cash_flow(together.charges, money)
    month = sum(charge.usd_per_month(money) for charge in together.charges)
    assert flow.shape == (12 * money.years + 1, 3)
    for i in range(3):
        alone = priced(candidate, use, money, {key: float(v[i]) for key, v in drawn.items()})
        assert alone.usd_per_month == pytest.approx(month[i], rel=1e-9)
        single = cash_flow(alone.charges, money)
        np.testing.assert_allclose(flow[:, i], single, rtol=1e-9, atol=1e-6)
        assert alone.excluded == together.excluded
