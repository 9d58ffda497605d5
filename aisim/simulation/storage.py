"""A storage device: bandwidth and operations per second, shared equally by its flows."""

from collections.abc import Generator
from math import ceil
from typing import TYPE_CHECKING

import simpy

from aisim.scenario.links import Storage as StorageDeclaration
from aisim.simulation.records import Records
from aisim.simulation.request import Request
from aisim.simulation.sharing import Flow, SharedServer
from aisim.simulation.traffic import TrafficFacts

if TYPE_CHECKING:
    from simpy.events import Event


class Storage:
    """Alone on the device, a flow takes the longer of its bytes and its operations."""

    def __init__(
        self, env: simpy.Environment, name: str, declared: StorageDeclaration, records: Records
    ) -> None:
        self.env = env
        self.name = name
        self.declared = declared
        self.server = SharedServer(env)
        self.bytes_read = 0.0
        self.bytes_written = 0.0
        self._work_s: dict[tuple[float, int], float] = {}
        self._bytes_per_s = declared.bandwidth_gb_per_s * 1e9
        self.wait_s = records.wait_s[name]
        self.service_s = records.service_s[name]

    def work_s(self, n_bytes: float, pieces: int = 1) -> float:
        """Seconds that the device needs alone for `pieces` files of `n_bytes` in all."""
        known = self._work_s.get((n_bytes, pieces))
        if known is None:
            operations = pieces * max(ceil(n_bytes / pieces / self.declared.operation_bytes), 1)
            known = max(n_bytes / self._bytes_per_s, operations / self.declared.operations_per_s)
            self._work_s[n_bytes, pieces] = known
        return known

    def read(self, n_bytes: float, pieces: int = 1) -> Flow:
        """Read `pieces` files of `n_bytes` in all; the event is their arrival."""
        self.bytes_read += n_bytes
        return self.server.start(self.work_s(n_bytes, pieces), self.declared.read_latency_s)

    def write(self, n_bytes: float) -> None:
        """Write `n_bytes`, for which nobody waits."""
        self.bytes_written += n_bytes
        self.server.start_unwatched(self.work_s(n_bytes), self.declared.write_latency_s)


class Read:
    """The stage of a path that reads the documents for a prompt."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def serve(self, request: Request) -> "Generator[Event, None, None]":
        """Read all documents of the request; they are asked for at once."""
        traffic: TrafficFacts = request.traffic
        if not traffic.documents:
            return
        storage = self.storage
        began = storage.env.now
        yield storage.read(traffic.read_bytes, traffic.documents)
        took = storage.env.now - began
        work = storage.work_s(traffic.read_bytes, traffic.documents)
        wait = took - work - storage.declared.read_latency_s
        if wait < 0.0:
            wait = 0.0
        storage.wait_s[request.index] += wait
        storage.service_s[request.index] += took - wait


class Log:
    """The stage of a path that writes a log; the answer does not wait for it."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def serve(self, request: Request) -> "Generator[Event, None, None]":
        """Begin to write, and go on."""
        if request.traffic.log_bytes:
            self.storage.write(request.traffic.log_bytes)
        return
        yield  # a stage is a generator, even one that never waits
