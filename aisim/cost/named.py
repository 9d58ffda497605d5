"""Costs that a study names: services of a provider by quantity, and lines of the planner's own."""

from collections.abc import Iterator, Sequence

from aisim import catalog
from aisim.cost.charge import Charge, months_of
from aisim.cost.price import Price, Range, Value
from aisim.cost.prices import Prices
from aisim.cost.schedule import Bought, Following, Monthly, Prepaid, Schedule
from aisim.cost.used import Served, Used
from aisim.language import mark, say
from aisim.performance.machines import machine_shape
from aisim.scenario.candidate import Candidate
from aisim.scenario.costs import Cost, counted_per_unit
from aisim.scenario.sites import CloudSite
from aisim.scenario.study import MONTH_H

MONTHS = 12
#: When a cost of the planner is paid.
WHEN = {"monthly": mark("monthly"), "yearly": mark("yearly"), "once": mark("once")}


def named_charges(
    candidate: Candidate, used: Used, prices: Prices, others: Sequence[Charge]
) -> Iterator[Charge]:
    """The costs of a candidate by name; `others` are the charges that surcharges count on."""
    for name, cost in candidate.costs.items():
        if cost.share_of_compute is not None:
            yield _surcharge(name, cost, cost.share_of_compute, others, prices)
            continue
        quantity = counted(candidate, used, cost)
        if cost.service is not None:
            yield from _service(candidate, name, cost, quantity, prices)
        else:
            yield _own(name, cost, quantity, prices)


def counted(candidate: Candidate, used: Used, cost: Cost) -> float:
    """Units of a named cost in a month: a number, or what was counted."""
    if not isinstance(cost.quantity, str):
        return cost.quantity
    served = used.served
    groups = {
        name: used.groups[name].held_h
        for name, group in candidate.machines.items()
        if group.site == cost.site
    }
    match cost.quantity:
        case "hours":
            return MONTH_H
        case "machine_hours":
            return sum(groups.values())
        case "gpu_hours":
            return sum(h * machine_shape(candidate, name).gpus for name, h in groups.items())
        case "egress_gb" | "ingress_gb":
            return float(getattr(served, cost.quantity).get(cost.site, 0.0))
    return _of_traffic(served, cost.quantity)


def _of_traffic(served: Served, quantity: str) -> float:
    """What is counted of the whole traffic, whatever site has served it."""
    if quantity.startswith("million_"):
        return float(getattr(served, quantity.removeprefix("million_"))) / 1e6
    return float(getattr(served, quantity))


def _service(
    candidate: Candidate, name: str, cost: Cost, quantity: float, prices: Prices
) -> Iterator[Charge]:
    """A row of the catalog of services, tier by tier."""
    site = candidate.sites[cost.site]
    assert isinstance(site, CloudSite)
    assert cost.service is not None
    service, _, item = cost.service.partition(" / ")
    region = cost.region or site.region
    tiers, taken_from = catalog.find_service(site.provider, region, service, item)
    if isinstance(cost.quantity, str):
        quantity /= counted_per_unit(cost.quantity, tiers[0].unit) or 1.0
    for tier, within in catalog.by_tier(tiers, quantity):
        price = prices.service(tier, taken_from)
        words = f"{cost.description or cost.service}: {tier.service}, {tier.item}"
        yield _charge(name, cost, within, tier.unit, price, price.value, words)


def _own(name: str, cost: Cost, quantity: float, prices: Prices) -> Charge:
    """A price of the planner's own."""
    assert cost.usd is not None
    unit = cost.quantity if isinstance(cost.quantity, str) else "unit"
    span = Range(
        cost.usd if cost.usd_low is None else cost.usd_low,
        cost.usd,
        cost.usd if cost.usd_high is None else cost.usd_high,
    )
    # Named alike in two candidates it is one price only where its range is the same.
    key = f"costs.{name} / {span.low:.12g} to {span.typical:.12g} to {span.high:.12g} {cost.when}"
    price = prices.own_range(key, span, unit, cost.source)
    value: Value = price.value / MONTHS if cost.when == "yearly" else price.value
    words = cost.description or say("{when}, as the study says", when=say(WHEN[cost.when]))
    return _charge(name, cost, quantity, unit, price, value, words, _schedule(cost, prices))


def _schedule(cost: Cost, prices: Prices) -> Schedule:
    if cost.when == "yearly":
        return Prepaid(MONTHS)
    if cost.when == "once":
        months = months_of(prices.economics)
        life = months if cost.life_years is None else max(round(cost.life_years * MONTHS), 1)
        return Bought(life, ((0.0, 1.0), (float(life), 0.0)))
    return Monthly()


def _surcharge(
    name: str, cost: Cost, share: float, others: Sequence[Charge], prices: Prices
) -> Charge:
    """A share of what computing costs at a site, as managed endpoints ask for it."""
    base = [c for c in others if c.site == cost.site and c.category == "compute"]
    months: list[Value] = [0.0] * months_of(prices.economics)
    for charge in base:
        for entry in charge.entries(prices.economics):
            months[entry.month] = months[entry.month] + entry.effective_usd
    mean: Value = sum(months, 0.0) / len(months)
    price = prices.own(f"costs.{name}.share_of_compute", share, "ratio", cost.source)
    words = cost.description or say("surcharge on computing")
    follows = Following(tuple(months))
    return _charge(name, cost, mean, mark("USD of computing"), price, price.value, words, follows)


def _charge(
    name: str,
    cost: Cost,
    quantity: Value,
    unit: str,
    price: Price,
    value: Value,
    words: str,
    schedule: Schedule | None = None,
) -> Charge:
    return Charge(
        category=cost.category,
        resource=name,
        site=cost.site,
        quantity=quantity,
        unit=unit,
        unit_price_usd=value,
        inputs=(price,),
        description=words,
        schedule=schedule or Monthly(),
        pricing="Other" if cost.service is None else "Standard",
        by_traffic=isinstance(cost.quantity, str) and not cost.quantity.endswith("hours"),
    )
