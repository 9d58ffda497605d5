"""The answer of a study as plain data, the same for a terminal, a script and a file."""

from typing import Any

from aisim.cost import Bill
from aisim.performance.placement import machine_shape
from aisim.results import Run, figures
from aisim.scenario import Candidate


def candidate_answer(candidate: Candidate, run: Run, bill: Bill) -> dict[str, Any]:
    """All figures of one candidate; what is not defined is None."""
    return {
        **figures(run),
        "gpus": {
            "paid": sum(
                machine_shape(candidate, name).gpus * group.count
                for name, group in candidate.machines.items()
            ),
            "used": sum(pool.replicas * pool.gpus_per_replica for pool in run.pools.values()),
        },
        "partial": run.partial,
        "cost": {
            "usd_per_month": bill.usd_per_month,
            "usd_per_million_output_tokens": bill.usd_per_million_output_tokens,
            "usd_per_1000_requests": bill.usd_per_1000_requests,
            "excluded": list(bill.excluded),
            "included": {site: list(held) for site, held in bill.included.items()},
            "by_category": _by_category(bill),
            "estimated_share": _estimated_share(bill),
        },
        "notes": list(run.notes),
    }


def _by_category(bill: Bill) -> dict[str, float]:
    totals: dict[str, float] = {}
    for line in bill.lines:
        totals[line.category] = totals.get(line.category, 0.0) + line.usd
    return totals


def _estimated_share(bill: Bill) -> float | None:
    """Share of the month whose price or quantity is an estimate."""
    if not bill.usd_per_month:
        return None
    return sum(line.usd for line in bill.lines if line.quality == "estimate") / bill.usd_per_month


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
