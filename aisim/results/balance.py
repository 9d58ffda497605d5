"""The balance of a run: what came in is what went out."""

from math import isclose

import numpy as np
import pandas as pd

from aisim.results.columns import in_window_s, usage_rows
from aisim.results.run import Run
from aisim.workload.table import among

TOLERANCE_S = 1e-6


class Unbalanced(AssertionError):
    """Something was lost in the counting: a fault of aisim, not of the study."""


def check_run(run: Run) -> None:
    """Check counts, times and intervals of a run.

    Raises:
        Unbalanced: waits and services do not add up to the end-to-end time, time stamps run
            backwards, a resource is in two states at once, or the phases of a pool are not its
            busy time.
    """
    _check_times(run)
    _check_usage(run)
    _check_phases(run)


def _check_times(run: Run) -> None:
    table = run.rows
    done = among(table["status"], "completed")
    total = np.zeros(int(done.sum()))
    for name in run.components:
        for part in ("wait", "service"):
            spent = table[f"{part}_{name}_s"][done]
            if (spent < -TOLERANCE_S).any():
                raise Unbalanced(f"a {part} at {name} is negative: {spent.min()}")
            total += spent
    arrival = table["arrival_s"][done]
    first, last = (table[f"{token}_token_s"][done] for token in ("first", "last"))
    scale = TOLERANCE_S * np.maximum(1.0, last * 1e-3)
    if (np.abs(last - arrival - total) > scale).any():
        worst = float(np.max(np.abs(last - arrival - total)))
        raise Unbalanced(f"waits and services miss the end-to-end time by up to {worst:.3g} s")
    if ((first < arrival - scale) | (last < first - scale)).any():
        raise Unbalanced("a time stamp lies before the one that it follows")


def _check_usage(run: Run) -> None:
    usage = run.intervals
    begins, ends = usage["from_s"], usage["to_s"]
    if (ends <= begins).any():
        raise Unbalanced("an interval of usage ends before it begins")
    resource = pd.factorize(usage["resource"])[0]
    order = np.lexsort((begins, resource))
    same = resource[order][1:] == resource[order][:-1]
    overlap = begins[order][1:] < ends[order][:-1]
    if (same & overlap).any():
        raise Unbalanced("a resource is in two states at once")


def _check_phases(run: Run) -> None:
    seconds = in_window_s(run)
    for pool, busy in run.busy.items():
        used = float(seconds[usage_rows(run, "replica", pool, states=("busy",))].sum())
        if not isclose(used, busy.busy_s, rel_tol=1e-9, abs_tol=TOLERANCE_S):
            raise Unbalanced(f"{pool}: busy for {used:g} s, by phase for {busy.busy_s:g} s")
