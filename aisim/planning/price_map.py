"""What one candidate saves against another over the ranges of two prices."""

from dataclasses import dataclass

from aisim.cost.cash import Flow
from aisim.cost.price import Price
from aisim.cost.prices import Prices
from aisim.cost.uncertainty import heat_map, tornado, uncertain_prices
from aisim.planning.bad_input import BadInput
from aisim.planning.money import cases_of
from aisim.planning.priced import Priced
from aisim.scenario.faults import nearest

STEPS = 5


@dataclass(frozen=True)
class PriceMap:
    """A two-way table.

    Attributes:
        own: the candidate that is taken.
        other: the one that it is held against.
        x: the price across.
        y: the price down.
        x_values: its values, from low to high.
        y_values: its values, from low to high.
        saved_usd: what `own` saves in present cost, a row a value of y.
    """

    own: str
    other: str
    x: Price
    y: Price
    x_values: Flow
    y_values: Flow
    saved_usd: Flow


def price_map(
    comparison: Priced,
    own: str,
    other: str,
    *,
    x: str | None = None,
    y: str | None = None,
    steps: int = STEPS,
) -> PriceMap:
    """Draw two prices over their ranges, all others as they are; over the same run.

    Args:
        comparison: what was simulated and priced.
        own: name of a candidate.
        other: name of another.
        x: key of a price; left out, the one that matters most.
        y: key of another; left out, the one that matters next.
        steps: values of each.

    Raises:
        BadInput: no such candidate or price, or fewer than two prices that have a range.
    """
    cases = cases_of(comparison.study, comparison.bills)
    for name in (own, other):
        if name not in cases:
            raise BadInput(f"no candidate {name!r} that was measured, {nearest(name, cases)}")
    prices = Prices.of(comparison.study.economics)
    pair = {name: cases[name] for name in (own, other)}
    ranges = {price.key: price for price in uncertain_prices(pair, prices)}
    ranked = [swing.price.key for swing in tornado(cases, prices, own, other)]
    chosen = _chosen(ranked, x, y)
    for key in chosen:
        if key not in ranges:
            raise BadInput(f"no price {key!r} with a range in use, {nearest(key, ranges)}")
    across, down = (ranges[key] for key in chosen)
    found = heat_map(cases, prices, across, down, own, other, steps)
    return PriceMap(own, other, across, down, found.x, found.y, found.usd)


def _chosen(ranked: list[str], x: str | None, y: str | None) -> tuple[str, str]:
    """The keys that are given, else those that matter most."""
    left = [key for key in ranked if key not in (x, y)]
    if len(left) < (x is None) + (y is None):
        raise BadInput("fewer than two prices in use have a range")
    first = x if x is not None else left.pop(0)
    return first, y if y is not None else left.pop(0)
