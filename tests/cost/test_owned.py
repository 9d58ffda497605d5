"""Machines of one's own: worth, spares, repairs, room, staff, licences, disposal."""

import pytest

from aisim import catalog
from aisim.cost.cash import cash_flow
from aisim.cost.owned import AGES, lead_time
from aisim.cost.prices import Prices
from aisim.scenario.economics import Economics
from aisim.scenario.machines import OwnMachines
from tests.cost.hand import bill_by_hand, candidate_of, month_of, named, one, use_of

SERVER = "4x L40S PCIe server 2U"
PRICE = catalog.hardware(SERVER).usd_typical
PLAIN = {"discount_rate": 0.0, "life_years": 4.0, "residual_share": 0.0}


def owned(*, site=None, economics=None, **machines):
    return bill_by_hand(candidate_of("owned", site, machines), **(economics or {}))


def typical(category, item, region="global"):
    return catalog.opex(category, item, region).value_typical


def sold(age):
    return typical("finance", f"GPU residual value after {age} months")


@pytest.mark.parametrize(
    ("life", "years", "left"),
    [
        (1, 1, sold(12)),
        (2, 2, sold(24)),
        (3, 3, sold(36)),
        (5, 3, sold(36)),
        (5, 4, sold(36) + (sold(54) - sold(36)) * 12 / 18),
        (5, 5, sold(54)),
        (8, 8, sold(54)),
        (2.5, 2, sold(24)),
    ],
)
def test_accelerators_are_worth_what_they_sell_for(life, years, left):
    account = owned(economics={"life_years": life, "years": years})
    assert month_of(account, "compute") == pytest.approx(PRICE * (1 - left) / (12 * years))
    assert len(one(account, "compute").inputs) == 1 + len(AGES)


def test_a_share_of_ones_own_lies_on_a_line():
    account = owned(economics={"life_years": 5, "years": 3, "residual_share": 0.1})
    assert month_of(account, "compute") == pytest.approx(PRICE * 0.9 * 3 / 5 / 36)


def test_other_parts_go_to_nothing_on_a_line():
    parts = {SERVER: 1, "NVIDIA QM9700 NDR IB switch 64x400G": 0.25}
    account = owned(parts=parts, count=2, economics={"life_years": 4, "years": 2})
    switch = one(account, "network")
    price = catalog.hardware("NVIDIA QM9700 NDR IB switch 64x400G").usd_typical
    assert (switch.quantity, switch.unit_price_usd) == (0.5, price)
    assert month_of(account, "network") == pytest.approx(0.5 * price / 48)
    assert len(named(account, "finance", "capital")) == 2


def test_a_cheap_world_sells_its_machines_dear():
    """The level of prices is one of costs: what comes back is highest where costs are lowest."""
    parts = {"Lenovo SR675 V3 8x H100 NVL 94GB": 1}
    low, middle, high = (
        month_of(owned(parts=parts, economics={"price_level": level, "years": 1}), "compute")
        for level in ("low", "typical", "high")
    )
    assert low < middle < high


def test_without_a_cost_of_capital_there_is_none():
    account = owned(economics=PLAIN)
    assert month_of(account, "finance", "capital") == pytest.approx(0, abs=1e-9)
    # The horizon of three years ends before the life of four: a quarter comes back.
    assert month_of(account, "compute") == pytest.approx(PRICE / 48)


def test_what_is_owned_costs_what_it_could_be_sold_for():
    shared = {"present_utilisation": 0.6, "value_usd": 40_000, "years_left": 5}
    account = owned(already_owned=shared, count=2, economics={"years": 3, "discount_rate": 0.0})
    # Two machines, the share that other work leaves, on a line over five years.
    assert month_of(account, "compute") == pytest.approx(2 * 0.4 * 40_000 / 60)
    paid = cash_flow(named(account, "compute"), account.economics)
    assert paid[0] == pytest.approx(32_000)
    assert paid[-1] == pytest.approx(-32_000 * 2 / 5)
    assert not named(account, "support", "spare")
    assert not named(account, "decommissioning")
    everything = typical("support", "hardware support GPU server") * 2 * PRICE * 0.4 / 12
    assert month_of(account, "support") == pytest.approx(everything)
    full = owned(count=2)
    for category in ("space", "staff", "energy"):
        assert month_of(account, category) == pytest.approx(0.4 * month_of(full, category))


