"""What is said about money in a study that cannot be priced."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from aisim import catalog
from aisim.scenario.costs import counted_per_unit
from aisim.scenario.faults import nearest

Found = Iterator[tuple[str, str]]
Map = dict[str, Any]

#: Levels that a catalog has prices for.
LEVELS = ("on_demand", "commit_1y", "commit_3y", "spot")


def level_faults(
    name: str, row: catalog.CloudInstance, group: Map, *, has_price_list: bool = False
) -> Found:
    """A level of prices that a machine has no price for, and fields that do not go with it."""
    level = group.get("price", "on_demand")
    # Whether a list has the price is seen when it is read.
    own = group.get("usd_per_hour") is not None or has_price_list
    committed = level in ("commit_1y", "commit_3y")
    if level == "capacity_block" and not own:
        yield f"machines.{name}.usd_per_hour", "missing; a capacity block has no price in a catalog"
    elif level in LEVELS and not own and row.usd_per_hour(level) is None:
        problem = f"{row.instance} in {row.region} has no price {level!r}; give usd_per_hour"
        yield f"machines.{name}.price", problem
    fields = {
        "committed": committed,
        "upfront_share": committed,
        "reclaims_per_month": level == "spot",
    }
    for field, holds in fields.items() if level in (*LEVELS, "capacity_block") else ():
        # A study that was written out names what was left out, too.
        if group.get(field) not in (None, 0, 0.0) and not holds:
            yield f"machines.{name}.{field}", f"does not go with price {level!r}"


def limit_faults(data: Map, classes: set[str]) -> Found:
    """A rule for a class that is almost one of the traffic's is misspelt: it would rule nothing."""
    for name in data:
        close = get_close_matches(str(name), classes, n=1, cutoff=0.8)
        if close and name not in classes:
            yield (
                f"limits.data.{name}",
                f"no traffic has that data class, did you mean {close[0]!r}?",
            )


def cost_faults(costs: dict[str, Map], sites: dict[str, Map]) -> Found:
    """Named costs: a site that is there, and a service that its provider sells."""
    for name, cost in costs.items():
        site = cost.get("site")
        if not isinstance(site, str):
            continue
        if site not in sites:
            yield f"costs.{name}.site", f"no site named {site!r}, {nearest(site, sites)}"
        elif isinstance(cost.get("service"), str):
            yield from _service_faults(name, cost, sites[site])


def _service_faults(name: str, cost: Map, site: Map) -> Found:
    provider, place = site.get("provider"), site.get("region")
    if site.get("kind") != "cloud":
        yield f"costs.{name}.service", "goes with a site of kind 'cloud'; elsewhere give usd"
        return
    service, _, item = cost["service"].partition(" / ")
    region = cost.get("region") or place
    if not isinstance(provider, str) or not isinstance(region, str):
        return
    regions = {r.region for r in catalog.services() if r.provider == provider}
    regions |= {r.region for r in catalog.cloud_instances().values() if r.provider == provider}
    if region not in regions:
        yield (
            f"costs.{name}.region",
            f"no prices for region {region!r} of {provider}, {nearest(region, regions)}",
        )
        return
    try:
        tiers, _ = catalog.find_service(provider, region, service, item)
    except catalog.UnknownName:
        known = {f"{r.service} / {r.item}" for r in catalog.services() if r.provider == provider}
        problem = f"no service {cost['service']!r} of {provider}, {nearest(cost['service'], known)}"
        yield f"costs.{name}.service", problem
        return
    counted, unit = cost.get("quantity"), tiers[0].unit
    if isinstance(counted, str) and counted_per_unit(counted, unit) is None:
        problem = f"{counted} does not go with a price per {unit}; give a number of them a month"
        yield f"costs.{name}.quantity", problem
