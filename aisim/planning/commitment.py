"""How many rented machines to commit, from the time that each of them is held.

A commitment is paid whether the machine runs or not. The k-th machine is worth it while the share
of the time in which at least k are held, L(k - 1) of the load-duration curve, exceeds
price committed / price on demand (the newsvendor's rule). What is paid does not change how
requests are served: one simulation prices every level, no other is needed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from aisim.cost.bill import bill_of
from aisim.cost.cloud import TERMS, level_price
from aisim.cost.price_list import Quote
from aisim.cost.prices import Prices
from aisim.cost.schedule import YEAR
from aisim.cost.used import Used, used
from aisim.planning.bad_input import BadInput
from aisim.planning.compare import OnProgress, chosen_candidates
from aisim.scenario import Candidate, Study
from aisim.scenario.machines import CloudMachines
from aisim.scenario.sites import CloudSite
from aisim.simulation import simulate
from aisim.workload import draw_requests

#: More machines than this are priced in steps, the optimum and its neighbours one by one.
MOST_BILLS = 200


@dataclass(frozen=True, slots=True)
class Term:
    """What one commitment comes to.

    Attributes:
        level: commit_1y or commit_3y.
        usd_per_machine_hour: its price.
        ratio: its price by the price on demand: the share of the time from which on it is worth it.
        machines: how many to commit, by the rule.
        usd_per_month: whole bill of the candidate at that number.
        saved_usd_per_month: what it saves against none committed.
        at_machines: numbers of machines committed.
        at_usd_per_month: whole bill at each of those numbers.
    """

    level: str
    usd_per_machine_hour: float
    ratio: float
    machines: int
    usd_per_month: float
    saved_usd_per_month: float
    at_machines: tuple[int, ...]
    at_usd_per_month: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CommitmentChoice:
    """The best number of machines to commit, by term.

    Attributes:
        study: name of the study.
        candidate: name of the candidate.
        group: the rented machines.
        count: how many of them there are at most.
        shares: share of the time in which at least 1, 2, ... were held.
        on_demand_usd_per_machine_hour: price without a commitment.
        on_demand_usd_per_month: whole bill of the candidate with none committed.
        terms: each commitment that has a price.
        level: the level that costs least: on_demand where no commitment is worth it.
        machines: how many to commit at that level.
        partial: whether the simulation was stopped before its end.
        notes: what a reader must know.
    """

    study: str
    candidate: str
    group: str
    count: int
    shares: tuple[float, ...]
    on_demand_usd_per_machine_hour: float
    on_demand_usd_per_month: float
    terms: tuple[Term, ...]
    level: str
    machines: int
    partial: bool
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold; the keys are the names of the fields."""
        return asdict(self)


