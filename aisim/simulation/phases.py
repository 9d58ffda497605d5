"""Busy time by phase: what the replicas of each pool did between warm-up and horizon."""

from collections.abc import Generator
from typing import TYPE_CHECKING

import simpy

from aisim.results import BusyTime
from aisim.scenario.study import RunSettings
from aisim.simulation.replica import Replica

if TYPE_CHECKING:
    from simpy.events import Event

Readings = dict[str, tuple[float, float, float]]


class Phases:
    """Reads the meters of the replicas at both ends of the measured time."""

    def __init__(self, env: simpy.Environment, settings: RunSettings) -> None:
        self.env = env
        self._settings = settings
        self._replicas: dict[str, list[Replica]] = {}
        self._begin: Readings | None = None
        self._end: Readings | None = None

    def watch(self, pool: str, replica: Replica) -> None:
        """Count a replica to its pool."""
        self._replicas.setdefault(pool, []).append(replica)

    def read(self) -> "Generator[Event, None, None]":
        """The process that reads the meters at the warm-up and at the horizon."""
        yield self.env.timeout(self._settings.warm_up_s)
        self._begin = self._readings()
        yield self.env.timeout(self._settings.horizon_s - self.env.now)
        self._end = self._readings()

    def busy(self) -> dict[str, BusyTime]:
        """Busy time of each pool from warm-up to horizon, or until now; 0 in the warm-up."""
        end = self._readings() if self._end is None else self._end
        begin = end if self._begin is None else self._begin
        pools = {pool: zip(end[pool], begin[pool], strict=True) for pool in self._replicas}
        return {pool: BusyTime(*(e - b for e, b in pairs)) for pool, pairs in pools.items()}

    def _readings(self) -> Readings:
        """Prefill, decode and decode-sequence seconds of each pool since the beginning."""
        found = {}
        for pool, replicas in self._replicas.items():
            prefill, decode, sequences = zip(*(r.phases() for r in replicas), strict=True)
            found[pool] = (float(sum(prefill)), float(sum(decode)), float(sum(sequences)))
        return found
