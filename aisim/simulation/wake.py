"""Wake-ups: SimPy events for components that plan ahead and may change their mind."""

from collections.abc import Callable
from typing import Any

import simpy
from simpy.core import SimTime

#: After everything else of an instant: arrivals at t come before an iteration boundary at t.
LAST = 2


class Wake(simpy.Event):
    """One numbered call of `callback` in `delay_s` seconds.

    SimPy cannot cancel an event. A component counts its wake-ups up and ignores every call whose
    number is no longer the newest.
    """

    __slots__ = ("number",)

    def __init__(
        self,
        env: simpy.Environment,
        number: int,
        callback: Callable[[Any], None],
        delay_s: SimTime,
        priority: int,
    ) -> None:
        self.env = env
        self.callbacks = [callback]
        self._ok = True
        self._value = None
        self.number = number
        env.schedule(self, priority, delay_s)  # type: ignore[arg-type]
