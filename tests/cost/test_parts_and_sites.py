"""What counts on which parts, what of a site is this service's, and prices that stay in order."""

from dataclasses import replace

import numpy as np
import pytest

from aisim import catalog
from aisim.cost.bill import bill_of
from aisim.cost.cash import cash_flow, present_cost
from aisim.cost.energy import Energy
from aisim.cost.ledger import ledger_frame
from aisim.cost.owned import AGES, life_price, rate_price
from aisim.cost.price_list import Quote
from aisim.cost.prices import Prices
from aisim.cost.used import GroupUse, Served, Used, standing_use
from aisim.planning.limits import broken_limits
from aisim.scenario import parse_study
from aisim.scenario.economics import Economics
from tests.cost.hand import bill_by_hand, candidate_of, month_of, named, one, use_of
from tests.small import small_data

SERVER, RACK = "4x L40S PCIe server 2U", "rack + cabling"
PRICE, RACK_USD = (catalog.hardware(item).usd_typical for item in (SERVER, RACK))
LIFE = "opex / finance / depreciation life GPU server straight line / global"
WACC = "opex / finance / WACC / US/EU"


def quoted(key, typical, unit, **economics):
    quote = Quote(key, None, typical, None, unit, "USD", "a quote", "2026")
    return Prices(Economics(**economics), {key: quote})


def test_the_room_needs_no_support_and_no_spares():
    """Insurance and disposal are of all that was bought; support and spares of machines."""
    economics = {"support_share": 0.05, "spares_share": 0.04, "insurance_share": 0.01,
                 "disposal_share": 0.02, "life_years": 4, "years": 4}  # fmt: skip
    candidate = candidate_of("owned", machines={"parts": {SERVER: 1, RACK: 0.5}, "count": 2})
    account = bill_by_hand(candidate, **economics)
    machines, all_parts = 2 * PRICE, 2 * PRICE + RACK_USD
    assert month_of(account, "support", "hardware support") == pytest.approx(0.05 * machines / 12)
    assert month_of(account, "support", "spare") == pytest.approx(0.04 * machines / 48)
    assert month_of(account, "finance", "insurance") == pytest.approx(0.01 * all_parts / 12)
    assert month_of(account, "decommissioning") == pytest.approx(0.02 * all_parts / 48)


def test_a_purchase_is_counted_as_its_row_is():
    parts = {SERVER: 1, RACK: 0.5, "power infrastructure per 8-GPU node": 0.5}
    candidate = candidate_of("owned", machines={"parts": parts, "count": 3})
    account = bill_by_hand(candidate, years=1)
    frame = ledger_frame("c", account.charges, account.economics)
    bought = frame[frame["ChargeCategory"] == "Purchase"].set_index("ResourceId")
    for item, (per, quantity) in {
        SERVER: ("piece", 3), RACK: ("rack", 1.5),
        "power infrastructure per 8-GPU node": ("8-GPU node", 1.5),
    }.items():  # fmt: skip
        line = bought.loc[f"server: {item}"]
        assert line["PricingUnit"] == per == catalog.hardware(item).per
        assert line["PricingQuantity"] == pytest.approx(quantity)
        assert line["BilledCost"] == pytest.approx(quantity * catalog.hardware(item).usd_typical)


def two_groups(limits=None, **site):
    """Three machines of which other work takes 60 %, and one dense machine that is all ours."""
    data = small_data()
    owned = data["candidates"]["owned"]
    owned["sites"]["house"] |= site
    owned["machines"]["server"] |= {"count": 3, "already_owned": {"present_utilisation": 0.6}}
    dense = {"kind": "own", "site": "house", "parts": {"8x H100 SXM5 HGX server (OEM)": 1}}
    owned["machines"]["dense"] = dense
    owned["pools"]["more"] = owned["pools"]["pool"] | {"machines": "dense"}
    owned["path"]["serving"]["pools"] = ["pool", "more"]
    data["limits"] = limits or {}
    return parse_study(data)


def test_room_by_power_and_staff_by_machines_in_the_share_that_is_ours():
    """3 x 2.4 kW of which 40 % are ours, and 10.2 kW: 13.08 of 17.4 kW; 2.2 of 4 machines."""
    account = bill_by_hand(two_groups(space_usd_per_kw_month=100).candidates["owned"])
    assert one(account, "space", "room").quantity == pytest.approx(3 * 2.4 * 0.4 + 10.2)
    fte = (0.5 + 3 * 4 / 100) * (3 * 0.4 + 1) / 4
    assert one(account, "staff").quantity == pytest.approx(fte)
    committed = bill_by_hand(two_groups(committed_kw=34.8).candidates["owned"])
    assert one(committed, "space", "room").quantity == pytest.approx(2 * (3 * 2.4 * 0.4 + 10.2))
    racks = bill_by_hand(two_groups(space="racks", rack_kw=20).candidates["owned"])
    assert one(racks, "space", "cabinets").quantity == pytest.approx(13.08 / 17.4)


