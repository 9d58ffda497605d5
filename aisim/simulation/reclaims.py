"""Spot machines: their provider takes them back at random, and without notice."""

from collections.abc import Generator
from math import log
from typing import TYPE_CHECKING

import numpy as np
import simpy

from aisim import catalog
from aisim.language import Sentence, joined, say
from aisim.scenario.machines import CloudMachines
from aisim.scenario.study import MONTH_H
from aisim.simulation.machine import Machine

if TYPE_CHECKING:
    from simpy.events import Event

MONTH_S = MONTH_H * 3600


class Reclaims:
    """Takes the machines of one group back, each so often a month while it is held.

    One Poisson process for the whole group points at a machine each time; where it points at a
    machine that is off, nothing happens. So the gaps of a machine that is held are exponential,
    and times and machines are the same whatever the machines do.
    """

    def __init__(
        self,
        env: simpy.Environment,
        machines: list[Machine],
        per_month: float,
        note: str,
        rng: np.random.Generator,
    ) -> None:
        self.env = env
        self.machines = machines
        self.note = note
        self._gap_s = MONTH_S / (per_month * len(machines))
        self._rng = rng

    def take(self) -> "Generator[Event, None, None]":
        """The process that takes them back, for ever."""
        while True:
            yield self.env.timeout(self._rng.exponential(self._gap_s))
            machine = self.machines[self._rng.integers(len(self.machines))]
            if machine.state != "off":
                machine.reclaim()


def reclaims_per_month(group: str, declared: CloudMachines, accelerator: str) -> tuple[float, str]:
    """How often a machine is taken back in a month in which it is always held, and why so often."""
    if declared.price != "spot":
        return 0.0, ""
    if declared.reclaims_per_month is not None:
        per_month, why = declared.reclaims_per_month, say("as declared")
    else:
        row = catalog.spot_reclaims(accelerator)
        per_month, why = -log(1 - row.value), _measured(row)
    note = say(
        "{group}: a spot machine is taken back {times:.3g} times a month, without notice: {why}",
        group=group,
        times=per_month,
        why=why,
    )
    return per_month, note


def _measured(row: catalog.Reliability) -> Sentence:
    """The share that was reclaimed, and who says so."""
    share = {"share": row.value, "machines": row.component}
    found = say("{share:.3g} of {machines} are reclaimed in a month", **share)
    if row.value_low is not None and row.value_high is not None:
        found = say(
            "{share:.3g} of {machines} are reclaimed in a month ({low:g} to {high:g})",
            low=row.value_low, high=row.value_high, **share,
        )  # fmt: skip
    return joined((found, joined((row.source, row.as_of, say(row.quality)), ", ")))
