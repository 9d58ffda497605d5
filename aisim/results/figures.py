"""The figures of one run: what a planner reads."""

from math import isfinite
from typing import Any, Literal

import numpy as np
import pandas as pd

from aisim.results.bottleneck import bottleneck
from aisim.results.overload import overloaded
from aisim.results.run import Run
from aisim.workload.table import Floats

PERCENTILES = (50, 95, 99)
STATUSES = ("completed", "rejected", "failed", "unfinished")


def figures(run: Run) -> dict[str, Any]:
    """All figures of a run as plain data; what is not defined is None.

    Counts are of the whole run. Percentiles are over the completed and attainment over all
    requests that arrived after the warm-up; rates and utilisation are of the time from warm-up to
    horizon.
    """
    counted = after_warm_up(run)
    completed = counted[counted["status"] == "completed"]
    limiting = bottleneck(run)
    return {
        "requests": counts(run),
        "ttft_s": percentiles(ttft_s(completed)),
        "tpot_s": percentiles(tpot_s(completed)),
        "e2e_s": percentiles(e2e_s(completed)),
        "slo_attainment": attainment(run),
        "service_level": {name: promises(run, name) for name in run.traffics},
        "requests_per_s": _rate(run, None),
        "output_tokens_per_s": _rate(run, "output_tokens"),
        "utilisation": {name: utilisation(run, name) for name in run.pools},
        "overloaded": overloaded(run),
        "saturation_rps": saturation_rps(run),
        "rejections": rejections(run),
        "bottleneck": {"component": limiting.component, "reason": limiting.reason},
    }


def counts(run: Run) -> dict[str, int]:
    """Requests of the whole run by what became of them."""
    found = run.requests["status"].value_counts()
    by_status = {status: int(found.get(status, 0)) for status in STATUSES}
    return {"arrived": sum(by_status.values()), **by_status}


def rejections(run: Run) -> dict[str, int]:
    """Rejected requests by reason."""
    reasons = run.requests.loc[run.requests["status"] == "rejected", "reason"].value_counts()
    return {str(reason): int(n) for reason, n in reasons.items() if n}


def saturation_rps(run: Run) -> float | None:
    """The simulated saturation rate, at least the rate that was served.

    Under permanent backlog a short KV cache thrashes, and may complete less than under this load.
    """
    served = _rate(run, None)
    if run.saturation_rps is None or served is None:
        return run.saturation_rps
    return max(run.saturation_rps, served)


def after_warm_up(run: Run) -> pd.DataFrame:
    """The requests that arrived after the warm-up."""
    return run.requests[run.requests["arrival_s"] >= run.settings.warm_up_s]


def ttft_s(table: pd.DataFrame) -> Floats:
    """Time to first token of completed requests, at the client."""
    return (table["first_token_s"] - table["arrival_s"]).to_numpy(dtype=np.float64)


def e2e_s(table: pd.DataFrame) -> Floats:
    """Time from send to last token of completed requests, at the client."""
    return (table["last_token_s"] - table["arrival_s"]).to_numpy(dtype=np.float64)


def tpot_s(table: pd.DataFrame) -> Floats:
    """Mean time per output token after the first; NaN for answers of a single token."""
    later = (table["output_tokens"] - 1).to_numpy(dtype=np.float64)
    streamed = (table["last_token_s"] - table["first_token_s"]).to_numpy()
    tpot: Floats = np.full(len(later), np.nan)
    np.divide(streamed, later, out=tpot, where=later > 0)
    return tpot


def percentiles(values: Floats) -> dict[str, float | None]:
    """p50, p95 and p99; None where there is nothing to take them of."""
    known = values[~np.isnan(values)]
    if not len(known):
        return {f"p{p}": None for p in PERCENTILES}
    return {f"p{p}": float(np.percentile(known, p)) for p in PERCENTILES}


def attainment(run: Run) -> float | None:
    """Share of the requests that arrived after the warm-up and kept every limit promised to them.

    A request that did not complete kept none.
    """
    table = after_warm_up(run)
    if not len(table):
        return None
    kept = np.array(table["status"] == "completed")
    traffic = table["traffic"].to_numpy()
    measures = {"ttft_s": ttft_s(table), "tpot_s": tpot_s(table), "e2e_s": e2e_s(table)}
    for name, declared in run.traffics.items():
        for measure, values in measures.items():
            limit = getattr(declared.service_level, measure)
            if limit is not None:
                kept &= ~((traffic == name) & (values > limit.limit_s))
    return float(kept.mean())


def promises(run: Run, traffic: str) -> dict[str, dict[str, Any]]:
    """Each limit promised to a traffic: the figure at its percentile, and whether it was kept.

    The percentile is over all that arrived after the warm-up; who did not complete was too late.
    """
    table = after_warm_up(run)
    table = table[(table["traffic"] == traffic).to_numpy()]
    done = np.array(table["status"] == "completed")
    found: dict[str, dict[str, Any]] = {}
    for measure, take in (("ttft_s", ttft_s), ("tpot_s", tpot_s), ("e2e_s", e2e_s)):
        limit = getattr(run.traffics[traffic].service_level, measure)
        if limit is None:
            continue
        # An answer of one token has no TPOT: it cannot break the promise.
        values = np.where(done, np.nan_to_num(take(table), nan=0.0), np.inf)
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
    usage = run.usage[(run.usage["kind"] == "replica") & (run.usage["group"] == pool)]
    seconds = in_window_s(run, usage)
    busy = float(seconds[(usage["state"] == "busy").to_numpy()].sum())
    up = busy + float(seconds[(usage["state"] == "idle").to_numpy()].sum())
    return {"gpu_busy": busy / up if up > 0 else None, "kv_memory": _kv_memory(run, pool)}


def _kv_memory(run: Run, pool: str) -> float | None:
    """Mean over the samples, those without a replica left out."""
    series = run.series
    seen = (series["time_s"] >= run.settings.warm_up_s) & (series["time_s"] <= run.measured_until_s)
    up = series[seen & (series[f"{pool}.replicas"] > 0)]
    return float(up[f"{pool}.kv_memory"].mean()) if len(up) else None


def in_window_s(run: Run, usage: pd.DataFrame) -> Floats:
    """Seconds of each interval that lie between warm-up and horizon."""
    begins = usage["from_s"].clip(lower=run.settings.warm_up_s)
    ends = usage["to_s"].clip(upper=run.measured_until_s)
    return (ends - begins).clip(lower=0.0).to_numpy(dtype=np.float64)


def completed_in_window(run: Run) -> pd.DataFrame:
    """The requests whose last token arrived between warm-up and horizon."""
    last = run.requests["last_token_s"]
    return run.requests[(last >= run.settings.warm_up_s) & (last <= run.measured_until_s)]


def _rate(run: Run, column: str | None) -> float | None:
    done = completed_in_window(run)
    if run.window_s <= 0:
        return None
    total = float(len(done)) if column is None else float(done[column].sum())
    rate = total / run.window_s
    return rate if isfinite(rate) else None
