"""The figures of one run: what a planner reads."""

from math import isfinite
from typing import Any, Literal

import numpy as np

from aisim.results.bottleneck import bottleneck
from aisim.results.columns import completed_in_window, in_window_s, usage_rows
from aisim.results.latency import Latencies
from aisim.results.overload import overloaded
from aisim.results.run import Run
from aisim.workload.table import Bools, Floats, among

PERCENTILES = (50, 95, 99)
STATUSES = ("completed", "rejected", "failed", "unfinished")
MEASURES = ("ttft_s", "tpot_s", "e2e_s")
#: Columns of the series with the busy share of a component, by its kind.
BUSY = {"link": ("busy_up", "busy_down"), "storage": ("busy",)}


def figures(run: Run) -> dict[str, Any]:
    """All figures of a run as plain data; what is not defined is None.

    Counts are of the whole run. Percentiles are over the completed and attainment over all
    requests that arrived after the warm-up; rates and utilisation are of the time from warm-up to
    horizon. Between two samples a component is taken to be equally busy.
    """
    spent = run.latencies
    limiting = bottleneck(run)
    served = completed_in_window(run)
    requests_per_s = _rate(run, float(served.sum()))
    tokens = run.rows["output_tokens"][served]
    return {
        "requests": counts(run),
        **{measure: percentiles(spent.of_completed(measure)) for measure in MEASURES},
        "slo_attainment": attainment(run, spent),
        "service_level": {name: promises(run, name, spent) for name in run.traffics},
        "requests_per_s": requests_per_s,
        "output_tokens_per_s": _rate(run, float(tokens.sum())),
        "utilisation": {name: utilisation(run, name) for name in run.pools},
        "component_utilisation": component_utilisation(run),
        "overloaded": overloaded(run),
        "saturation_rps": saturation_rps(run, requests_per_s),
        "rejections": reasons(run, "rejected"),
        "failures": reasons(run, "failed"),
        "apis": {name: {"sent": a.sent, "retries": a.retries} for name, a in run.apis.items()},
        "bottleneck": {"component": limiting.component, "reason": limiting.reason},
    }


def counts(run: Run) -> dict[str, int]:
    """Requests of the whole run by what became of them."""
    status = run.rows["status"]
    by_status = {name: int(among(status, name).sum()) for name in STATUSES}
    return {"arrived": sum(by_status.values()), **by_status}


def reasons(run: Run, status: str) -> dict[str, int]:
    """Rejected or failed requests by reason."""
    given_up = among(run.rows["status"], status)
    if not given_up.any():
        return {}
    counted = run.requests.loc[given_up, "reason"].value_counts()
    return {run.in_words(reason): int(n) for reason, n in counted.items() if n}


def saturation_rps(run: Run, served_rps: float | None) -> float | None:
    """The simulated saturation rate, at least the rate that was served.

    Under permanent backlog a short KV cache thrashes, and may complete less than under this load.
    """
    if run.saturation_rps is None or served_rps is None:
        return run.saturation_rps
    return max(run.saturation_rps, served_rps)


def percentiles(values: Floats) -> dict[str, float | None]:
    """p50, p95 and p99; None where there is nothing to take them of."""
    if not len(values):
        return {f"p{p}": None for p in PERCENTILES}
    found = np.percentile(values, PERCENTILES)
    return {f"p{p}": float(value) for p, value in zip(PERCENTILES, found, strict=True)}


def attainment(run: Run, spent: Latencies) -> float | None:
    """Share of the requests that arrived after the warm-up and kept every limit promised to them.

    A request that did not complete kept none.
    """
    return float(kept_all(run, spent).mean()) if len(spent.completed) else None


def kept_all(run: Run, spent: Latencies) -> Bools:
    """Which of the requests that arrived after the warm-up kept every limit promised to them."""
    kept = spent.completed.copy()
    for name, declared in run.traffics.items():
        of_traffic = among(run.rows["traffic"], name)[spent.rows]
        for measure in MEASURES:
            limit = getattr(declared.service_level, measure)
            if limit is not None:
                kept &= ~(of_traffic & (getattr(spent, measure) > limit.limit_s))
    return kept


def promises(run: Run, traffic: str, spent: Latencies) -> dict[str, dict[str, Any]]:
    """Each limit promised to a traffic: the figure at its percentile, and whether it was kept.

    The percentile is over all that arrived after the warm-up; who did not complete was too late.
    """
    of_traffic = among(run.rows["traffic"], traffic)[spent.rows]
    done = spent.completed[of_traffic]
    found: dict[str, dict[str, Any]] = {}
    for measure in MEASURES:
        limit = getattr(run.traffics[traffic].service_level, measure)
        if limit is None:
            continue
        # An answer of one token has no TPOT: it cannot break the promise.
        known = np.nan_to_num(getattr(spent, measure)[of_traffic], nan=0.0)
        values = np.where(done, known, np.inf)
        # Between a figure and never lies no figure.
        method: Literal["linear", "higher"] = "linear" if done.all() else "higher"
        value = None
        if len(values):
            value = float(np.percentile(values, limit.percentile, method=method))
        found[measure] = {
            "percentile": limit.percentile,
            "limit_s": limit.limit_s,
            "value_s": value if value is not None and isfinite(value) else None,
            "kept": None if value is None else value <= limit.limit_s,
        }
    return found


def utilisation(run: Run, pool: str) -> dict[str, float | None]:
    """GPU busy time and KV memory of a pool, as shares of the time that its replicas were up."""
    seconds = in_window_s(run)
    busy = float(seconds[usage_rows(run, "replica", pool, states=("busy",))].sum())
    up = busy + float(seconds[usage_rows(run, "replica", pool, states=("idle",))].sum())
    return {"gpu_busy": busy / up if up > 0 else None, "kv_memory": _kv_memory(run, pool)}


def component_utilisation(run: Run) -> dict[str, float | None]:
    """Busy share of the measured time of each link and storage device.

    Both are shared without a pause, so that is the work done over the capacity. Of the two
    directions of a link it is the busier.
    """
    time_s = run.samples["time_s"]
    begins, ends = np.append(0.0, time_s[:-1])[: len(time_s)], time_s
    begins = np.maximum(begins, run.settings.warm_up_s)
    measured_s = np.maximum(np.minimum(ends, run.measured_until_s) - begins, 0.0)
    sampled_s = float(measured_s.sum())
    found: dict[str, float | None] = {}
    for name, kind in run.components.items():
        if kind in BUSY:
            columns = (f"{name}.{column}" for column in BUSY[kind])
            totals = [float(run.samples[c] @ measured_s) for c in columns]
            found[name] = max(totals) / sampled_s if sampled_s > 0 else None
    return found


def _kv_memory(run: Run, pool: str) -> float | None:
    """Mean over the samples, those without a replica left out."""
    time_s = run.samples["time_s"]
    seen = (time_s >= run.settings.warm_up_s) & (time_s <= run.measured_until_s)
    up = seen & (run.samples[f"{pool}.replicas"] > 0)
    return float(run.samples[f"{pool}.kv_memory"][up].mean()) if up.any() else None


def _rate(run: Run, total: float) -> float | None:
    if run.window_s <= 0:
        return None
    rate = total / run.window_s
    return rate if isfinite(rate) else None
