"""Every candidate at every commitment level under the same drawn prices."""

from collections.abc import Mapping

from aisim.cost import Bill
from aisim.cost.break_even import at_levels
from aisim.cost.cash import Flow
from aisim.cost.prices import Prices
from aisim.cost.uncertainty import Case, drawn, present_costs, uncertain_prices
from aisim.scenario import Study

#: Scenarios of prices that are drawn.
DRAWS = 2_000
#: A candidate's name and a commitment level.
Level = tuple[str, str]


def drawn_costs(study: Study, bills: Mapping[str, Bill], prices: Prices) -> dict[Level, Flow]:
    """Present cost by candidate and level, in each scenario; empty where no price has a range."""
    cases: dict[Level, Case] = {}
    for name, bill in bills.items():
        assert bill.used is not None
        for level, candidate in at_levels(study.candidates[name], prices).items():
            cases[name, level] = (candidate, bill.used)
    ranges = uncertain_prices(cases, prices)
    if not ranges:
        return {}
    return present_costs(cases, prices, drawn(ranges, DRAWS, study.run.seed))


def cheaper_share(costs: Mapping[Level, Flow], own: Level, other: Level) -> float | None:
    """Share of the scenarios in which one costs less than the other; None without any."""
    return float((costs[own] < costs[other]).mean()) if costs else None
