"""Owned machines: what is bought with them, what it is worth later, and what the money costs."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from aisim import catalog
from aisim.cost.charge import Charge, months_of
from aisim.cost.price import Price, Value
from aisim.cost.prices import Prices
from aisim.cost.schedule import AtEnd, Bought, CapitalCost
from aisim.language import mark, say
from aisim.scenario.machines import Machines, OwnMachines

MONTHS = 12
#: Which category a part belongs to, by the category of its row.
PARTS = {"gpu": "compute", "server": "compute", "network": "network", "storage": "storage",
         "facility": "space"}  # fmt: skip
#: Ages in months of the catalog's rows of what accelerators sell for.
AGES = (6, 12, 18, 24, 36, 54)


def purchase_charges(name: str, group: OwnMachines, prices: Prices) -> Iterator[Charge]:
    """Purchase of each part or value of what is owned, cost of capital, spares, disposal."""
    if group.already_owned is not None:
        yield from _sunk_charges(name, group, prices)
        return
    life, rate = life_price(prices), rate_price(prices)
    for item, quantity in group.parts.items():
        price, sold = prices.hardware(item), _residual_prices(item, prices)
        bought = Bought(_months(life), _worth(item, life, prices))
        lead = lead_time(group, prices)
        yield Charge(
            category=PARTS[catalog.hardware(item).category],
            resource=f"{name}: {item}",
            site=group.site,
            quantity=quantity * group.count,
            unit=price.unit,
            unit_price_usd=price.value,
            inputs=(price, *sold),
            description=say(
                "bought for {years:g} years, ordered {months:g} months before; what it is worth "
                "at the end comes back",
                years=life.value,
                months=lead.value,
            ),
            schedule=bought,
            pricing="Other",
        )
        yield _capital_charge(name, group, item, (price, *sold), bought, rate, quantity)
    yield from _with_purchase(name, group, prices, life)


def _capital_charge(
    name: str,
    group: OwnMachines,
    item: str,
    inputs: tuple[Price, ...],
    bought: Bought,
    rate: Price,
    quantity: float,
) -> Charge:
    price, *sold = inputs
    category = "compute" if item not in group.parts else PARTS[catalog.hardware(item).category]
    return Charge(
        category="finance",
        resource=say("{name}: capital in {item}", name=name, item=item),
        site=group.site,
        quantity=quantity * group.count,
        unit=price.unit,
        unit_price_usd=price.value,
        inputs=(rate, price, *sold),
        description=say(
            "annuity beyond the plain share of a month; no cash, as discounting says it"
        ),
        schedule=CapitalCost(bought, rate.value),
        pricing="Other",
        # The price of the next purchase is that of the piece.
        changes_as=category,
    )


def _sunk_charges(name: str, group: OwnMachines, prices: Prices) -> Iterator[Charge]:
    """What is already owned costs what it could be sold for, in the share that is used here."""
    owned = group.already_owned
    assert owned is not None
    if not owned.value_usd:
        return
    price = prices.own(f"machines.{name}.already_owned.value_usd", owned.value_usd, "machine")
    life = max(round(owned.years_left * MONTHS), 1)
    # What replaces it is not looked at: it is not bought again at what it could be sold for.
    bought = Bought(max(life, months_of(prices.economics)), ((0.0, 1.0), (float(life), 0.0)))
    share = 1 - owned.present_utilisation
    yield Charge(
        category="compute",
        resource=say("{name}: value of what is owned", name=name),
        site=group.site,
        quantity=share * group.count,
        unit=mark("machine"),
        unit_price_usd=price.value,
        inputs=(price,),
        description=say(
            "what it could be sold for, the {share:.0%} that other work leaves", share=share
        ),
        schedule=bought,
        pricing="Other",
    )
    yield _capital_charge(name, group, say("it"), (price,), bought, rate_price(prices), share)


def _with_purchase(name: str, group: OwnMachines, prices: Prices, life: Price) -> Iterator[Charge]:
    """Spare parts with the machines, and their disposal at the end."""
    capex, supported = purchase_usd(group, prices), supported_usd(group, prices)
    spares = spares_price(prices)
    yield Charge(
        category="support",
        resource=say("{name}: spare parts", name=name),
        site=group.site,
        quantity=supported,
        unit=mark("USD of purchase"),
        unit_price_usd=spares.value,
        inputs=(spares, *part_prices(group, prices)),
        description=say("{share:.1%} of the purchase, bought with it", share=spares.typical),
        schedule=Bought(_months(life), ((0.0, 1.0), (float(_months(life)), 0.0))),
        pricing="Other",
    )
    disposal = share_price(
        prices, "economics.disposal_share", prices.economics.disposal_share,
        ("finance", "decommissioning / e-waste", "global"),
    )  # fmt: skip
    yield Charge(
        category="decommissioning",
        resource=say("{name}: disposal", name=name),
        site=group.site,
        quantity=capex,
        unit="USD of purchase",
        unit_price_usd=disposal.value,
        inputs=(disposal, *part_prices(group, prices)),
        description=say(
            "{share:.1%} of the purchase at the end of its life", share=disposal.typical
        ),
        schedule=AtEnd(_months(life)),
        pricing="Other",
    )


def part_prices(group: OwnMachines, prices: Prices) -> tuple[Price, ...]:
    """Price of each part of a group of machines as new."""
    return tuple(prices.hardware(item) for item in group.parts)


def spares_price(prices: Prices) -> Price:
    """Spare parts that are bought with machines, as a share of their price."""
    given = prices.economics.spares_share
    row = ("support", "spare parts pool", "global")
    return share_price(prices, "economics.spares_share", given, row)


def own_share(group: Machines) -> float:
    """Share of machines that is this service's: all, or what other work leaves of them."""
    owned = group.already_owned if isinstance(group, OwnMachines) else None
    return 1.0 if owned is None else 1 - owned.present_utilisation


