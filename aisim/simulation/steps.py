"""Going on with a world up to an event, with pauses for whoever waits."""

from collections.abc import Iterator
from itertools import repeat

import simpy
from simpy.core import StopSimulation

#: Events between two pauses, a few ms of them: one prompt may bring thousands.
STEPS = 500


def until(env: simpy.Environment, stop: simpy.Event) -> Iterator[None]:
    """Simulate up to an event, with a pause now and then; never within an instant."""
    assert stop.callbacks is not None
    stop.callbacks.append(StopSimulation.callback)
    try:
        while True:
            _some_events(env)
            yield
    except StopSimulation:
        return


def _some_events(env: simpy.Environment) -> None:
    """A few events, and the rest of the instant: a run is whole between two instants only."""
    for _ in repeat(None, STEPS):
        env.step()
    while env.peek() <= env.now:
        env.step()
