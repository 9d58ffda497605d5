"""Costs that a study names."""

from dataclasses import replace

import numpy as np
import pytest

from aisim import catalog
from aisim.cost.cash import cash_flow
from aisim.cost.used import Served
from aisim.scenario import parse_study
from aisim.scenario.costs import counted_per_unit
from tests.cost.hand import MONTH_H, bill_by_hand, candidate_of, month_of, named, one, use_of
from tests.cost.tiers import usd_for
from tests.small import small_data

SERVED = Served(
    requests=4e6, kept_requests=3e6, input_tokens=9e8, output_tokens=2e8, log_gb=40.0,
    egress_gb={"region": 700.0}, ingress_gb={"region": 300.0},
)  # fmt: skip


def account(cost, served=SERVED, machines=None, economics=None, **use):
    costs = {"extra": {"site": "region", "category": "network", **cost}}
    candidate = candidate_of("rented", machines=machines, costs=costs)
    return bill_by_hand(candidate, use_of(candidate, served, **use), **(economics or {}))


def test_a_service_by_quantity():
    hours = {"service": "NAT gateway / gateway", "quantity": "hours"}
    data = {"service": "NAT gateway / data processed", "quantity": 250}
    for cost, units in ((hours, MONTH_H), (data, 250)):
        tiers, _ = catalog.find_service("aws", "us-east-1", *cost["service"].split(" / "))
        found = account(cost)
        assert month_of(found, "network") == pytest.approx(units * tiers[0].usd_per_unit)
        charge = one(found, "network")
        assert charge.source == tiers[0].source
        assert charge.pricing == "Standard"
        assert charge.unit == tiers[0].unit


def test_a_service_by_tiers():
    requests = {"service": "API Gateway REST / requests", "quantity": "million_requests"}
    tiers, _ = catalog.find_service("aws", "us-east-1", "API Gateway REST", "requests")
    first, second = tiers[:2]
    millions = first.tier_to + 100
    found = account(requests, Served(requests=millions * 1e6))
    expected = first.tier_to * first.usd_per_unit + 100 * second.usd_per_unit
    assert month_of(found, "network") == pytest.approx(expected)
    keys = [x.inputs[0].key for x in named(found, "network")]
    assert len(set(keys)) == 2


@pytest.mark.parametrize(
    ("place", "service", "quantity", "units"),
    [
        (("aws", "us-east-1"), "S3 / standard GET", "requests", 4000),  # 1k requests
        (("aws", "us-east-1"), "S3 / standard GET", "million_requests", 4000),
        (("aws", "us-east-1"), "API Gateway HTTP / requests", "requests", 4),  # 1M requests
        (("azure", "eastus"), "API Management consumption / calls", "requests", 4),  # 1M calls
        (("aws", "us-east-1"), "NAT gateway / gateway", "machine_hours", 730),
        (("gcp", "us-central1"), "Cloud NAT / data processed", "egress_gb", 700 / 2**30 * 1e9),
        (("gcp", "us-central1"), "Pub/Sub / message ingestion", "log_gb", 40e9 / 2**40),  # TiB
    ],
)
def test_what_is_counted_is_converted_into_the_unit_of_the_row(place, service, quantity, units):
    provider, region = place
    tiers, _ = catalog.find_service(provider, region, *service.split(" / "))
    costs = {"extra": {"site": "there", "category": "network", "service": service,
                       "quantity": quantity}}  # fmt: skip
    data = small_data()
    chosen = data["candidates"]["rented"]
    chosen["sites"]["there"] = {"kind": "cloud", "provider": provider, "region": region}
    chosen["machines"]["gpu"]["site"] = "region"
    if quantity == "machine_hours":
        costs["extra"]["site"] = "region"
    chosen["costs"] = costs
    candidate = parse_study(data).candidates["rented"]
    served = replace(SERVED, egress_gb={"region": 0.0, "there": 700.0})
    found = bill_by_hand(candidate, use_of(candidate, served))
    assert sum(x.quantity for x in named(found, "network")) == pytest.approx(units)
    assert month_of(found, "network") == pytest.approx(usd_for(tiers, units))


