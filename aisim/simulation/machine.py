"""A machine and the replicas on it: it starts, serves, and may stop again."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import simpy

from aisim.simulation.replica import Replica
from aisim.simulation.request import Request
from aisim.simulation.storage import Storage
from aisim.simulation.usage import Resource, Usage

if TYPE_CHECKING:
    from simpy.events import Event

Lost = dict[Replica, list[Request]]


class Machine:
    """Whole machines are held and paid; the replicas on one come and go with it.

    States: off, starting (booting, reading weights), up, draining (takes no more requests).

    Attributes:
        reclaims: how often its provider took it back.
        on_up: told when it is up after a start.
        on_reclaim: told when it was taken back, with what each replica had to do.
    """

    def __init__(
        self,
        env: simpy.Environment,
        usage: Usage,
        resource: Resource,
        *,
        boot_s: float,
        storage: Storage | None,
    ) -> None:
        self.env = env
        self.usage = usage
        self.resource = resource
        self.boot_s = boot_s
        self.storage = storage
        self.state = "off"
        self.idle_since_s: float | None = None
        self.replicas: list[Replica] = []
        self.reclaims = 0
        self._number = usage.add(resource)
        self._replica_numbers: list[int] = []
        self._weight_bytes: list[float] = []
        self._busy = 0
        self._starts = 0
        self.on_idle: Callable[[Machine], None] | None = None
        self.on_up: list[Callable[[Machine], None]] = []
        self.on_reclaim: list[Callable[[Machine, Lost], None]] = []

    def place(
        self,
        resource: Resource,
        weight_bytes: float,
        make: Callable[[Callable[[bool], None]], Replica],
    ) -> Replica:
        """Put a replica on the machine; `make` builds it, given whom to tell about its state."""
        number = self.usage.add(resource)
        self._replica_numbers.append(number)
        self._weight_bytes.append(weight_bytes)

        def on_state(busy: bool) -> None:
            self.usage.change(number, self.env.now, "busy" if busy else "idle")
            self._busy += 1 if busy else -1
            if busy:
                self.idle_since_s = None
            elif self._busy == 0:
                self._turn_idle()

        replica = make(on_state)
        self.replicas.append(replica)
        return replica

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

    def start(self, why: str) -> None:
        """Boot, then read the weights of every replica through the site's storage, all at once."""
        self.state = "starting"
        self._starts += 1
        self._hold("starting", "starting", why)
        self.env.process(self._boot(self._starts, why))

    def _boot(self, start: int, why: str) -> "Generator[Event, None, None]":
        yield self.env.timeout(self.boot_s)
        if self.storage is not None and start == self._starts:
            yield self.env.all_of([self.storage.read(n) for n in self._weight_bytes if n])
        # Taken back meanwhile: what was asked of the storage is read in vain.
        if start != self._starts:
            return
        self.state = "up"
        self._hold("reserved", "idle", why)
        self.idle_since_s = self.env.now
        for tell in self.on_up:
            tell(self)

    def reclaim(self) -> None:
        """The provider takes the machine back, without notice: all that it was doing is lost."""
        self.state = "off"
        self.reclaims += 1
        self._starts += 1
        lost = {replica: replica.stop() for replica in self.replicas}
        self._hold(None, None, "")
        for tell in self.on_reclaim:
            tell(self, lost)

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
