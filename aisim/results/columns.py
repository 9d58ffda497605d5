"""The tables of a run as plain arrays: a preview has no time for frames."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from aisim.results.run import Run
from aisim.workload.table import Floats

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


def among(column: "pd.Series[str]", *labels: str) -> Bools:
    """Which rows of a categorical column have one of the labels."""
    values = column.array
    if not isinstance(values, pd.Categorical):
        return np.asarray(column.isin(labels))
    wanted = [code for code, label in enumerate(values.categories) if label in labels]
    return np.isin(values.codes, wanted)


@dataclass(frozen=True)
class Latencies:
    """How long the requests that arrived after the warm-up took; one entry a request.

    Attributes:
        rows: which rows of the request table these are.
        completed: whether the client has the whole answer.
        ttft_s: time to first token at the client, NaN unless completed.
        tpot_s: mean time per output token after the first, NaN for answers of a single token too.
        e2e_s: from send to last token, NaN unless completed.
    """

    rows: Bools
    completed: Bools
    ttft_s: Floats
    tpot_s: Floats
    e2e_s: Floats

    def of_completed(self, measure: str) -> Floats:
        """The values of a measure that are defined."""
        values: Floats = getattr(self, measure)
        return values[~np.isnan(values)]


def latencies(run: Run) -> Latencies:
    """The latencies of a run."""
    table = run.requests
    arrival = table["arrival_s"].to_numpy()
    rows = arrival >= run.settings.warm_up_s
    completed = among(table["status"], "completed")[rows]
    arrival, first, last = (
        np.where(completed, values[rows], np.nan)
        for values in (arrival, table["first_token_s"].to_numpy(), table["last_token_s"].to_numpy())
    )
    later = table["output_tokens"].to_numpy()[rows] - 1.0
    tpot = np.full(len(later), np.nan)
    np.divide(last - first, later, out=tpot, where=later > 0)
    return Latencies(rows, completed, first - arrival, tpot, last - arrival)


def completed_in_window(run: Run) -> Bools:
    """The rows of the requests whose last token arrived between warm-up and horizon."""
    last = run.requests["last_token_s"].to_numpy()
    return (last >= run.settings.warm_up_s) & (last <= run.measured_until_s)


def in_window_s(run: Run) -> Floats:
    """Seconds of each interval of usage that lie between warm-up and horizon."""
    begins = np.maximum(run.usage["from_s"].to_numpy(), run.settings.warm_up_s)
    ends = np.minimum(run.usage["to_s"].to_numpy(), run.measured_until_s)
    seconds: Floats = np.maximum(ends - begins, 0.0)
    return seconds


def usage_rows(run: Run, kind: str, *groups: str, states: tuple[str, ...] = ()) -> Bools:
    """Which intervals of usage are of a kind, of one of the groups, in one of the states.

    Without groups or states, of any.
    """
    usage = run.usage
    rows = among(usage["kind"], kind)
    if groups:
        rows = rows & among(usage["group"], *groups)
    return rows & among(usage["state"], *states) if states else rows
