"""What a simulation says of a number of own machines."""

from typing import TypedDict

from aisim.cost.used import Used
from aisim.planning.base_choice import SimulatedBase
from aisim.planning.base_load import served_by
from aisim.planning.base_overflow import api_usd_per_month
from aisim.planning.hybrid import Hybrid
from aisim.results import Run, completed_in_window, figures
from aisim.workload.table import among


class _Overflow(TypedDict):
    rented_machine_h: float | None
    at_limit_share: float | None
    api_requests_share: float | None
    api_tokens_share: float | None
    api_usd_per_month: float | None


def simulated_base(hybrid: Hybrid, base: int, run: Run, use: Used, usd: float) -> SimulatedBase:
    """Its cost, what it promised and kept, and what went to the overflow."""
    found = figures(run)
    kept = [p["kept"] for level in found["service_level"].values() for p in level.values()]
    judged = [one for one in kept if one is not None]
    own = use.groups.get(hybrid.own_group)
    return SimulatedBase(
        machines=base,
        usd_per_month=usd,
        promises_kept=all(judged) if judged else None,
        overloaded=found["overloaded"],
        ttft_p95_s=found["ttft_s"]["p95"],
        **(_sent(hybrid, run, use) if hybrid.is_sent else _rented(hybrid, use)),
        own_busy_share=None if own is None else own.busy_share,
    )


def _rented(hybrid: Hybrid, use: Used) -> _Overflow:
    rented = use.groups[hybrid.behind_group]
    return {
        "rented_machine_h": rented.held_h,
        "at_limit_share": rented.shares[-1],
        "api_requests_share": None,
        "api_tokens_share": None,
        "api_usd_per_month": None,
    }


def _sent(hybrid: Hybrid, run: Run, use: Used) -> _Overflow:
    """What the API answered, of the completed requests that own machines may serve."""
    table = run.requests
    of_own = completed_in_window(run) & among(table["traffic"], *served_by(hybrid, hybrid.own))
    there = of_own & among(table["pool"], hybrid.behind)
    tokens = (table["input_tokens"] + table["output_tokens"]).to_numpy()
    requests, all_tokens = int(of_own.sum()), float(tokens[of_own].sum())
    return {
        "rented_machine_h": None,
        "at_limit_share": None,
        "api_requests_share": int(there.sum()) / requests if requests else None,
        "api_tokens_share": float(tokens[there].sum()) / all_tokens if all_tokens else None,
        "api_usd_per_month": api_usd_per_month(hybrid, use.apis[hybrid.behind]),
    }
