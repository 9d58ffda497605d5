"""A machine and the replicas on it: it starts, serves, and may stop again."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import simpy

from aisim.simulation.replica import Replica
from aisim.simulation.storage import Storage
from aisim.simulation.usage import Resource, Usage

if TYPE_CHECKING:
    from simpy.events import Event


class Machine:
    """Whole machines are held and paid; the replicas on one come and go with it.

    States: off, starting (booting, reading weights), up, draining (takes no more requests).
    """

    def __init__(
        self,
        env: simpy.Environment,
        usage: Usage,
        resource: Resource,
        *,
        boot_s: float,
        weight_bytes: float,
        storage: Storage | None,
    ) -> None:
        self.env = env
        self.usage = usage
        self.resource = resource
        self.boot_s = boot_s
        self.weight_bytes = weight_bytes
        self.storage = storage
        self.state = "off"
        self.idle_since_s: float | None = None
        self.replicas: list[Replica] = []
        self._number = usage.add(resource)
        self._replica_numbers: list[int] = []
        self._busy = 0
        self.on_idle: Callable[[Machine], None] | None = None

    def place(self, resource: Resource, make: Callable[[Callable[[bool], None]], Replica]) -> None:
        """Put a replica on the machine; `make` builds it, given whom to tell about its state."""
        number = self.usage.add(resource)
        self._replica_numbers.append(number)

        def on_state(busy: bool) -> None:
            self.usage.change(number, self.env.now, "busy" if busy else "idle")
            self._busy += 1 if busy else -1
            if busy:
                self.idle_since_s = None
            elif self._busy == 0:
                self._turn_idle()

        self.replicas.append(make(on_state))

    def _turn_idle(self) -> None:
        self.idle_since_s = self.env.now
        if self.state == "draining":
            self._stop()
        elif self.on_idle is not None:
            self.on_idle(self)

    def up_at_once(self, why: str) -> None:
        """Be up without a start: the machine has been running before the simulation began."""
        self.state = "up"
        self._hold("reserved", "idle", why)
        self.idle_since_s = self.env.now

    def start(self, why: str) -> "Generator[Event, None, None]":
        """Boot, then read the weights of every replica through the site's storage, all at once."""
        self.state = "starting"
        self._hold("starting", "starting", why)
        yield self.env.timeout(self.boot_s)
        if self.storage is not None and self.weight_bytes:
            loads = [self.storage.read(self.weight_bytes) for _ in self.replicas]
            yield self.env.all_of(loads)
        self.state = "up"
        self._hold("reserved", "idle", why)
        self.idle_since_s = self.env.now

    def drain(self) -> None:
        """Take no more requests; stop when the last is done."""
        self.state = "draining"
        if self._busy == 0:
            self._stop()

    def _stop(self) -> None:
        self.state = "off"
        self._hold(None, None, "")

    def _hold(self, state: str | None, replicas: str | None, why: str) -> None:
        now = self.env.now
        self.usage.change(self._number, now, state, why)
        for number in self._replica_numbers:
            self.usage.change(number, now, replicas, why)