@pytest.mark.parametrize(
    ("counted", "unit", "each"),
    [
        ("requests", "1k requests", 1e3), ("requests", "10k requests", 1e4),
        ("requests", "1M messages", 1e6), ("million_requests", "1M events", 1.0),
        ("million_requests", "10k requests", 0.01), ("egress_gb", "GB", 1.0),
        ("ingress_gb", "GiB", 2**30 / 1e9), ("log_gb", "TiB", 2**40 / 1e9),
        ("hours", "hour", 1.0), ("gpu_hours", "hour", 1.0), ("hours", "VM-hour", 1.0),
        ("requests", "GB", None), ("requests", "hour", None), ("requests", "1M minutes", None),
        ("million_input_tokens", "1M requests", None), ("egress_gb", "GB-month", None),
        ("hours", "month", None), ("machine_hours", "GB", None),
    ],
)  # fmt: skip
def test_which_units_go_together(counted, unit, each):
    assert counted_per_unit(counted, unit) == (None if each is None else pytest.approx(each))


def test_beyond_the_last_bound_the_last_tier_goes_on():
    egress = {"service": "data transfer / to internet", "quantity": 400_000}
    expected = 10_240 * 0.09 + 40_960 * 0.085 + 348_800 * 0.07
    assert month_of(account(egress), "network") == pytest.approx(expected)


def test_a_region_without_a_price_takes_another_and_says_so():
    cost = {"service": "NAT gateway / gateway", "quantity": 1, "region": "ap-south-1"}
    (charge,) = named(account(cost), "network")
    assert "none is listed for ap-south-1" in charge.source
    assert charge.quality == "estimate"


@pytest.mark.parametrize(
    ("quantity", "units"),
    [
        (3.5, 3.5),
        ("requests", 4e6),
        ("million_requests", 4),
        ("million_input_tokens", 900),
        ("million_output_tokens", 200),
        ("egress_gb", 700),
        ("ingress_gb", 300),
        ("log_gb", 40),
        ("hours", MONTH_H),
        ("machine_hours", 1234),
        ("gpu_hours", 4 * 1234),
    ],
)
def test_what_is_counted(quantity, units):
    machines = {"instance": "g6e.12xlarge"}
    found = account({"usd": 0.5, "quantity": quantity}, machines=machines, held_h=1234.0)
    assert month_of(found, "network") == pytest.approx(0.5 * units)


def test_machine_hours_are_those_of_the_site():
    """Machines at another site are not counted."""
    data = small_data()
    owned, rented = data["candidates"]["owned"], data["candidates"]["rented"]
    owned["sites"] |= rented["sites"]
    owned["machines"] |= rented["machines"]
    owned["machines"]["server"]["count"] = 5
    owned["pools"]["more"] = rented["pools"]["pool"]
    owned["path"]["serving"]["pools"] = ["pool", "more"]
    extra = {"category": "network", "usd": 1.0, "quantity": "machine_hours"}
    owned["costs"] = {"home": extra | {"site": "house"}, "away": extra | {"site": "region"}}
    found = bill_by_hand(parse_study(data).candidates["owned"])
    assert month_of(found, "network", "home") == 5 * MONTH_H
    assert month_of(found, "network", "away") == MONTH_H


def test_ones_own_price_has_its_range_and_source():
    cost = {"usd": 100, "usd_low": 80, "usd_high": 150, "source": "quote 17", "when": "monthly"}
    for level, usd in (("low", 80), ("typical", 100), ("high", 150)):
        found = account(cost, economics={"price_level": level})
        assert month_of(found, "network") == pytest.approx(usd)
    charge = one(found, "network")
    assert (charge.inputs[0].low, charge.inputs[0].high) == (80, 150)
    assert charge.inputs[0].key == "costs.extra / 80 to 100 to 150 monthly"
    assert charge.source == "quote 17"
    assert charge.pricing == "Other"


def test_yearly_is_paid_in_advance():
    found = account({"usd": 1200, "quantity": 2, "when": "yearly"})
    paid = cash_flow(named(found, "network"), found.economics)
    assert paid[[0, 1, 12, 24, 36]].tolist() == pytest.approx([2400, 0, 2400, 2400, 0])
    assert month_of(found, "network") == pytest.approx(200)
    assert one(found, "network").inputs[0].key == "costs.extra / 1200 to 1200 to 1200 yearly"