def test_what_is_owned_is_never_bought_again():
    """Two years are left of it, five are looked at: it goes to nothing, and there it stays."""
    shared = {"present_utilisation": 0.25, "value_usd": 40_000, "years_left": 2}
    account = owned(already_owned=shared, economics={"years": 5})
    paid = cash_flow(named(account, "compute"), account.economics)
    assert paid.nonzero()[0].tolist() == [0]
    assert paid[0] == pytest.approx(30_000)
    assert month_of(account, "compute") == pytest.approx(30_000 / 60)
    # The cost of capital is the annuity of 30,000 over the five years, less its plain share.
    rate = 1.1 ** (1 / 12) - 1
    annuity = 30_000 * rate / (1 - (1 + rate) ** -60)
    assert month_of(account, "finance", "capital") == pytest.approx(annuity - 500)
    assert one(account, "compute").unit == "machine"


def test_what_is_paid_and_gone_costs_nothing_more():
    account = owned(already_owned={"present_utilisation": 0.0})
    assert not named(account, "compute")
    assert not named(account, "finance", "capital")
    assert "compute" in account.excluded


def test_spares_are_bought_with_the_machines():
    account = owned(count=3, economics={"spares_share": 0.05, **PLAIN, "years": 8})
    paid = cash_flow(named(account, "support", "spare"), account.economics)
    assert paid.nonzero()[0].tolist() == [0, 48]
    assert paid[0] == pytest.approx(0.05 * 3 * PRICE)
    assert month_of(account, "support", "spare") == pytest.approx(0.05 * 3 * PRICE / 48)


def test_spares_of_a_life_that_the_horizon_cuts_are_worth_what_is_left_of_it():
    account = owned(economics={"spares_share": 0.05, **PLAIN, "years": 3})
    assert month_of(account, "support", "spare") == pytest.approx(0.05 * PRICE / 48)


def test_shares_of_ones_own_go_before_the_catalogs():
    account = owned(economics={"insurance_share": 0.02, "disposal_share": 0.03, **PLAIN})
    assert month_of(account, "finance", "insurance") == pytest.approx(0.02 * PRICE / 12)
    assert month_of(account, "decommissioning") == pytest.approx(0.03 * PRICE / 48)


@pytest.mark.parametrize(("spares", "beyond"), [(0.0, 1.0), (0.04, None), (1.0, 0.0)])
def test_failed_parts_are_bought_beyond_the_spares(spares, beyond):
    economics = {"failed_parts": "bought", "spares_share": spares, **PLAIN}
    rate = catalog.failure_rate("server", SERVER, "L40S-48").value
    share = rate - spares / 4 if beyond is None else rate * beyond
    account = owned(count=2, economics=economics)
    assert month_of(account, "support", "replacing") == pytest.approx(2 * PRICE * share / 12)
    assert one(account, "support", "replacing").quality == "estimate"
    assert not named(owned(economics=economics | {"failed_parts": "in_support"}), "support", "repl")


def test_what_was_there_already_came_without_spares():
    shared = {"present_utilisation": 0.5}
    economics = {"failed_parts": "bought", "spares_share": 1.0}
    account = owned(already_owned=shared, economics=economics)
    rate = catalog.failure_rate("server", SERVER, "L40S-48").value
    assert month_of(account, "support", "replacing") == pytest.approx(0.5 * PRICE * rate / 12)


def test_disposal_at_the_end_of_a_life():
    account = owned(economics={**PLAIN, "life_years": 2, "years": 3})
    share = typical("finance", "decommissioning / e-waste")
    paid = cash_flow(named(account, "decommissioning"), account.economics)
    assert paid.nonzero()[0].tolist() == [24, 36]
    assert paid[[24, 36]].tolist() == pytest.approx([share * PRICE, share * PRICE / 2])


def test_room_by_kilowatts_at_least_what_is_committed():
    rate = typical("colocation", "wholesale average")
    watts = catalog.hardware(SERVER).watts_max
    assert month_of(owned(count=5), "space") == pytest.approx(rate * 5 * watts / 1000)
    committed = owned(count=5, site={"committed_kw": 100})
    assert month_of(committed, "space") == pytest.approx(rate * 100)
    own = owned(count=5, site={"committed_kw": 100, "space_usd_per_kw_month": 80})
    assert month_of(own, "space") == pytest.approx(8000)
    assert one(own, "space").quality == "the planner's own"


