"""Time series: what every component is doing, at a fixed resolution."""

from array import array
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import numpy as np
import simpy

from aisim.results.tables import Columns
from aisim.simulation.api import Api
from aisim.simulation.link import Link
from aisim.simulation.pool import Pool
from aisim.simulation.storage import Storage

if TYPE_CHECKING:
    from simpy.events import Event


class Series:
    """Samples of levels, and of busy shares since the sample before."""

    def __init__(self, env: simpy.Environment, resolution_s: float) -> None:
        self.env = env
        self.resolution_s = resolution_s
        self._time_s = array("d")
        self._columns: dict[str, array[float]] = {}
        self._levels: list[tuple[array[float], Callable[[], float]]] = []
        self._totals: list[tuple[array[float], Callable[[float], float]]] = []
        self._before: list[float] = []

    def watch_pool(self, pool: Pool) -> None:
        """Requests waiting and running, share of KV memory, replicas up."""
        self._level(f"{pool.name}.waiting", lambda: pool.waiting)
        self._level(f"{pool.name}.running", lambda: pool.running)
        self._level(f"{pool.name}.kv_memory", pool.kv_share)
        self._level(f"{pool.name}.replicas", lambda: len(pool.ready))

    def watch_api(self, api: Api) -> None:
        """Requests waiting to be sent again, and those that are being answered."""
        self._level(f"{api.name}.waiting", lambda: api.waiting)
        self._level(f"{api.name}.in_flight", lambda: api.in_flight)

    def watch_link(self, link: Link) -> None:
        """Flows and busy share of both directions."""
        self._level(f"{link.name}.flows_up", lambda: link.up.flows)
        self._level(f"{link.name}.flows_down", lambda: link.down.flows)
        self._total(f"{link.name}.busy_up", link.up.busy_until)
        self._total(f"{link.name}.busy_down", link.down.busy_until)

    def watch_storage(self, storage: Storage) -> None:
        """Flows and busy share."""
        self._level(f"{storage.name}.flows", lambda: storage.server.flows)
        self._total(f"{storage.name}.busy", storage.server.busy_until)

    def sample(self) -> "Generator[Event, None, None]":
        """The process that takes the samples, for ever."""
        self._before = [0.0] * len(self._totals)
        while True:
            yield self.env.timeout(self.resolution_s)
            now = self.env.now
            self._time_s.append(now)
            for column, level in self._levels:
                column.append(level())
            for i, (column, total) in enumerate(self._totals):
                so_far = total(now)
                column.append((so_far - self._before[i]) / self.resolution_s)
                self._before[i] = so_far

    def to_columns(self) -> Columns:
        """One row a sample: time_s and a column for each measure."""
        # Copies: an array whose memory is shared could not grow any more.
        columns = {name: np.array(column) for name, column in self._columns.items()}
        return Columns({"time_s": np.array(self._time_s), **columns})

    def _level(self, name: str, level: Callable[[], float]) -> None:
        self._levels.append((self._columns.setdefault(name, array("d")), level))

    def _total(self, name: str, total: Callable[[float], float]) -> None:
        self._totals.append((self._columns.setdefault(name, array("d")), total))