@pytest.mark.parametrize(("most", "broken"), [(0.34, True), (0.342, False)])
def test_the_limit_on_staff_is_on_the_same_figure(most, broken):
    study = two_groups({"staff_fte": most})
    lines = broken_limits(study, study.candidates["owned"])
    assert lines == ["0.34 full-time staff at own sites, allowed: 0.34"][: int(broken)]
    given = two_groups({"staff_fte": most}, staff_fte=0.61 if not broken else 0.63)
    # 0.61 x 2.2 / 4 = 0.336, and 0.63 x 2.2 / 4 = 0.347.
    assert bool(broken_limits(given, given.candidates["owned"])) == broken


def test_cores_that_are_not_known_are_those_of_two_processors():
    assert catalog.hardware(SERVER).cpu_cores is None
    candidate = candidate_of("owned", machines={"licences": ["VMware Cloud Foundation"]})
    charge = one(bill_by_hand(candidate), "licences")
    assert charge.quantity == 64
    assert "64 cores, assumed" in charge.description


@pytest.mark.parametrize("level", ["low", "typical", "high"])
def test_the_cost_of_capital_and_the_life_know_no_level(level):
    """A dear world makes neither money nor years cheap."""
    prices = Prices(Economics(price_level=level))
    assert (rate_price(prices).value, life_price(prices).value) == (0.1, 5.0)


def test_the_life_takes_a_quote_and_is_never_drawn():
    prices = quoted(LIFE, 3.0, "years")
    drawn = replace(prices, drawn={LIFE: np.array([2.0, 9.0])})
    for each in (prices, drawn):
        found = life_price(each)
        assert (found.value, found.low, found.high) == (3.0, 3.0, 3.0)
        assert found.source == "a quote"
    candidate = candidate_of("owned")
    account = bill_of(use_of(candidate), candidate, quoted(LIFE, 2.0, "years", years=4))
    paid = cash_flow(named(account, "compute"), account.economics)
    assert paid.nonzero()[0].tolist() == [0, 24, 48]
    # Two years old it sells for 37.5 % of its price.
    assert paid[24] == pytest.approx(PRICE * (1 - 0.375))
    assert rate_price(quoted(WACC, 0.07, "per year")).value == 0.07


def test_drawn_residuals_never_rise_with_age():
    """0.7 after a year, and then a draw of 0.9: it is worth 0.7 still, until less is drawn."""
    keys = [f"opex / finance / GPU residual value after {age} months / global" for age in AGES]
    draws = dict(zip(keys, map(np.array, ([0.8], [0.7], [0.9], [0.4], [0.5], [0.1])), strict=True))
    candidate = candidate_of("owned")
    for years, left in ((1, 0.7), (2, 0.4), (3, 0.4)):
        money = Economics(years=years, life_years=5)
        prices = replace(Prices.of(money), drawn=draws)
        account = bill_of(standing_use(candidate, 0.5), candidate, prices)
        paid = cash_flow(named(account, "compute"), money)
        assert paid[-1] == pytest.approx([-left * PRICE])
    # At 18 months it is held at what it was worth before.
    bought = one(account, "compute").schedule
    assert [float(np.squeeze(bought.worth(age))) for age in (0, 6, 12, 18, 24, 36, 54, 99)] == [
        1.0, 0.8, 0.7, 0.7, 0.4, 0.4, 0.1, 0.1
    ]  # fmt: skip


def test_a_level_of_prices_does_not_move_what_time_is_worth():
    """Present costs at each level are discounted at one rate."""
    candidate = candidate_of("rented", machines={"usd_per_hour": 2.0})
    group = GroupUse(730.0, (1.0,), 0.5, Energy(0.0, "", ()))
    use = Used({"gpu": group}, {}, Served())
    r = 1.1 ** (1 / 12) - 1
    for level in ("low", "high"):
        prices = Prices(Economics(price_level=level))
        flow = bill_of(use, candidate, prices).flow
        usd = present_cost(flow, rate_price(prices).value)
        assert usd == pytest.approx(2 * 730 * (1 - (1 + r) ** -36) / r)
