"""The answer of a study as plain data, the same for a terminal, a script and a file."""

from collections.abc import Sequence
from math import isclose
from typing import Any

from aisim.cost import CATEGORIES, Bill
from aisim.cost.cloud import level_price
from aisim.cost.prices import Prices
from aisim.language import say
from aisim.performance.machines import machine_shape
from aisim.planning.cash import cash_figures
from aisim.results import Run, Unbalanced, figures
from aisim.results.run import USUAL
from aisim.scenario import Candidate, Study
from aisim.scenario.machines import CloudMachines, OwnMachines


def candidate_answer(
    candidate: Candidate, run: Run, bill: Bill, broken: Sequence[str] = ()
) -> dict[str, Any]:
    """All figures of one candidate; what is not defined is None, `broken` are limits it breaks."""
    return {
        **figures(run),
        "gpus": _gpus(candidate, run),
        "partial": run.partial,
        "broken_limits": list(broken),
        "cost": {
            "usd_per_month": bill.usd_per_month,
            "usd_per_million_output_tokens": bill.usd_per_million_output_tokens,
            "usd_per_million_input_tokens": bill.usd_per_million_input_tokens,
            "usd_per_1000_requests": bill.usd_per_1000_requests,
            "usd_per_1000_kept_requests": bill.usd_per_1000_kept_requests,
            "busy_usd_per_million_output_tokens": bill.busy_usd_per_million_output_tokens,
            "busy_usd_per_million_input_tokens": bill.busy_usd_per_million_input_tokens,
            **cash_figures(bill),
            "excluded": list(bill.excluded),
            "included": {site: list(held) for site, held in bill.included.items()},
            "by_category": _by_category(bill),
            "estimated_share": _estimated_share(bill),
        },
        "energy": _energy(bill),
        "notes": list(run.notes),
    }


def whole_answer(
    study: Study, candidates: dict[str, dict[str, Any]], represents: str | None, partial: bool
) -> dict[str, Any]:
    """The answer of one replication, of the answers of its candidates."""
    return {
        "study": study.name,
        "seed": study.run.seed,
        "replications": 1,
        "partial": partial,
        "represents": represents,
        "caveats": caveats(study),
        "candidates": candidates,
        "differences": differences(candidates),
    }


def caveats(study: Study) -> list[str]:
    """What makes the month another than the measured time, for the planner to know."""
    return [*_owned_caveats(study), *_price_caveats(study), *_day_caveats(study)]


def _price_caveats(study: Study) -> list[str]:
    """Prices of the planner's own that are above what the catalog lists on demand."""
    prices = Prices.of(study.economics)
    found: list[str] = []
    for candidate, declared in study.candidates.items():
        for name, group in declared.machines.items():
            if isinstance(group, CloudMachines) and group.price != "on_demand":
                own = level_price(declared, name, group.price, prices)
                listed = level_price(declared, name, "on_demand", prices)
                if own is not None and listed is not None and own.typical > listed.typical:
                    dear = say(
                        "{group} is paid {own:g} USD an hour ({level}), more than {listed:g} on "
                        "demand",
                        group=f"{candidate}.machines.{name}", own=own.typical,
                        level=group.price, listed=listed.typical,
                    )  # fmt: skip
                    found.append(dear)
    return found


def _owned_caveats(study: Study) -> list[str]:
    """Machines that are owned and do not last as long as the years looked at."""
    return [
        say(
            "{group} lasts {left:g} more years; what replaces it in the {years} years looked at "
            "is not in the cost",
            group=f"{candidate}.machines.{name}",
            left=owned.years_left,
            years=study.economics.years,
        )
        for candidate, declared in study.candidates.items()
        for name, group in declared.machines.items()
        if isinstance(group, OwnMachines)
        and (owned := group.already_owned) is not None
        and owned.years_left < study.economics.years
    ]


def _day_caveats(study: Study) -> list[str]:
    if study.run.represents == "week":
        return []
    by_day = [
        f"{candidate}.pools.{name}"
        for candidate, declared in study.candidates.items()
        for name, pool in declared.pools.items()
        if pool.runs.kind == "hours" and any("mon-sun" not in text for text in pool.runs.hours)
    ]
    return [
        say(
            "{pool} keeps hours that differ by weekday, but a {what} stands for the whole month; "
            "simulate a week (run.represents: week)",
            pool=name,
            what=say(USUAL[study.run.represents]),
        )
        for name in by_day
    ]


def _gpus(candidate: Candidate, run: Run) -> dict[str, int]:
    """GPUs of all machines, and those that a replica uses: the others are paid and idle."""
    machines = candidate.machines.items()
    return {
        "in_machines": sum(machine_shape(candidate, n).gpus * group.count for n, group in machines),
        "in_replicas": sum(pool.replicas * pool.gpus_per_replica for pool in run.pools.values()),
    }


def _energy(bill: Bill) -> dict[str, float | None]:
    """Electricity of a month, and what the grid emits and uses for it."""
    carbon = bill.carbon
    return {
        "kwh_per_month": carbon.kwh if carbon else None,
        "kg_co2e_per_month": carbon.kg_co2e if carbon else None,
        "water_l_per_month": carbon.water_l if carbon else None,
    }


def _by_category(bill: Bill) -> dict[str, float]:
    """The month by category.

    Raises:
        Unbalanced: the categories, and with them the ledger, do not add up to the headline.
    """
    totals = dict.fromkeys(CATEGORIES, 0.0)
    for charge, usd in zip(bill.charges, bill.by_charge, strict=True):
        if charge.category in totals:
            totals[charge.category] += usd
    if not isclose(sum(totals.values()), bill.usd_per_month or 0.0, rel_tol=1e-9, abs_tol=1e-6):
        raise Unbalanced(
            f"{sum(totals.values()):,.2f} USD in the ledger, {bill.usd_per_month} in the summary"
        )
    paid = {charge.category for charge in bill.charges}
    return {category: usd for category, usd in totals.items() if category in paid}


def _estimated_share(bill: Bill) -> float | None:
    """Share of the month whose price or quantity is an estimate."""
    if not bill.usd_per_month:
        return None
    charged = zip(bill.charges, bill.by_charge, strict=True)
    estimated = sum(usd for charge, usd in charged if charge.quality == "estimate")
    return estimated / bill.usd_per_month


def differences(candidates: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What each candidate has more than each before it, figure by figure, where both have it."""
    names = list(candidates)
    found: dict[str, Any] = {}
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            found[f"{second} - {first}"] = _difference(candidates[first], candidates[second])
    return found


def _difference(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    both: dict[str, Any] = {}
    for key, value in first.items():
        other = second.get(key)
        if key == "bottleneck":
            continue
        if isinstance(value, dict) and isinstance(other, dict):
            inner = _difference(value, other)
            if inner:
                both[key] = inner
        elif _is_number(value) and _is_number(other):
            both[key] = other - value
        elif {type(value), type(other)} <= {int, float, type(None)}:
            both[key] = None
    return both


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
