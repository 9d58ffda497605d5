"""The columns that a run fills in, one row a request."""

from array import array

import numpy as np
import pandas as pd
import simpy

from aisim.results.tables import Columns
from aisim.simulation.request import Request
from aisim.workload import Requests
from aisim.workload.table import labelled

NOT_ARRIVED, UNFINISHED, COMPLETED, REJECTED, FAILED = range(5)
STATUS = ["not arrived", "unfinished", "completed", "rejected", "failed"]
NAN = float("nan")


class Records:
    """Arrays of numbers: 8 bytes a cell, and no object per request that stays behind."""

    def __init__(self, requests: Requests, pools: list[str], components: list[str]) -> None:
        n = len(requests)
        self.table = requests
        self.pools = pools
        self.reasons: list[str] = [""]
        self.status = array("b", bytes(n))
        self.reason = array("b", bytes(n))
        self.pool = array("h", [-1]) * n
        self.replica = array("i", [-1]) * n
        self.preemptions = array("i", [0]) * n
        self.arrival_s = array("d", [NAN]) * n
        self.dispatched_s = array("d", [NAN]) * n
        self.scheduled_s = array("d", [NAN]) * n
        self.first_token_s = array("d", [NAN]) * n
        self.last_token_s = array("d", [NAN]) * n
        self.wait_s = {name: array("d", [0.0]) * n for name in components}
        self.service_s = {name: array("d", [0.0]) * n for name in components}
        self.in_flight = 0
        self.ended = 0
        self._milestone: tuple[int, simpy.Event] | None = None

    def arrive(self, row: int, now_s: float) -> None:
        """A request has been sent."""
        self.status[row] = UNFINISHED
        self.arrival_s[row] = now_s
        self.in_flight += 1

    def reject(self, row: int, reason: str) -> None:
        """A request was turned away."""
        self._give_up(row, REJECTED, reason)

    def fail(self, row: int, reason: str) -> None:
        """A request was sent in vain."""
        self._give_up(row, FAILED, reason)

    def _give_up(self, row: int, status: int, reason: str) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)
        self.status[row] = status
        self.reason[row] = self.reasons.index(reason)
        self._end()

    def complete(self, request: Request, first_s: float, last_s: float) -> None:
        """The client has the whole answer."""
        row = request.index
        self.status[row] = COMPLETED
        self.scheduled_s[row] = request.scheduled_s if request.scheduled_s is not None else NAN
        self.first_token_s[row] = first_s
        self.last_token_s[row] = last_s
        self.preemptions[row] = request.preemptions
        self._end()

    def when_ended(self, requests: int, event: simpy.Event) -> None:
        """Let `event` happen once so many requests have ended."""
        self._milestone = (requests, event)
        if self.ended >= requests:
            event.succeed()

    def _end(self) -> None:
        self.in_flight -= 1
        self.ended += 1
        if self._milestone is not None and self.ended == self._milestone[0]:
            self._milestone[1].succeed()

    def to_columns(self) -> Columns:
        """The request table; columns share memory with the arrays, rows that came only."""
        status = np.frombuffer(self.status, dtype=np.int8)
        columns = {
            "traffic": labelled(self.table.traffic, list(self.table.traffics)),
            "status": labelled(status, STATUS),
            "reason": labelled(np.frombuffer(self.reason, dtype=np.int8), self.reasons),
            "input_tokens": self.table.input_tokens,
            "output_tokens": self.table.output_tokens,
            "parent_id": self.table.parent_id,
            "gap_s": self.table.gap_s,
            "arrival_s": np.frombuffer(self.arrival_s),
            "dispatched_s": np.frombuffer(self.dispatched_s),
            "scheduled_s": np.frombuffer(self.scheduled_s),
            "first_token_s": np.frombuffer(self.first_token_s),
            "last_token_s": np.frombuffer(self.last_token_s),
            "pool": labelled(np.frombuffer(self.pool, dtype=np.int16), self.pools),
            "replica": np.frombuffer(self.replica, dtype=np.int32),
            "preemptions": np.frombuffer(self.preemptions, dtype=np.int32),
        }
        for name, wait in self.wait_s.items():
            columns[f"wait_{name}_s"] = np.frombuffer(wait)
            columns[f"service_{name}_s"] = np.frombuffer(self.service_s[name])
        table = Columns(columns, pd.RangeIndex(len(status), name="request_id"))
        arrived = status != NOT_ARRIVED
        return table if arrived.all() else table.where(arrived)
