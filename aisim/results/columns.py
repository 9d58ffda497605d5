"""The tables of a run as plain arrays: a preview has no time for frames."""

import numpy as np

from aisim.results.run import Run
from aisim.workload.table import Bools, Floats, among


def completed_in_window(run: Run) -> Bools:
    """The rows of the requests whose last token arrived between warm-up and horizon."""
    last: Floats = run.rows["last_token_s"]
    return (last >= run.settings.warm_up_s) & (last <= run.measured_until_s)


def in_window_s(run: Run) -> Floats:
    """Seconds of each interval of usage that lie between warm-up and horizon."""
    begins = np.maximum(run.intervals["from_s"], run.settings.warm_up_s)
    ends = np.minimum(run.intervals["to_s"], run.measured_until_s)
    seconds: Floats = np.maximum(ends - begins, 0.0)
    return seconds


def usage_rows(run: Run, kind: str, *groups: str, states: tuple[str, ...] = ()) -> Bools:
    """Which intervals of usage are of a kind, of one of the groups, in one of the states.

    Without groups or states, of any.
    """
    usage = run.intervals
    rows = among(usage["kind"], kind)
    if groups:
        rows = rows & among(usage["group"], *groups)
    return rows & among(usage["state"], *states) if states else rows
