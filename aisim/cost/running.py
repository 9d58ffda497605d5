"""What owned machines cost while they stand: energy, support, repairs, insurance, room, staff."""

from collections.abc import Iterator
from math import ceil

import numpy as np

from aisim import catalog
from aisim.cost.carbon import own_carbon
from aisim.cost.charge import Charge
from aisim.cost.energy import owned_watts
from aisim.cost.owned import (
    MONTHS,
    life_price,
    own_share,
    part_prices,
    purchase_usd,
    share_price,
    spares_price,
    supported_usd,
)
from aisim.cost.price import Price, Value
from aisim.cost.prices import Prices
from aisim.cost.used import GroupUse
from aisim.language import joined, mark, say
from aisim.scenario.economics import ENGINEER
from aisim.scenario.machines import OwnMachines
from aisim.scenario.sites import OwnSite

#: Rack units of a full cabinet that take machines.
RACK_UNITS = 42


def group_charges(
    name: str, site: OwnSite, group: OwnMachines, use: GroupUse, prices: Prices
) -> Iterator[Charge]:
    """Energy, support, replacement and insurance of a machine group."""
    share = own_share(group)
    yield _energy_charge(name, site, group, use, prices)
    economics = prices.economics
    support = share_price(
        prices, "economics.support_share", economics.support_share,
        ("support", "hardware support GPU server", "global"),
    )  # fmt: skip
    insurance = share_price(
        prices, "economics.insurance_share", economics.insurance_share,
        ("finance", "insurance", "global"),
    )  # fmt: skip
    for category, what, price, capex in (
        ("support", say("hardware support"), support, supported_usd(group, prices)),
        ("finance", say("insurance"), insurance, purchase_usd(group, prices)),
    ):
        yield Charge(
            category=category,
            resource=joined((name, what), ": "),
            site=group.site,
            quantity=capex * share / MONTHS,
            unit=mark("USD of purchase per month"),
            unit_price_usd=price.value,
            inputs=(price, *part_prices(group, prices)),
            description=say("{share:.1%} of the purchase a year", share=price.typical),
        )
    yield from _failures(name, group, prices)


def _energy_charge(
    name: str, site: OwnSite, group: OwnMachines, use: GroupUse, prices: Prices
) -> Charge:
    """Electricity, cooling by the PUE included."""
    tariff, pue = tariff_and_pue(site, prices)
    assert use.energy is not None
    # Idle watts of shared machines are borne by all who use them.
    kwh = use.energy.kwh * own_share(group)
    return Charge(
        category="energy",
        resource=say("{name}: electricity", name=name),
        site=group.site,
        quantity=kwh * pue.value,
        unit=mark("kWh"),
        unit_price_usd=tariff.value,
        inputs=(tariff, pue),
        description=joined(
            [
                use.energy.words,
                say("by simulated time, times PUE {pue:g}", pue=pue.typical),
                *use.energy.sources,
            ]
        ),
        estimated=True,
        carbon=own_carbon(site, kwh * pue.typical),
    )


def tariff_and_pue(site: OwnSite, prices: Prices) -> tuple[Price, Price]:
    """Return the price of a kWh at a site, and the kWh it takes for one of its machines."""
    given = site.electricity_usd_per_kwh
    tariff = (
        prices.electricity(site.region)
        if given is None
        else prices.own("sites.electricity_usd_per_kwh", given, "kWh")
    )
    pue = (
        prices.opex("facility", "PUE average of surveyed sites", "global")
        if site.pue is None
        else prices.own("sites.pue", site.pue, "ratio")
    )
    return tariff, pue


def _failures(name: str, group: OwnMachines, prices: Prices) -> Iterator[Charge]:
    """Parts that fail beyond the spares, by yearly rates of failure, where they are bought."""
    if prices.economics.failed_parts == "in_support":
        return
    life_years = float(life_price(prices).typical)
    # What was there already came without spares.
    spares = () if group.already_owned is not None else (spares_price(prices),)
    held: Value = sum((spare.value for spare in spares), 0.0)
    for item, quantity in group.parts.items():
        row = catalog.hardware(item)
        rate = catalog.failure_rate(row.category, item, row.accelerator)
        if rate is None:
            continue
        price = prices.hardware(item)
        beyond = np.maximum(rate.value - held / life_years, 0.0)
        yield Charge(
            category="support",
            resource=say("{name}: replacing {item}", name=name, item=item),
            site=group.site,
            quantity=quantity * group.count * beyond / MONTHS * own_share(group),
            unit=price.unit,
            unit_price_usd=price.value,
            inputs=(price, *spares),
            description=say(
                "{share:.1%} fail a year ({source}), less the spares",
                share=rate.value,
                source=rate.source,
            ),
            estimated=True,
        )


