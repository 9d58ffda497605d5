"""Overload is said, not averaged."""

from math import sqrt

from aisim.results.run import Run
from aisim.workload.table import among

SIGMAS = 3.0


def overloaded(run: Run) -> bool:
    """Whether work in the system grew over the second half of the measured time.

    Completions stayed below arrivals by more than chance: by more than three times the square root
    of the arrivals, the spread of a Poisson count. What was rejected or failed is no work in the
    system.
    """
    begin = run.settings.warm_up_s + run.window_s / 2
    end = run.measured_until_s
    kept = ~among(run.rows["status"], "rejected", "failed")
    arrived, completed = (
        int((kept & (moments >= begin) & (moments <= end)).sum())
        for moments in (run.rows[c] for c in ("arrival_s", "last_token_s"))
    )
    return arrived - completed > SIGMAS * sqrt(arrived)
