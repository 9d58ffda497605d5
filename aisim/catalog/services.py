"""What a provider charges beside its machines: storage, requests, egress, gateways."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby

from aisim.catalog.files import Fact, read_facts
from aisim.catalog.prices import cloud_instances
from aisim.catalog.unknown import UnknownName
from aisim.language import mark

#: The region whose prices stand in for those of a region without any.
REFERENCE_REGIONS = {"aws": "us-east-1", "gcp": "us-central1", "azure": "eastus"}
#: Countries of Europe whose regions a row of "EU" or "us/eu" covers.
# fmt: off
EUROPE = frozenset((
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU",
    "IE", "IS", "IT", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
))
# fmt: on
#: Rows of better origin come first where a region is covered twice.
QUALITIES = (
    mark("measured"),
    mark("fitted"),
    mark("datasheet"),
    mark("vendor list"),
    mark("published"),
    mark("estimate"),
)  # fmt: skip


class Service(Fact):
    """The price of one tier of a service.

    Attributes:
        region: The provider's own word, or a group of regions: "us", "EU", "us/eu", "global".
        category: What it is for, such as "object storage" or "egress".
        unit: What is counted, such as "GB" or "1M requests".
        usd_per_unit: Price of one unit within the tier.
        tier_from: Units of a month from which the price holds.
        tier_to: Units of a month up to which it holds, None for no bound.
    """

    provider: str
    region: str
    category: str
    service: str
    item: str
    unit: str
    usd_per_unit: float
    tier_from: float = 0.0
    tier_to: float | None = None


@cache
def services() -> tuple[Service, ...]:
    """Return every tier of every service, in the order of the table."""
    return read_facts("services", Service)


def service_tiers(provider: str, region: str, service: str, item: str) -> tuple[Service, ...]:
    """Return all tiers of an item, such as ("aws", "us-east-1", "S3", "standard"), in order.

    Raises:
        UnknownName: No row has these four names.
    """
    rows = [row for row in services() if _names(row) == (provider, region, service, item)]
    if not rows:
        known = (" / ".join(_names(row)) for row in services())
        raise UnknownName("service", " / ".join((provider, region, service, item)), known)
    return _ordered(rows)


def find_service(
    provider: str, region: str, service: str, item: str
) -> tuple[tuple[Service, ...], str]:
    """Return the tiers of an item in a region, and in words which region stands in for it.

    A region without rows takes those of a group that covers it, then those of the provider's
    reference region. The words are "" where the region itself or such a group is listed.

    Raises:
        UnknownName: The provider has no such item in any region that could stand in.
    """
    named = [row for row in services() if (row.service, row.item) == (service, item)]
    offered = [row for row in named if row.provider == provider]
    if not offered:
        known = (" / ".join(_names(row)[2:]) for row in services() if row.provider == provider)
        raise UnknownName(f"service of {provider}", f"{service} / {item}", dict.fromkeys(known))
    return _nearest(provider, region, offered)


def egress_tiers(provider: str, region: str) -> tuple[tuple[Service, ...], str]:
    """Return the tiers of traffic to the internet, in words what stands in; see `find_service`.

    Allowances that are free each month are not deducted: the notes of the rows name them.

    Raises:
        UnknownName: No egress price is known of the provider.
    """
    known = [row for row in services() if row.category == "egress" and _to_internet(row)]
    offered = [row for row in known if row.provider == provider]
    if not offered:
        raise UnknownName("provider of egress", provider, {row.provider for row in known})
    return _nearest(provider, region, offered)


def by_tier(
    tiers: Sequence[Service], quantity: float, before: float = 0.0
) -> Iterator[tuple[Service, float]]:
    """How much of a quantity falls into each tier: the first one always, the others where any.

    A tier ends where the next begins; what is beyond the last bound counts as the last tier.
    `before` is what was counted in the month already.
    """
    total = before + quantity
    ends = [*(tier.tier_from for tier in tiers[1:]), total]
    for i, (tier, end) in enumerate(zip(tiers, ends, strict=True)):
        within = max(min(total, end) - max(tier.tier_from, before), 0.0)
        if within or not i:
            yield tier, within


def _nearest(
    provider: str, region: str, offered: Sequence[Service]
) -> tuple[tuple[Service, ...], str]:
    """Return the tiers of the region, of its group, or of a region that stands in for it."""
    if covering := _covering(provider, region, offered):
        return covering, ""
    reference = REFERENCE_REGIONS.get(provider, offered[0].region)
    tiers = _covering(provider, reference, offered) or _best(offered)
    return tiers, f"price of {tiers[0].region}, none is listed for {region}"


def _covering(provider: str, region: str, offered: Sequence[Service]) -> tuple[Service, ...]:
    """Return the tiers of the region itself, else of a group that covers it, else none."""
    exact = [row for row in offered if row.region == region]
    groups = _groups(provider, region)
    return _best(exact) or _best([row for row in offered if row.region in groups])


def _best(rows: Sequence[Service]) -> tuple[Service, ...]:
    """Return the tiers of the item of best origin among rows of several items and regions."""
    items = [tuple(tiers) for _, tiers in groupby(sorted(rows, key=_names), key=_names)]
    ranked = sorted(items, key=lambda tiers: QUALITIES.index(tiers[0].quality))
    return _ordered(ranked[0]) if ranked else ()


def _groups(provider: str, region: str) -> frozenset[str]:
    """Return the words of the table for groups of regions that hold this one."""
    countries = {
        row.country
        for row in cloud_instances().values()
        if (row.provider, row.region) == (provider, region)
    }
    if countries & EUROPE or re.match(r"(eu|europe)-", region):
        return frozenset({"us/eu", "EU", "global"})
    if "US" in countries or re.match(r"us-|(north|south|west)?(central|east|west)us", region):
        return frozenset({"us/eu", "us", "global"})
    return frozenset({"global"})


def _ordered(tiers: Iterable[Service]) -> tuple[Service, ...]:
    return tuple(sorted(tiers, key=lambda tier: tier.tier_from))


def _names(row: Service) -> tuple[str, str, str, str]:
    return row.provider, row.region, row.service, row.item


def _to_internet(row: Service) -> bool:
    return row.item.startswith("to internet")