def purchase_usd(group: OwnMachines, prices: Prices) -> Value:
    """Price of all parts of a group of machines as new."""
    total: Value = 0.0
    for item, quantity in group.parts.items():
        total = total + quantity * group.count * prices.hardware(item).value
    return total


def supported_usd(group: OwnMachines, prices: Prices) -> Value:
    """Price of the parts that a support contract and a stock of spares are for: not of the room."""
    total: Value = 0.0
    for item, quantity in group.parts.items():
        if catalog.hardware(item).category != "facility":
            total = total + quantity * group.count * prices.hardware(item).value
    return total


def lead_time(group: OwnMachines, prices: Prices) -> Price:
    """Months from order to service."""
    if group.already_owned is not None:
        return prices.own("already owned", 0.0, "months")
    if group.lead_time_months is not None:
        return prices.own("machines.lead_time_months", group.lead_time_months, "months")
    return prices.opex("finance", "procurement lead time GPU server", "global")


def rate_price(prices: Prices) -> Price:
    """Cost of capital per year; a dearer one makes rent cheaper, so it knows no price level."""
    given = prices.economics.discount_rate
    row = ("finance", "WACC", "US/EU")
    return share_price(_typical(prices), "economics.discount_rate", given, row)


def life_price(prices: Prices) -> Price:
    """Years of use; a longer life is a lower cost, so the price level does not apply to it."""
    economics = prices.economics
    if economics.life_years is not None:
        return prices.own("economics.life_years", economics.life_years, "years")
    row = ("finance", "depreciation life GPU server straight line", "global")
    price = replace(_typical(prices), drawn={}).opex(*row)
    # Whole months of life cannot be drawn: it is the same in every scenario.
    return replace(price, low=price.typical, high=price.typical)


def _typical(prices: Prices) -> Prices:
    """The same prices, whatever level the study takes."""
    return replace(prices, economics=prices.economics.model_copy(update={"price_level": "typical"}))


def _worth(item: str, life: Price, prices: Prices) -> tuple[tuple[float, Value], ...]:
    """What a part is worth by its age in months, as shares of its price."""
    residual = prices.economics.residual_share
    end = float(_months(life))
    if residual is not None:
        return ((0.0, 1.0), (end, residual))
    sold = _residual_prices(item, prices)
    if not sold:
        return ((0.0, 1.0), (end, 0.0))
    # What is drawn may not make a part dearer as it ages.
    worth: list[tuple[float, Value]] = [(0.0, 1.0)]
    for age, row in zip(AGES, sold, strict=True):
        drawn: Value = np.minimum(row.value, worth[-1][1])
        worth.append((float(age), drawn))
    return tuple(worth)


def _residual_prices(item: str, prices: Prices) -> tuple[Price, ...]:
    """What accelerators sell for by age; empty for parts that are none."""
    if prices.economics.residual_share is not None or catalog.hardware(item).accelerator is None:
        return ()
    names = [f"GPU residual value after {age} months" for age in AGES]
    # The more it is worth, the less it costs: the low level of costs takes the high end.
    level = {"low": "high", "high": "low"}.get(prices.economics.price_level, "typical")
    turned = replace(prices, economics=prices.economics.model_copy(update={"price_level": level}))
    return tuple(turned.opex("finance", name, "global") for name in names)


def _months(life: Price) -> int:
    return max(round(life.typical * MONTHS), 1)


def share_price(
    prices: Prices, field: str, given: float | None, row: tuple[str, str, str]
) -> Price:
    """A ratio that the planner gave, else the catalog's."""
    return prices.opex(*row) if given is None else prices.own(field, given, "ratio")
