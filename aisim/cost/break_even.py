"""Break-even: how busy a candidate's own capacity must be to cost less than one that is rented."""

from collections.abc import Mapping
from dataclasses import dataclass

from aisim.cost.bill import Bill, bill_of
from aisim.cost.charge import months_of
from aisim.cost.cloud import TERMS, level_price
from aisim.cost.prices import Prices
from aisim.cost.schedule import Following, Monthly, Prepaid
from aisim.cost.used import standing_use
from aisim.scenario.candidate import Candidate
from aisim.scenario.machines import CloudMachines, OwnMachines
from aisim.scenario.pools import OnDemand
from aisim.scenario.study import MONTH_H

#: Levels that change what is paid and not what happens; spot machines would be simulated anew.
LEVELS = ("on_demand", *TERMS)
DECLARED = "declared"


@dataclass(frozen=True)
class BreakEven:
    """Where two candidates cost the same.

    Attributes:
        value: the share of the hours, or of the simulated traffic; None where there is none.
        of: "hours" that rented machines run, or the "traffic" that an API is paid for.
        never: whether it lies beyond what is possible: more than all hours.
        standing_usd: what `own` costs a month in any case, less the other's costs beside its
            machines or tokens.
        rented_usd: a month of all hours of the other's machines, or of its tokens, less `own`
            energy of that load.
    """

    value: float | None
    of: str
    never: bool
    standing_usd: float
    rented_usd: float


def at_levels(candidate: Candidate, prices: Prices) -> dict[str, Candidate]:
    """A candidate at each commitment level that all its rented machines have a price for."""
    rented = {n: g for n, g in candidate.machines.items() if isinstance(g, CloudMachines)}
    found = {DECLARED: candidate}
    for level in LEVELS if rented else ():
        if all(level_price(candidate, name, level, prices) for name in rented):
            found[level] = at_level(candidate, level)
    return found


def at_level(candidate: Candidate, level: str) -> Candidate:
    """The same candidate, all its rented machines paid at one level."""
    machines = {
        name: group
        if not isinstance(group, CloudMachines) or group.price == level
        else group.model_copy(update={"price": level, "committed": None, "usd_per_hour": None})
        for name, group in candidate.machines.items()
    }
    return candidate.model_copy(update={"machines": machines})


def break_even(
    own: Bill, declared: Candidate, other: Bill, against: Candidate, prices: Prices
) -> BreakEven | None:
    """Where `own` costs the same as `other`; None where `own` has no machines of its own.

    Against rented machines: the share u of all hours that they run. They cost u times their rate,
    `own` costs the same in any case but for what moves with its load (energy, tokens, machines on
    demand), which is as simulated at the share of the hours that was simulated:
    u = (standing cost of own - other costs of the rented) / (rate of all hours - energy of load).
    Against an API: the share of the simulated traffic at which its tokens, and what else is counted
    by traffic, cost as much.
    """
    if not any(isinstance(group, OwnMachines) for group in declared.machines.values()):
        return None
    idle = _energy_usd(declared, 0.0, prices)
    load = _by_category(own, "energy") - idle + _moving_usd(own, declared)
    rented = {n: g for n, g in against.machines.items() if isinstance(g, CloudMachines)}
    standing = (own.usd_per_month or 0.0) - load
    if rented:
        rate = sum(_rate(against, name, prices) * g.count for name, g in rented.items()) * MONTH_H
        hours_usd = _rented_usd(other, set(rented))
        surcharges, traffic = _follows_usd(other), _traffic_usd(other)
        other_costs = (other.usd_per_month or 0.0) - hours_usd - surcharges - traffic
        rate *= 1 + (surcharges / hours_usd if hours_usd else 0.0)
        held = _held_share(other, rented)
        moving = (load - traffic) / held if held else 0.0
        return _share(standing - other_costs, rate - moving, "hours")
    if against.apis and not against.machines:
        traffic = _traffic_usd(other)
        other_costs = (other.usd_per_month or 0.0) - traffic
        return _share(standing - other_costs, traffic - load, "traffic")
    return None


def _share(standing: float, saved: float, of: str) -> BreakEven:
    if saved <= 0:
        return BreakEven(None, of, True, standing, saved)
    value = max(standing / saved, 0.0)
    return BreakEven(value, of, of == "hours" and value > 1, standing, saved)


def _moving_usd(bill: Bill, candidate: Candidate) -> float:
    """What moves with the load beside energy: tokens, egress, hours of machines on demand."""
    started = {p.machines for p in candidate.pools.values() if isinstance(p.runs, OnDemand)}
    charged = zip(bill.charges, bill.by_charge, strict=True)
    return _traffic_usd(bill) + sum(
        usd
        for charge, usd in charged
        if charge.unit == "machine-hour"
        and charge.pricing in ("Standard", "Dynamic")
        and charge.resource.partition(":")[0] in started
    )


def _traffic_usd(bill: Bill) -> float:
    """What is counted by what is served."""
    charged = zip(bill.charges, bill.by_charge, strict=True)
    return sum(usd for charge, usd in charged if charge.by_traffic)


def _follows_usd(bill: Bill) -> float:
    """Surcharges on other charges."""
    charged = zip(bill.charges, bill.by_charge, strict=True)
    return sum(usd for charge, usd in charged if isinstance(charge.schedule, Following))


def _held_share(other: Bill, rented: Mapping[str, CloudMachines]) -> float:
    """Share of all hours that the rented machines were held in the simulation."""
    assert other.used is not None
    held_h = sum(other.used.groups[name].held_h for name in rented)
    return held_h / (sum(group.count for group in rented.values()) * MONTH_H)


def _rate(candidate: Candidate, name: str, prices: Prices) -> float:
    group = candidate.machines[name]
    assert isinstance(group, CloudMachines)
    price = level_price(candidate, name, group.price, prices)
    assert price is not None
    # As the bill has it: the mean over the years, with the changes of prices.
    economics = prices.economics
    change = economics.price_change_per_year.get("compute", 0.0)
    schedule = Prepaid(TERMS[group.price]) if group.price in TERMS else Monthly()
    entries = schedule.entries(float(price.value), months_of(economics), change)
    hour_usd = float(sum(entry.effective_usd for entry in entries)) / months_of(economics)
    if group.price not in TERMS or group.committed is None or group.committed >= group.count:
        return hour_usd
    # The machines beyond the commitment are on demand.
    share = group.committed / group.count
    return share * hour_usd + (1 - share) * _rate(at_level(candidate, "on_demand"), name, prices)


def _rented_usd(bill: Bill, groups: set[str]) -> float:
    """What a month of the hours of these machine groups costs."""
    charged = zip(bill.charges, bill.by_charge, strict=True)
    return sum(
        usd
        for charge, usd in charged
        if charge.category == "compute"
        and charge.unit == "machine-hour"
        and charge.resource.partition(":")[0] in groups
    )


def _energy_usd(candidate: Candidate, load: float, prices: Prices) -> float:
    """Electricity of a month in which all own machines run at a load."""
    return _by_category(bill_of(standing_use(candidate, load), candidate, prices), "energy")


def _by_category(bill: Bill, category: str) -> float:
    charged = zip(bill.charges, bill.by_charge, strict=True)
    return sum(usd for charge, usd in charged if charge.category == category)