def test_once_is_spread_over_the_years_or_its_life():
    found = account({"usd": 7200, "when": "once"})
    paid = cash_flow(named(found, "network"), found.economics)
    assert np.flatnonzero(paid).tolist() == [0]
    assert month_of(found, "network") == pytest.approx(7200 / 36)
    # Again after two years; half of the second life lies beyond the horizon.
    found = account({"usd": 7200, "when": "once", "life_years": 2})
    paid = cash_flow(named(found, "network"), found.economics)
    assert paid[[0, 24, 36]].tolist() == pytest.approx([7200, 7200, -3600])
    assert month_of(found, "network") == pytest.approx(7200 / 24)


def test_a_surcharge_counts_on_the_machines_and_not_on_other_costs():
    costs = {
        "desk": {"site": "region", "category": "compute", "usd": 1e6},
        "endpoint": {"site": "region", "category": "compute", "share_of_compute": 0.15},
    }
    candidate = candidate_of("rented", costs=costs)
    found = bill_by_hand(candidate, use_of(candidate, SERVED))
    machines = month_of(found, "compute", "gpu")
    assert machines > 0
    assert month_of(found, "compute", "endpoint") == pytest.approx(0.15 * machines)


@pytest.mark.parametrize("category", ["compute", "support"])
@pytest.mark.parametrize("price", ["on_demand", "commit_1y", "commit_3y"])
def test_a_surcharge_follows_the_price_of_the_machines(category, price):
    """It is a share of them in every month, whatever its category does."""
    costs = {"endpoint": {"site": "region", "category": category, "share_of_compute": 0.2}}
    candidate = candidate_of("rented", machines={"price": price}, costs=costs)
    change = {"compute": 0.1, "support": -0.3}
    found = bill_by_hand(candidate, price_change_per_year=change)
    machines, endpoint = one(found, "compute", "gpu"), one(found, category, "endpoint")
    for base, extra in zip(
        machines.entries(found.economics), endpoint.entries(found.economics), strict=True
    ):
        assert extra.effective_usd == pytest.approx(0.2 * base.effective_usd)
    row = catalog.cloud_instance("aws", "us-east-1", "g6e.xlarge")
    first = 0.2 * 730 * row.usd_per_hour(price)
    # A price of three years stays, and so does the surcharge on it.
    grown = 1.0 if price == "commit_3y" else 1.1
    borne = [entry.effective_usd for entry in endpoint.entries(found.economics)]
    assert borne == pytest.approx([first] * 12 + [first * grown] * 12 + [first * grown**2] * 12)


def test_a_surcharge_on_what_is_paid_upfront_is_paid_by_the_month():
    costs = {"endpoint": {"site": "region", "category": "compute", "share_of_compute": 0.2}}
    machines = {"price": "commit_1y", "upfront_share": 1.0}
    found = bill_by_hand(candidate_of("rented", machines=machines, costs=costs), years=1)
    month = 730 * catalog.cloud_instance("aws", "us-east-1", "g6e.xlarge").usd_per_hour_1y_commit
    paid = cash_flow(named(found, "compute", "endpoint"), found.economics)
    assert paid == pytest.approx([0.0, *[0.2 * month] * 12])


@pytest.mark.parametrize(
    ("quantity", "busy"),
    [("requests", 1.0), ("million_output_tokens", 1.0), ("log_gb", 1.0), ("egress_gb", 1.0),
     ("hours", 0.25), ("machine_hours", 0.25), (7, 0.25)],
)  # fmt: skip
def test_what_the_traffic_counts_is_never_idle(quantity, busy):
    """What idle machines cost is left out of the busy figures; what is asked for is not idle."""
    with_it = account({"usd": 3.0, "quantity": quantity}, busy_share=0.25)
    plain = account({"usd": 0.0, "quantity": quantity}, busy_share=0.25)
    assert month_of(with_it, "network") > 0
    assert with_it.busy_usd_per_month - plain.busy_usd_per_month == pytest.approx(
        busy * month_of(with_it, "network")
    )


def test_costs_of_a_candidate_are_not_excluded():
    found = account({"usd": 1.0, "category": "compliance"})
    assert "compliance" not in found.excluded
    assert "compliance" in account({"usd": 1.0}).excluded
