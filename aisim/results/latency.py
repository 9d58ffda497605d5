"""How long the requests of a run took."""

from dataclasses import dataclass

import numpy as np

from aisim.results.tables import Columns
from aisim.workload.table import Bools, Floats, among


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


def latencies(table: Columns, warm_up_s: float) -> Latencies:
    """The latencies of a table of requests as a run leaves it behind."""
    arrival = table["arrival_s"]
    rows = arrival >= warm_up_s
    completed = among(table["status"], "completed")[rows]
    arrival, first, last = (
        np.where(completed, values[rows], np.nan)
        for values in (arrival, table["first_token_s"], table["last_token_s"])
    )
    later = table["output_tokens"][rows] - 1.0
    tpot = np.full(len(later), np.nan)
    np.divide(last - first, later, out=tpot, where=later > 0)
    return Latencies(rows, completed, first - arrival, tpot, last - arrival)
