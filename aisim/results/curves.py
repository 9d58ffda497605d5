"""What charts are drawn from: the latency distribution, levels over time, where time is spent."""

import numpy as np
import pandas as pd

from aisim.results.columns import usage_rows
from aisim.results.figures import MEASURES
from aisim.results.run import Run
from aisim.workload.table import Floats

#: Percent of the requests at which the latency distribution is read.
SHARES = np.linspace(0.0, 100.0, 101)
#: Stretches of the measured time for which levels are given.
STRETCHES = 100
#: Share of a step by which sums of steps may miss it.
ROUNDING = 1e-6


def latency_quantiles(run: Run) -> dict[str, Floats]:
    """Seconds within which each of SHARES percent of the completed requests were answered.

    By measure (ttft_s, tpot_s, e2e_s), of the requests that arrived after the warm-up, as in
    `figures`; an array of NaN where nothing completed.
    """
    spent = run.latencies
    return {measure: _quantiles(spent.of_completed(measure)) for measure in MEASURES}


def _quantiles(values: Floats) -> Floats:
    return np.percentile(values, SHARES) if len(values) else np.full(len(SHARES), np.nan)


def levels(run: Run) -> pd.DataFrame:
    """The queue and the GPUs over the measured time, in at most STRETCHES stretches.

    Columns: time_s (middle of a stretch, from the end of the warm-up), waiting (longest queue
    seen in it, requests, all pools and APIs), gpu_busy (share of the GPU time of running replicas
    that is busy; NaN where none runs).
    """
    begin, end = run.settings.warm_up_s, run.measured_until_s
    series = run.samples
    time_s = series["time_s"]
    seen = (time_s > begin) & (time_s <= end)
    step_s = float(np.median(np.diff(time_s, prepend=0.0))) if seen.any() else np.inf
    count = min(int((end - begin) / step_s + ROUNDING), STRETCHES)
    if count < 1:
        return pd.DataFrame({"time_s": [], "waiting": [], "gpu_busy": []}, dtype=float)
    edges = np.linspace(begin, end, count + 1)
    places = np.ceil((time_s[seen] - begin) / (edges[1] - begin) - ROUNDING).astype(np.int64)
    where = np.clip(places - 1, 0, count - 1)
    # The last stretch has no sample where nothing was under way any more at its end.
    waiting = np.full(count, np.nan)
    serving = (*run.pools, *run.apis)
    held = sum((series[f"{name}.waiting"][seen] for name in serving), np.zeros(1))
    np.fmax.at(waiting, where, np.broadcast_to(held, where.shape))
    busy = _gpu_seconds(run, ("busy",), edges)
    up = _gpu_seconds(run, ("busy", "idle"), edges)
    share = np.divide(busy, up, out=np.full(count, np.nan), where=up > 0)
    middle = (edges[:-1] + edges[1:]) / 2 - begin
    return pd.DataFrame({"time_s": middle, "waiting": waiting, "gpu_busy": share})


def _gpu_seconds(run: Run, states: tuple[str, ...], edges: Floats) -> Floats:
    """GPU seconds that replicas spent in these states between each two edges."""
    usage, wanted = run.intervals, usage_rows(run, "replica", states=states)
    gpus = usage["gpus"][wanted].astype(np.float64)
    begun = _elapsed(usage["from_s"][wanted], gpus, edges)
    ended = _elapsed(usage["to_s"][wanted], gpus, edges)
    spent: Floats = np.diff(begun - ended)
    # Differences of large sums may miss zero by a rounding error.
    return np.where(spent > 1e-6, spent, 0.0)


def _elapsed(moments_s: Floats, weights: Floats, edges: Floats) -> Floats:
    """Weighted seconds from the moments to each edge, of the moments that lie before it."""
    order = np.argsort(moments_s)
    moments, weight = moments_s[order], weights[order]
    count = np.searchsorted(moments, edges, side="right")
    total = np.append(0.0, np.cumsum(weight))[count]
    before: Floats = total * edges - np.append(0.0, np.cumsum(weight * moments))[count]
    return before


def time_spent(run: Run) -> pd.DataFrame:
    """Mean seconds that a completed request waited and was served at each component.

    Columns: component, part (waiting, service), seconds; in the order of the candidate's
    components. They add up to the mean end-to-end time.
    """
    spent = run.latencies
    done = np.flatnonzero(spent.rows)[spent.completed]
    rows = [
        (name, part, float(run.rows[f"{column}_{name}_s"][done].mean()))
        for name in run.components
        for part, column in (("waiting", "wait"), ("service", "service"))
        if len(done)
    ]
    return pd.DataFrame(rows, columns=["component", "part", "seconds"])
