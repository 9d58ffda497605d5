"""Bills made by hand: candidates of the small study, and what they are said to have used."""

from collections.abc import Mapping
from typing import Any

from aisim.cost import Bill, Charge
from aisim.cost.bill import bill_of
from aisim.cost.energy import Energy
from aisim.cost.prices import Prices
from aisim.cost.used import GroupUse, Served, Used, standing_use
from aisim.scenario import parse_study
from aisim.scenario.candidate import Candidate
from aisim.scenario.economics import Economics
from tests.small import small_data

MONTH_H = 730.0


def candidate_of(
    name: str,
    site: Mapping[str, Any] | None = None,
    machines: Mapping[str, Any] | None = None,
    costs: Mapping[str, Any] | None = None,
) -> Candidate:
    """A candidate of the small study, its site and its machines changed."""
    data = small_data()
    chosen = data["candidates"][name]
    for part, changes in (("sites", site), ("machines", machines)):
        for declared in chosen[part].values():
            declared |= dict(changes or {})
    chosen["costs"] = dict(costs or {})
    return parse_study(data).candidates[name]


def use_of(candidate: Candidate, served: Served | None = None, **group: Any) -> Used:
    """All machines all the time, unless said otherwise."""
    (name,) = candidate.machines
    count = candidate.machines[name].count
    facts = {
        "held_h": count * MONTH_H,
        "shares": (1.0,) * count,
        "busy_share": 0.5,
        "energy": Energy(1000.0, "", ()),
    }
    return Used({name: GroupUse(**{**facts, **group})}, {}, served or Served())


def bill_by_hand(candidate: Candidate, use: Used | None = None, **economics: Any) -> Bill:
    """The bill of what was used, of a standing month where that is not said."""
    prices = Prices.of(Economics(**economics))
    return bill_of(use or standing_use(candidate, 0.5), candidate, prices)


def named(account: Bill, category: str, resource: str = "") -> list[Charge]:
    """The charges of a category whose resource has these words."""
    return [x for x in account.charges if x.category == category and resource in x.resource]


def one(account: Bill, category: str, resource: str = "") -> Charge:
    """The only such charge."""
    (found,) = named(account, category, resource)
    return found


def month_of(account: Bill, category: str, resource: str = "") -> float:
    """What a month bears of such charges."""
    return float(
        sum(x.usd_per_month(account.economics) for x in named(account, category, resource))
    )