@pytest.mark.parametrize(
    ("count", "rack_kw", "racks", "cabinet"),
    [
        (1, 10, 1, "5-10 kW"),
        (4, 10, 1, "5-10 kW"),  # 9.6 kW
        (5, 10, 2, "5-10 kW"),  # 12 kW
        (5, 12, 1, "10-20 kW"),  # 12 kW, just so
        (50, 20, 6, "10-20 kW"),  # 120 kW, 100 rack units
    ],
)
def test_cabinets_by_rack_units_and_power(count, rack_kw, racks, cabinet):
    account = owned(count=count, site={"space": "racks", "rack_kw": rack_kw})
    price = typical("colocation", f"full cabinet {cabinet}", "US")
    assert one(account, "space").quantity == racks
    assert month_of(account, "space") == pytest.approx(racks * price)


@pytest.mark.parametrize(
    ("stores", "racks"),
    [
        (20, 1),  # 2 + 20 x 2 rack units, just so; 6.8 kW
        (20 + 1 / 3 - 1 / 3, 1),  # shares make no cabinet of their own
        (20.25, 2),
    ],
)
def test_cabinets_by_rack_units_where_power_would_do(stores, racks):
    parts = {SERVER: 1, "NAS 12x24 TB": stores}
    account = owned(parts=parts, site={"space": "racks", "rack_kw": 20})
    assert one(account, "space", "cabinets").quantity == racks


@pytest.mark.parametrize(("count", "fte"), [(1, 0.5), (2, 0.54), (101, 4.5)])
def test_staff_has_a_floor_and_a_slope(count, fte):
    account = owned(count=count, economics={"staff_usd_per_fte_year": 120_000})
    assert one(account, "staff").quantity == pytest.approx(fte)
    assert month_of(account, "staff") == pytest.approx(fte * 10_000)


def test_staff_of_ones_own_number_in_the_currency_of_its_region():
    account = owned(count=50, site={"staff_fte": 2.0})
    row = catalog.opex("staff", "infrastructure / ML platform engineer loaded", "EU-West")
    rate, _ = catalog.usd_per("EUR")
    assert row.currency == "EUR"
    assert month_of(account, "staff") == pytest.approx(2 * row.value_typical * rate / 12)


@pytest.mark.parametrize(
    ("item", "units"),
    [
        ("NVIDIA AI Enterprise", 4),
        ("Slurm commercial support", 1),
        ("Linux enterprise support", 1),
        # The catalog does not say how many cores this server has: two CPUs of 32.
        ("VMware Cloud Foundation", 64),
    ],
)
def test_licences_by_their_unit(item, units):
    assert catalog.hardware(SERVER).cpu_cores is None
    account = owned(count=3, licences=[item])
    year = catalog.licence(item).value_typical
    assert one(account, "licences").quantity == 3 * units
    assert month_of(account, "licences") == pytest.approx(3 * units * year / 12)
    assert cash_flow(named(account, "licences"), account.economics).nonzero()[0].tolist() == [
        0, 12, 24,
    ]  # fmt: skip


def test_licences_by_known_cores():
    (item, *_) = [name for name, row in catalog.hardware_items().items()
                  if row.cpu_cores and row.n_gpu == 8]  # fmt: skip
    account = owned(parts={item: 1}, licences=["VMware Cloud Foundation"])
    assert one(account, "licences").quantity == catalog.hardware(item).cpu_cores


def test_every_price_that_goes_in_is_named():
    account = owned(economics={"failed_parts": "bought"})
    for resource in ("spare", "disposal", "hardware support", "insurance", "capital", "replacing"):
        (charge,) = [x for x in account.charges if resource in x.resource]
        assert f"hardware / {SERVER}" in {price.key for price in charge.inputs}, resource


def test_lead_time():
    prices = Prices.of(Economics())
    group = {"site": "s", "parts": {SERVER: 1}}
    months = typical("finance", "procurement lead time GPU server")
    assert lead_time(OwnMachines(**group), prices).value == months
    assert lead_time(OwnMachines(**group, lead_time_months=7), prices).value == 7
    owned = {"present_utilisation": 0.1}
    assert lead_time(OwnMachines(**group, already_owned=owned), prices).value == 0


def test_energy_is_paid_at_the_tariff_with_cooling():
    candidate = candidate_of("owned", {"pue": 1.2})
    account = bill_by_hand(candidate, use_of(candidate))
    row, rate = catalog.electricity("DE"), catalog.usd_per("EUR")[0]
    assert row.currency == "EUR"
    expected = 1000 * 1.2 * row.per_kwh_typical * rate
    assert month_of(account, "energy") == pytest.approx(expected)