def optimal_commitment(
    study: Study,
    candidate: str,
    group: str | None = None,
    *,
    on_progress: OnProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> CommitmentChoice:
    """How many machines of a rented group to commit for one and for three years.

    A spot group or capacity block is looked at as if it were on demand: never taken back.

    Args:
        study: the question.
        candidate: name of a candidate with rented machines.
        group: which of them; left out, the only one.
        on_progress: told the candidate's name and the share of it that is done.
        cancelled: asked now and then; when true, the answer is of what was simulated so far.

    Raises:
        InvalidStudy: an unknown candidate, or pools that do not fit on their machines.
        BadInput: no such rented group, or one without a price on demand, or stopped too early.
    """
    declared = chosen_candidates(study, (candidate,))[candidate]
    group = rented_group(candidate, declared, group)
    run = simulate(
        at_level(declared, group, "on_demand"),
        draw_requests(study),
        study.run.seed,
        name=candidate,
        on_progress=None if on_progress is None else lambda done: on_progress(candidate, done),
        cancelled=cancelled,
        saturate=False,
    )
    if run.window_s <= 0:
        raise BadInput(f"{candidate}: stopped in the warm-up, before anything was measured")
    use = used(run, declared, study.economics)
    found = commitment_of(study, candidate, declared, group, use)
    return replace(found, partial=run.partial, notes=(*run.notes, *found.notes))


def rented_group(name: str, candidate: Candidate, group: str | None) -> str:
    """The rented group that is meant.

    Raises:
        BadInput: there is none, or none of that name, or several and no name.
    """
    rented = [n for n, g in candidate.machines.items() if isinstance(g, CloudMachines)]
    there = f"rented there: {', '.join(rented) or 'none'}"
    if not rented:
        raise BadInput(
            f"{name} has no rented machines: there is no base to size and nothing to commit"
        )
    if group is None and len(rented) > 1:
        raise BadInput(f"{name}: name the group; {there}")
    if group is not None and group not in rented:
        raise BadInput(f"{name}: no rented machines named {group!r}; {there}")
    return rented[0] if group is None else group


def at_level(candidate: Candidate, group: str, level: str, committed: int = 0) -> Candidate:
    """The candidate with one group paid at a level; its own price holds for its own level alone."""
    declared = candidate.machines[group]
    assert isinstance(declared, CloudMachines)
    own = declared.usd_per_hour if declared.price == level else None
    update = {"price": level, "committed": committed, "usd_per_hour": own}
    machines = {**candidate.machines, group: declared.model_copy(update=update)}
    return candidate.model_copy(update={"machines": machines})


def commitment_of(
    study: Study, name: str, candidate: Candidate, group: str, use: Used
) -> CommitmentChoice:
    """The best commitment for what was used.

    Raises:
        BadInput: the group has no price on demand.
        BadPriceList: the study's price list cannot be used.
    """
    prices = _with_own_price(candidate, group, Prices.of(study.economics))
    listed = level_price(at_level(candidate, group, "on_demand"), group, "on_demand", prices)
    if listed is None:
        raise BadInput(f"{name}: machines.{group} has no price on demand")
    on_demand, shares = float(listed.value), use.groups[group].shares

    def month(level: str, committed: int) -> float:
        priced = at_level(candidate, group, level, committed)
        return bill_of(use, priced, prices).usd_per_month or 0.0

    none, found = month("on_demand", 0), []
    for level in TERMS:
        price = level_price(at_level(candidate, group, level), group, level, prices)
        if price is not None:
            found.append(_term(level, float(price.value), on_demand, shares, none, month))
    level, machines = _cheapest(found)
    return CommitmentChoice(
        study=study.name,
        candidate=name,
        group=group,
        count=len(shares),
        shares=shares,
        on_demand_usd_per_machine_hour=on_demand,
        on_demand_usd_per_month=none,
        terms=tuple(found),
        level=level,
        machines=machines,
        partial=False,
        notes=tuple(_notes(study, candidate, group, found)),
    )


def _cheapest(terms: list[Term]) -> tuple[str, int]:
    """The level that costs least, and how many to commit at it."""
    worth = [term for term in terms if term.machines]
    best = min(worth, key=lambda term: term.usd_per_month, default=None)
    return ("on_demand", 0) if best is None else (best.level, best.machines)


def _with_own_price(candidate: Candidate, group: str, prices: Prices) -> Prices:
    """A price of the planner's own for the group on demand also holds beyond a commitment."""
    declared = candidate.machines[group]
    site = candidate.sites[declared.site]
    assert isinstance(declared, CloudMachines)
    assert isinstance(site, CloudSite)
    if declared.price != "on_demand" or declared.usd_per_hour is None:
        return prices
    key = f"cloud / {site.provider} / {site.region} / {declared.instance} / on_demand"
    quote = Quote(key, None, declared.usd_per_hour, None, "machine-hour", "USD", "the study", "")
    return replace(prices, quotes={**prices.quotes, key: quote})


def _term(
    level: str,
    price: float,
    on_demand: float,
    shares: tuple[float, ...],
    none: float,
    month: Callable[[str, int], float],
) -> Term:
    machines = committed_by_rule(shares, price / on_demand)
    at = tuple(_steps(len(shares), machines))
    usd = tuple(month(level, k) for k in at)
    cost = usd[at.index(machines)]
    return Term(
        level=level,
        usd_per_machine_hour=price,
        ratio=price / on_demand,
        machines=machines,
        usd_per_month=cost,
        saved_usd_per_month=none - cost,
        at_machines=at,
        at_usd_per_month=usd,
    )


def committed_by_rule(shares: Sequence[float], ratio: float) -> int:
    """Machines that are held for a greater share of the time than the ratio of the prices."""
    return sum(share > ratio for share in shares)


def _steps(count: int, machines: int) -> list[int]:
    """Numbers of machines to price: all of them, or some and those about the optimum."""
    every = -(-count // MOST_BILLS) or 1
    near = {k for k in (machines - 1, machines, machines + 1) if 0 <= k <= count}
    return sorted({*range(0, count + 1, every), count} | near)


def _notes(study: Study, candidate: Candidate, group: str, terms: list[Term]) -> Iterator[str]:
    declared = candidate.machines[group]
    assert isinstance(declared, CloudMachines)
    if declared.price in ("spot", "capacity_block"):
        yield f"{group}: {declared.price} as declared, looked at as if on demand"
    for term in terms:
        if TERMS[term.level] > study.economics.years * YEAR:
            yield f"{term.level}: binds beyond the {study.economics.years} years looked at"
    for level in TERMS:
        if level not in {term.level for term in terms}:
            yield f"{group}: {declared.instance} has no price {level}"
