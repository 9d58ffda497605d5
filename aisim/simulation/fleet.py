"""The machines of a candidate, group by group."""

import simpy

from aisim import catalog
from aisim.scenario.candidate import Candidate
from aisim.scenario.machines import CloudMachines, Machines
from aisim.scenario.sites import ApiSite
from aisim.simulation.machine import Machine
from aisim.simulation.reclaims import Reclaims, reclaims_per_month
from aisim.simulation.storage import Storage
from aisim.simulation.usage import Resource, Usage
from aisim.workload import stream


class Fleet:
    """Groups of machines, each made when the first pool asks for it.

    Attributes:
        reclaims: of the groups whose machines may be taken back.
    """

    def __init__(
        self,
        env: simpy.Environment,
        candidate: Candidate,
        usage: Usage,
        storage: dict[str, Storage],
        seed: int,
        replication: int,
    ) -> None:
        self.env = env
        self.reclaims: list[Reclaims] = []
        self._candidate = candidate
        self._usage = usage
        self._storage = storage
        self._draw = (seed, replication)
        self._groups: dict[str, list[Machine]] = {}

    @property
    def machines_taken(self) -> int:
        """How often a machine was taken back."""
        return sum(machine.reclaims for group in self._groups.values() for machine in group)

    def open(self) -> None:
        """From now on, machines may be taken back."""
        for reclaims in self.reclaims:
            self.env.process(reclaims.take())

    def group(self, name: str, accelerator: str) -> list[Machine]:
        """The machines of a group, which hold this accelerator."""
        if name not in self._groups:
            declared = self._candidate.machines[name]
            self._groups[name] = machines = self._made(name, declared)
            if isinstance(declared, CloudMachines):
                per_month, note = reclaims_per_month(name, declared, accelerator)
                if per_month:
                    rng = stream(*self._draw, f"machines/{name}/reclaims")
                    self.reclaims.append(Reclaims(self.env, machines, per_month, note, rng))
        return self._groups[name]

    def _made(self, name: str, declared: Machines) -> list[Machine]:
        site = self._candidate.sites[declared.site]
        assert not isinstance(site, ApiSite)
        storage = self._storage[site.storage] if site.storage is not None else None
        return [
            Machine(
                self.env,
                self._usage,
                Resource("machine", f"{name}/{i}", name, declared.site, 0),
                boot_s=_boot_s(declared),
                storage=storage,
            )
            for i in range(declared.count)
        ]


def _boot_s(declared: Machines) -> float:
    if declared.boot_s is not None:
        return declared.boot_s
    return catalog.assumption(f"{declared.kind}_boot_s").value
