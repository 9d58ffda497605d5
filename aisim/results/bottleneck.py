"""What limits a candidate."""

from typing import Any, NamedTuple

import numpy as np

from aisim.language import Sentence, say
from aisim.results.run import Run
from aisim.workload.table import Floats, Ints, among

TAIL_PERCENTILE = 90
LEAST_WAITING = 0.1
LARGE_SHARE = 0.4


class Bottleneck(NamedTuple):
    """The component that limits, and why it is said to."""

    component: str | None
    reason: Sentence


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
        return Bottleneck(None, say("requests take no time"))
    waits = {name: _sum(run, f"wait_{name}_s", slowest) / total for name in run.components}
    worst = max(waits, key=lambda name: waits[name])
    if waits[worst] >= LEAST_WAITING:
        found = say(
            "waiting for {what} is {share:.0%} of the time of the slowest tenth of the requests",
            what=_kind(run, worst),
            share=waits[worst],
        )
        return Bottleneck(worst, _why_waiting(run, worst, found))
    return _slow_start(run, done) or _service(run, slowest, total)


def _sum(run: Run, column: str, rows: Ints) -> float:
    return float(run.rows[column][rows].sum())


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
    what, share = _kind(run, worst), spent[worst]
    reason = say("{what} takes {share:.0%} of the time to the first token", what=what, share=share)
    return Bottleneck(worst, reason)


def _until_dispatch(run: Run, name: str, rows: Ints) -> float:
    """Seconds at a component, at most those before the request reached a replica or an API."""
    columns = (f"wait_{name}_s", f"service_{name}_s", "dispatched_s", "arrival_s")
    wait, service, dispatched, arrival = (run.rows[c][rows] for c in columns)
    spent: Floats = wait + service
    before = dispatched - arrival
    return float(np.minimum(spent, np.where(np.isnan(before), spent, before)).sum())


def _service(run: Run, slowest: Ints, total: float) -> Bottleneck:
    service = {name: _sum(run, f"service_{name}_s", slowest) / total for name in run.components}
    worst = max(service, key=lambda name: service[name])
    # sums of floats pass 1 by a hair
    shares = {"share": service[worst], "waiting": max(0.0, 1 - sum(service.values()))}
    if run.components[worst] == "pool":
        reason = say(
            "GPU service itself is {share:.0%} of the time of the slowest tenth of the requests, "
            "waiting {waiting:.0%}",
            **shares,
        )
    else:
        reason = say(
            "service itself is {share:.0%} of the time of the slowest tenth of the requests, "
            "waiting {waiting:.0%}",
            **shares,
        )
    return Bottleneck(worst, reason)


def _why_waiting(run: Run, name: str, found: Sentence) -> Sentence:
    """What was found, with its cause where one is known."""
    if name in run.apis:
        retries = run.apis[name].retries
        return say(
            "{found}; its rate limit answered 429 to {retries:,} sends",
            found=found,
            retries=retries,
        )
    rule = run.pools[name].runs if name in run.pools else "always"
    if rule == "always":
        return found
    return say("{found}; it runs {rule}, so some waited for it to open or start",
               found=found, rule=say(rule))  # fmt: skip


def _stuck(run: Run) -> Bottleneck:
    """Nothing completed: where the requests are held."""
    if not run.rows.height:
        return Bottleneck(None, say("no request arrived"))
    if not among(run.rows["status"], "unfinished").any():
        return _given_up(run)
    held: dict[Any, Any] = {n: c[-1] for n, c in run.samples.items()} if run.samples.height else {}
    parts = ("waiting", "in_flight", "flows", "flows_up")
    levels = {
        name: sum(held.get(f"{name}.{part}", 0.0) for part in parts) for name in run.components
    }
    worst = max(levels, key=lambda name: levels[name])
    reason = say("nothing completed; {held:.0f} requests are held there", held=levels[worst])
    return Bottleneck(worst, reason)


def _given_up(run: Run) -> Bottleneck:
    """No request is left, and none completed: the API where most of them failed."""
    failed = run.requests[among(run.rows["status"], "failed")]
    if failed.empty:
        return Bottleneck(None, say("every request was rejected"))
    worst = str(failed["pool"].mode()[0])
    why = run.in_words(failed["reason"].mode()[0])
    return Bottleneck(worst, say("nothing completed; requests failed there: {why}", why=why))


def _kind(run: Run, name: str) -> Sentence:
    match run.components[name]:
        case "link":
            return say("the link {name}", name=name)
        case "storage":
            return say("the storage device {name}", name=name)
        case "api":
            return say("the API {name}", name=name)
        case _:
            return say("the pool {name}", name=name)
