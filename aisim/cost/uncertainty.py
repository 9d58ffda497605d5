"""What the prices may be instead: draws, a tornado, a heat map, over one and the same run.

Only prices are drawn: whatever changes what happens has to be simulated again. Every price is
drawn once for all candidates (common random numbers), so that what they share cancels out.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np

from aisim.cost.bill import bill_of
from aisim.cost.cash import Flow, cash_flow, present_cost
from aisim.cost.owned import rate_price
from aisim.cost.price import Price
from aisim.cost.prices import Prices
from aisim.cost.used import Used
from aisim.scenario.candidate import Candidate
from aisim.workload import stream

#: A candidate, and what it used.
Case = tuple[Candidate, Used]
#: What cases are told apart by.
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Swing:
    """What a price does to a figure when it alone goes to the ends of its range.

    Attributes:
        price: the price.
        at_low_usd: the figure with the low end.
        at_high_usd: the figure with the high end.
    """

    price: Price
    at_low_usd: float
    at_high_usd: float

    @property
    def width_usd(self) -> float:
        """How far apart both are."""
        return abs(self.at_high_usd - self.at_low_usd)


class HeatMap(NamedTuple):
    """A figure over the ranges of two prices: rows by `y`, columns by `x`."""

    x: Flow
    y: Flow
    usd: Flow


def uncertain_prices(cases: Mapping[Key, Case], prices: Prices) -> tuple[Price, ...]:
    """The prices in use that have a range, the cost of capital included, each once."""
    rate = rate_price(prices)
    found = {rate.key: rate}
    for candidate, use in cases.values():
        for charge in bill_of(use, candidate, prices).charges:
            found |= {price.key: price for price in charge.inputs}
    return tuple(price for price in found.values() if not price.is_certain)


def drawn(ranges: Sequence[Price], draws: int, seed: int) -> dict[str, Flow]:
    """Values of each price: triangular from low over typical to high, a stream for each price."""
    return {
        price.key: stream(seed, 0, f"price/{price.key}").triangular(
            price.low, price.typical, price.high, draws
        )
        for price in ranges
    }


def present_costs(
    cases: Mapping[Key, Case], prices: Prices, values: Mapping[str, Flow]
) -> dict[Key, Flow]:
    """Present cost of each candidate over all its years, in each scenario of the values."""
    scenarios = replace(prices, drawn=dict(values))
    count = len(next(iter(values.values()))) if values else 1
    rate = rate_price(scenarios).value
    found = {}
    for name, (candidate, use) in cases.items():
        flow = cash_flow(bill_of(use, candidate, scenarios).charges, prices.economics)
        found[name] = np.broadcast_to(np.asarray(present_cost(flow, rate)), (count,))
    return found


def tornado(
    cases: Mapping[str, Case], prices: Prices, own: str, other: str | None = None
) -> list[Swing]:
    """Every uncertain price at its ends, one at a time: the widest swing first.

    Of the present cost of `own`, or of what `other` costs more than it.
    """
    chosen = {name: cases[name] for name in (own, other) if name is not None}
    ranges = uncertain_prices(chosen, prices)
    values = {price.key: np.full(2 * len(ranges), price.typical) for price in ranges}
    for i, price in enumerate(ranges):
        values[price.key][2 * i : 2 * i + 2] = price.low, price.high
    figure = _figure(present_costs(chosen, prices, values), own, other)
    swings = [
        Swing(price, float(figure[2 * i]), float(figure[2 * i + 1]))
        for i, price in enumerate(ranges)
    ]
    return sorted(swings, key=lambda swing: -swing.width_usd)


def heat_map(
    cases: Mapping[str, Case],
    prices: Prices,
    x: Price,
    y: Price,
    own: str,
    other: str | None = None,
    steps: int = 11,
) -> HeatMap:
    """The same figure over the ranges of two prices."""
    chosen = {name: cases[name] for name in (own, other) if name is not None}
    across, down = (np.linspace(price.low, price.high, steps) for price in (x, y))
    values = {x.key: np.tile(across, steps), y.key: np.repeat(down, steps)}
    figure = _figure(present_costs(chosen, prices, values), own, other)
    return HeatMap(across, down, figure.reshape(steps, steps))


def _figure(costs: Mapping[str, Flow], own: str, other: str | None) -> Flow:
    return costs[own] if other is None else costs[other] - costs[own]
