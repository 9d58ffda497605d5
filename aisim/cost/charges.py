"""All charges of a candidate."""

from collections.abc import Iterator
from dataclasses import replace

from aisim.cost.api import api_charges, tariff_prices
from aisim.cost.charge import Charge
from aisim.cost.cloud import cloud_charges
from aisim.cost.licences import licence_charges
from aisim.cost.named import named_charges
from aisim.cost.owned import purchase_charges, rate_price
from aisim.cost.price import Price
from aisim.cost.prices import Prices
from aisim.cost.running import group_charges, site_charges
from aisim.cost.used import Used, standing_use
from aisim.scenario.candidate import Candidate
from aisim.scenario.economics import Economics
from aisim.scenario.machines import OwnMachines
from aisim.scenario.sites import ApiSite, CloudSite, OwnSite


def all_charges(candidate: Candidate, used: Used, prices: Prices) -> tuple[Charge, ...]:
    """Everything that a candidate costs, for what it has used."""
    found = [
        *cloud_charges(candidate, used, prices),
        *_own_charges(candidate, used, prices),
        *api_charges(candidate, used.apis, prices),
    ]
    named = tuple(named_charges(candidate, used, prices, found))
    return tuple(_placed(charge, candidate) for charge in (*found, *named))


def _placed(charge: Charge, candidate: Candidate) -> Charge:
    """The same charge with who is paid, and where."""
    match candidate.sites[charge.site]:
        case CloudSite(provider=provider, region=region):
            return replace(charge, provider=provider, region=region)
        case ApiSite(provider=provider, country=country):
            return replace(charge, provider=provider, region=country)
        case OwnSite(region=region):
            return replace(charge, region=region)


def _own_charges(candidate: Candidate, used: Used, prices: Prices) -> Iterator[Charge]:
    for name, site in candidate.sites.items():
        groups = own_groups(candidate, name)
        if not isinstance(site, OwnSite) or not groups:
            continue
        for group, declared in groups.items():
            yield from purchase_charges(group, declared, prices)
            yield from group_charges(group, site, declared, used.groups[group], prices)
            yield from licence_charges(candidate, group, prices)
        yield from site_charges(name, site, list(groups.values()), prices)


def own_groups(candidate: Candidate, site: str) -> dict[str, OwnMachines]:
    """Machine groups that stand at a site of one's own."""
    return {
        name: group
        for name, group in candidate.machines.items()
        if isinstance(group, OwnMachines) and group.site == site
    }


def expected_usd_per_month(candidate: Candidate, economics: Economics, load: float) -> float:
    """Return the cost of a month of 730 h in which all machines run, before any run.

    As the bill of a run, but energy of owned machines lies on a line between idle and greatest
    draw at the share `load`.
    """
    charges = all_charges(candidate, standing_use(candidate, load), Prices.of(economics))
    return float(sum(charge.usd_per_month(economics) for charge in charges))


def prices_in_use(candidate: Candidate, economics: Economics) -> tuple[Price, ...]:
    """The prices that a candidate is priced with, each once, the cost of capital among them.

    Of an API its tariff at the start of the ledger.
    """
    prices = Prices.of(economics)
    charges = all_charges(candidate, standing_use(candidate, 0.5), prices)
    found = [price for charge in charges for price in charge.inputs]
    found += [price for name in candidate.apis for price in tariff_prices(candidate, name, prices)]
    found.append(rate_price(prices))
    return tuple({price.key: price for price in found}.values())
