"""What limits a candidate."""

from typing import Any, NamedTuple

import numpy as np

from aisim.results.run import Run
from aisim.workload.table import Floats, Ints, among

TAIL_PERCENTILE = 90
LEAST_WAITING = 0.1
LARGE_SHARE = 0.4


class Bottleneck(NamedTuple):
    """The component that limits, and why it is said to."""

    component: str | None
    reason: str


def bottleneck(run: Run) -> Bottleneck:
    """The component with the largest share of waiting among the slowest tenth of the requests.

    Where waiting is under a tenth of their time, what counts is service: a link or a device that
    takes a large share of the time to the first token, else the GPUs.
    """
    spent = run.latencies
    done = np.flatnonzero(spent.rows)[spent.completed]
    if not len(done):
        return _stuck(run)
    e2e = spent.e2e_s[spent.completed]
    is_slow = e2e >= np.percentile(e2e, TAIL_PERCENTILE)
    slowest, total = done[is_slow], float(e2e[is_slow].sum())
    if total <= 0:
        return Bottleneck(None, "requests take no time")
    waits = {name: _sum(run, f"wait_{name}_s", slowest) / total for name in run.components}
    worst = max(waits, key=lambda name: waits[name])
    if waits[worst] >= LEAST_WAITING:
        return Bottleneck(
            worst,
            f"waiting for {_kind(run, worst)} is {waits[worst]:.0%} of the time of the slowest "
            f"tenth of the requests{_why_waiting(run, worst)}",
        )
    return _slow_start(run, done) or _service(run, slowest, total)


def _sum(run: Run, column: str, rows: Ints) -> float:
    return float(run.requests[column].to_numpy()[rows].sum())


def _slow_start(run: Run, done: Ints) -> Bottleneck | None:
    """A link or device that takes a large share of the time to the first token."""
    total = _sum(run, "first_token_s", done) - _sum(run, "arrival_s", done)
    before = [name for name, kind in run.components.items() if kind in ("link", "storage")]
    if not before or total <= 0:
        return None
    spent = {name: _until_dispatch(run, name, done) / total for name in before}
    worst = max(spent, key=lambda name: spent[name])
    if spent[worst] < LARGE_SHARE:
        return None
    return Bottleneck(
        worst,
        f"{_kind(run, worst)} takes {spent[worst]:.0%} of the time to the first token",
    )


def _until_dispatch(run: Run, name: str, rows: Ints) -> float:
    """Seconds at a component, at most those before the request reached a replica or an API."""
    columns = (f"wait_{name}_s", f"service_{name}_s", "dispatched_s", "arrival_s")
    wait, service, dispatched, arrival = (run.requests[c].to_numpy()[rows] for c in columns)
    spent: Floats = wait + service
    before = dispatched - arrival
    return float(np.minimum(spent, np.where(np.isnan(before), spent, before)).sum())


def _service(run: Run, slowest: Ints, total: float) -> Bottleneck:
    service = {name: _sum(run, f"service_{name}_s", slowest) / total for name in run.components}
    worst = max(service, key=lambda name: service[name])
    what = "GPU service" if run.components[worst] == "pool" else "service"
    return Bottleneck(
        worst,
        f"{what} itself is {service[worst]:.0%} of the time of the slowest tenth of the requests, "
        f"waiting {1 - sum(service.values()):.0%}",
    )


def _why_waiting(run: Run, name: str) -> str:
    if name in run.apis:
        return f"; its rate limit answered 429 to {run.apis[name].retries:,} sends"
    rule = run.pools[name].runs if name in run.pools else "always"
    return "" if rule == "always" else f"; it runs {rule}, so some waited for it to open or start"


def _stuck(run: Run) -> Bottleneck:
    """Nothing completed: where the requests are held."""
    if not len(run.requests):
        return Bottleneck(None, "no request arrived")
    if not among(run.requests["status"], "unfinished").any():
        return _given_up(run)
    held: dict[Any, Any] = run.series.iloc[-1].to_dict() if len(run.series) else {}
    parts = ("waiting", "in_flight", "flows", "flows_up")
    levels = {
        name: sum(held.get(f"{name}.{part}", 0.0) for part in parts) for name in run.components
    }
    worst = max(levels, key=lambda name: levels[name])
    return Bottleneck(worst, f"nothing completed; {levels[worst]:.0f} requests are held there")


def _given_up(run: Run) -> Bottleneck:
    """No request is left, and none completed: the API where most of them failed."""
    failed = run.requests[among(run.requests["status"], "failed")]
    if failed.empty:
        return Bottleneck(None, "every request was rejected")
    worst = str(failed["pool"].mode()[0])
    reason = str(failed["reason"].mode()[0])
    return Bottleneck(worst, f"nothing completed; requests failed there: {reason}")


def _kind(run: Run, name: str) -> str:
    noun = {
        "link": "the link", "storage": "the storage device", "pool": "the pool", "api": "the API"
    }  # fmt: skip
    return f"{noun[run.components[name]]} {name}"