def site_charges(
    name: str, site: OwnSite, groups: list[OwnMachines], prices: Prices
) -> Iterator[Charge]:
    """Room and staff of a site."""
    yield (
        _racks(name, site, groups, prices)
        if site.space == "racks"
        else _kilowatts(name, site, groups, prices)
    )
    yield _staff(name, site, groups, prices)


def _used_share(groups: list[OwnMachines], weights: list[float]) -> float:
    """Share of a site that is this service's, by what each group takes of it."""
    used = sum(own_share(group) * weight for group, weight in zip(groups, weights, strict=True))
    return used / sum(weights) if sum(weights) else 1.0


def _power_share(groups: list[OwnMachines]) -> float:
    return _used_share(groups, [owned_watts(group).most_w * group.count for group in groups])


def greatest_kw(groups: list[OwnMachines]) -> float:
    """Greatest draw of all machines of these groups."""
    return sum(owned_watts(group).most_w * group.count for group in groups) / 1000


def _kilowatts(name: str, site: OwnSite, groups: list[OwnMachines], prices: Prices) -> Charge:
    rate = site.space_usd_per_kw_month
    price = (
        prices.opex("colocation", "wholesale average", "global")
        if rate is None
        else prices.own(f"sites.{name}.space_usd_per_kw_month", rate, "kW-month")
    )
    return Charge(
        category="space",
        resource=say("{name}: room and power feed", name=name),
        site=name,
        quantity=max(greatest_kw(groups), site.committed_kw) * _power_share(groups),
        unit=mark("kW-month"),
        unit_price_usd=price.value,
        inputs=(price,),
        description=say("per kW of the machines' greatest draw, at least what is committed"),
    )


def _racks(name: str, site: OwnSite, groups: list[OwnMachines], prices: Prices) -> Charge:
    """Full cabinets, as many as rack units and power need."""
    size = "5-10 kW" if site.rack_kw <= 10 else "10-20 kW"
    price = prices.opex("colocation", f"full cabinet {size}", "US")
    units = sum(
        catalog.hardware(item).rack_units * quantity * group.count
        for group in groups
        for item, quantity in group.parts.items()
        if catalog.hardware(item).category != "facility"
    )
    needed = max(units / RACK_UNITS, greatest_kw(groups) / site.rack_kw)
    # Shares of a switch that add up to a whole one may miss it by a rounding error.
    racks = max(ceil(needed - 1e-9), 1)
    return Charge(
        category="space",
        resource=say("{name}: cabinets", name=name),
        site=name,
        quantity=racks * _power_share(groups),
        unit=mark("cabinet-month"),
        unit_price_usd=price.value,
        inputs=(price,),
        description=say(
            "{units:g} rack units and {needed:.1f} kW in cabinets of {each:g} kW",
            units=units,
            needed=greatest_kw(groups),
            each=site.rack_kw,
        ),
    )


def _staff(name: str, site: OwnSite, groups: list[OwnMachines], prices: Prices) -> Charge:
    fte, words = staff_fte(name, site, groups, prices)
    given = prices.economics.staff_usd_per_fte_year
    pay = (
        prices.opex(*ENGINEER, prices.economics.staff_region)
        if given is None
        else prices.own("economics.staff_usd_per_fte_year", given, "FTE-year")
    )
    return Charge(
        category="staff",
        resource=say("{name}: engineers", name=name),
        site=name,
        quantity=staff_total(fte, groups),
        unit=mark("FTE-month"),
        unit_price_usd=pay.value / MONTHS,
        inputs=(pay, *fte),
        description=words,
    )


def staff_total(fte: tuple[Price, ...], groups: list[OwnMachines]) -> Value:
    """Full-time staff in all: a floor and a slope, in the share that is this service's."""
    total: Value = fte[0].value
    if len(fte) > 1:
        machines = sum(group.count for group in groups)
        total = total + fte[1].value * (machines - 1) / 100
    return total * _used_share(groups, [float(group.count) for group in groups])


def staff_fte(
    name: str, site: OwnSite, groups: list[OwnMachines], prices: Prices
) -> tuple[tuple[Price, ...], str]:
    """Full-time staff of a site: the planner's, or a floor and a slope for each 100 machines."""
    if site.staff_fte is not None:
        own = prices.own(f"sites.{name}.staff_fte", site.staff_fte, "FTE")
        return (own,), say("as the study says")
    floor = prices.opex("staff", "FTE per first 8-GPU node", "global")
    slope = prices.opex("staff", "FTE per additional 100 GPU nodes", "global")
    machines = sum(group.count for group in groups)
    words = say(
        "a floor of {floor:g} FTE for the site, however few machines there are, and {slope:g} "
        "for each 100 beyond the first (here {beyond})",
        floor=floor.typical, slope=slope.typical, beyond=machines - 1,
    )  # fmt: skip
    return (floor, slope), words
