"""Rented machines: running seconds, commitments as a floor, spot, capacity blocks, and egress."""

from collections.abc import Iterator
from math import ceil

from aisim import catalog
from aisim.cost.carbon import cloud_carbon
from aisim.cost.charge import Charge, months_of
from aisim.cost.licences import licence_charges
from aisim.cost.price import Price
from aisim.cost.prices import Prices
from aisim.cost.schedule import Monthly, Prepaid
from aisim.cost.used import GroupUse, Used
from aisim.language import mark, say
from aisim.scenario.candidate import Candidate
from aisim.scenario.machines import CloudMachines
from aisim.scenario.sites import CloudSite
from aisim.scenario.study import MONTH_H

#: Paid within the price of the machine.
INCLUDED = ("energy", "cooling", "space", "support", "finance", "decommissioning")
#: Months that each commitment binds.
TERMS = {"commit_1y": 12, "commit_3y": 36}
DAY_H = 24


def cloud_charges(candidate: Candidate, used: Used, prices: Prices) -> Iterator[Charge]:
    """Machines and licences of each rented group, egress of each cloud site."""
    for name, group in candidate.machines.items():
        if isinstance(group, CloudMachines):
            yield from _machine_charges(candidate, name, group, used.groups[name], prices)
            yield from licence_charges(candidate, name, prices)
    sent_gb: dict[str, float] = {}
    for name, site in candidate.sites.items():
        if isinstance(site, CloudSite):
            gb, before = used.served.egress_gb.get(name, 0.0), sent_gb.get(site.provider, 0.0)
            yield from _egress(name, site, gb, before, prices)
            sent_gb[site.provider] = before + gb


def level_price(candidate: Candidate, name: str, level: str, prices: Prices) -> Price | None:
    """What an hour of a machine of a group costs at a level; None where there is no such price."""
    group = candidate.machines[name]
    assert isinstance(group, CloudMachines)
    site = candidate.sites[group.site]
    assert isinstance(site, CloudSite)
    if group.usd_per_hour is not None and level == group.price:
        return prices.own(f"machines.{name}.usd_per_hour", group.usd_per_hour, "machine-hour")
    row = catalog.cloud_instance(site.provider, site.region, group.instance)
    return prices.cloud(row, level)


def _machine_charges(
    candidate: Candidate, name: str, group: CloudMachines, use: GroupUse, prices: Prices
) -> Iterator[Charge]:
    """By the level that is paid; energy goes with the first line."""
    price = level_price(candidate, name, group.price, prices)
    assert price is not None, "the study was checked"
    lines = list(_lines(candidate, name, group, use, price, prices))
    site = candidate.sites[group.site]
    assert isinstance(site, CloudSite)
    row = catalog.cloud_instance(site.provider, site.region, group.instance)
    listed = level_price(candidate, name, "on_demand", prices)
    carbon = cloud_carbon(site, row.country, use.energy)
    for i, (what, hours, paid, schedule, pricing, commitment) in enumerate(lines):
        yield Charge(
            category="compute",
            resource=f"{name}: {group.instance}",
            site=group.site,
            quantity=hours,
            unit=mark("machine-hour"),
            unit_price_usd=paid.value,
            inputs=(paid,),
            description=say("{what} in {region}", what=what, region=site.region),
            schedule=schedule,
            pricing=pricing,
            commitment=commitment,
            list_price_usd=listed.value if listed is not None else None,
            carbon=carbon if i == 0 else None,
        )


Line = tuple[str, float, Price, Monthly | Prepaid, str, str]


def _lines(
    candidate: Candidate,
    name: str,
    group: CloudMachines,
    use: GroupUse,
    price: Price,
    prices: Prices,
) -> Iterator[Line]:
    """What, machine-hours, price, schedule, FOCUS category and status of a commitment."""
    match group.price:
        case "on_demand":
            what = say("on_demand, seconds from start to stop, boot included, scaled to 730 h")
            yield what, use.held_h, price, Monthly(), "Standard", ""
        case "spot":
            again = say("{n:.1f} starts after a reclaim", n=use.reclaims)
            what = say(
                "spot, seconds from start to stop, boot included, scaled to 730 h; {reclaims}",
                reclaims=again if use.reclaims else say("no reclaim"),
            )
            yield what, use.held_h, price, Monthly(), "Dynamic", ""
        case "capacity_block":
            yield _blocks(group, price, months_of(prices.economics))
        case _:
            yield from _committed(candidate, name, group, use, price, prices)


def _committed(
    candidate: Candidate,
    name: str,
    group: CloudMachines,
    use: GroupUse,
    price: Price,
    prices: Prices,
) -> Iterator[Line]:
    """Use it or lose it: the committed machines are paid whether they run or not."""
    committed = group.count if group.committed is None else min(group.committed, group.count)
    within = sum(use.shares[:committed]) * MONTH_H
    beyond = max(use.held_h - within, 0.0)
    schedule = Prepaid(TERMS[group.price], group.upfront_share)
    of = {"level": group.price, "n": committed}
    if within:
        what = say("{level}, {n} machines, running", **of)
        yield what, within, price, schedule, "Committed", "Used"
    unused = committed * MONTH_H - within
    if unused > 1e-9 * MONTH_H:
        what = say("{level}, {n} machines, paid and not running", **of)
        yield what, unused, price, schedule, "Committed", "Unused"
    if beyond > 1e-9 * MONTH_H:
        listed = level_price(candidate, name, "on_demand", prices)
        what = say("on_demand, beyond the commitment")
        yield what, beyond, listed or price, Monthly(), "Standard", ""


def _blocks(group: CloudMachines, price: Price, months: int) -> Line:
    """Blocks over the horizon, the last one as short as whole days allow, paid in advance."""
    days = ceil(months * MONTH_H / DAY_H - 1e-9)
    blocks = ceil(days / group.block_days)
    hours = group.count * days * DAY_H / months
    what = say("capacity blocks of {days} days, {blocks} of them, paid in advance",
               days=group.block_days, blocks=blocks)  # fmt: skip
    return what, hours, price, Prepaid(1), "Committed", ""


def _egress(
    name: str, site: CloudSite, gb: float, before_gb: float, prices: Prices
) -> Iterator[Charge]:
    """Answers that leave the cloud, by the provider's tiers of a month over all its sites."""
    try:
        tiers, taken_from = catalog.egress_tiers(site.provider, site.region)
    except catalog.UnknownName:
        return
    for tier, within in catalog.by_tier(tiers, gb, before_gb):
        price = prices.service(tier, taken_from)
        yield Charge(
            category="egress",
            resource=say("{name}: answers to the internet", name=name),
            site=name,
            quantity=within,
            unit="GB",
            unit_price_usd=price.value,
            inputs=(price,),
            description=say(
                "simulated bytes of answers, from {gb:,.0f} GB a month on", gb=tier.tier_from
            ),
            by_traffic=True,
        )
