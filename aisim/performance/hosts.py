"""Whether the RAM and the CPU cores of a machine suffice for the replicas on it."""

from collections import Counter, defaultdict
from typing import NamedTuple

from aisim import catalog
from aisim.language import joined, mark, say
from aisim.performance.machines import Shape
from aisim.scenario.pools import Pool

_GIB = 2**30
#: Hardware threads of a core, as vLLM counts the vCPUs that it asks for.
_THREADS = 2


class Need(NamedTuple):
    """What one replica takes of its machine, and in words what the RAM is for."""

    ram_gib: float
    cores: float
    ram_for: str


class Hosts:
    """The RAM and the cores that are taken on each machine of each group."""

    def __init__(self) -> None:
        self._ram_gib: defaultdict[tuple[str, int], float] = defaultdict(float)
        self._cores: defaultdict[tuple[str, int], float] = defaultdict(float)

    def take(
        self, pool: Pool, gpus: int, shape: Shape, machines: tuple[int, ...], weight_bytes: float
    ) -> list[str]:
        """Take what the replicas of a pool need on their machines; return what was not checked.

        A replica has so many `gpus`, and stands on the machine whose number `machines` gives.

        Raises:
            ValueError: A machine has too little; the message says what would fit.
        """
        need, group = replica_need(pool, gpus, shape.accelerator, weight_bytes), pool.machines
        for machine, replicas in Counter(machines).items():
            place = (group, machine)
            _check_ram(need, group, replicas, shape.ram_gib, self._ram_gib[place])
            _check_cores(need, group, replicas, shape.cores, self._cores[place])
            self._ram_gib[place] += replicas * need.ram_gib
            self._cores[place] += replicas * need.cores
        most = max(self._cores[group, machine] for machine in machines)
        return _notes(need, group, shape, most)


def replica_need(pool: Pool, gpus: int, device: catalog.Accelerator, weight_bytes: float) -> Need:
    """Return what one replica of a pool takes of its machine.

    RAM for weights that are kept there and for KV cache that is moved there, and on CPUs for
    the engine itself; cores for the processes of the engine, whose workers on CPUs compute
    themselves and are not counted.
    """
    parts = {
        mark("weights"): weight_bytes / _GIB if pool.weights_kept_in == "ram" else 0.0,
        mark("KV offload"): pool.kv_offload_gib or 0.0,
    }
    cores = catalog.assumption("engine_cores_per_replica").value
    if device.is_cpu:
        memory_gib = device.mem_gib_reported or device.mem_gb * 1e9 / _GIB
        fraction = catalog.engine(pool.engine).memory_fraction
        parts[mark("engine")] = gpus * memory_gib * fraction
    else:
        cores += gpus * catalog.assumption("engine_cores_per_gpu").value
    taken = [say("{gib:,.1f} GiB {what}", gib=gib, what=say(what))
             for what, gib in parts.items() if gib]  # fmt: skip
    return Need(sum(parts.values()), cores, joined(taken, " + "))


def _check_ram(need: Need, group: str, replicas: int, there: float | None, taken: float) -> None:
    if there is None or taken + replicas * need.ram_gib <= there:
        return
    raise ValueError(
        f"{replicas} replicas of {need.ram_for} on a machine of {group!r} do not fit in its "
        f"{there:,.0f} GiB RAM{_taken(taken, 'GiB')}; {_would(there - taken, need.ram_gib)}"
    )


def _check_cores(need: Need, group: str, replicas: int, there: float | None, taken: float) -> None:
    if there is None or taken + replicas * need.cores <= there:
        return
    raise ValueError(
        f"{replicas} replicas of {need.cores:g} CPU cores for engine and workers on a machine of "
        f"{group!r} do not fit on its {there:g} cores{_taken(taken, 'cores')}; "
        f"{_would(there - taken, need.cores)}"
    )


def _taken(amount: float, unit: str) -> str:
    return f", of which other pools take {amount:,.0f} {unit}" if amount else ""


def _would(free: float, each: float) -> str:
    fit = int(free // each)
    if fit < 1:
        return "not one replica would fit: a larger machine is needed"
    return f"{fit} of them on each machine would fit"


def _notes(need: Need, group: str, shape: Shape, cores: float) -> list[str]:
    """What could not be checked, or was checked leniently."""
    notes: list[str] = []
    if need.ram_gib and shape.ram_gib is None:
        notes.append(say("RAM of the machines {group} is not known: {ram_for} not checked",
                         group=group, ram_for=need.ram_for))  # fmt: skip
    if shape.cores is None:
        notes.append(
            say("CPU cores of the machines {group} are not known: not checked", group=group)
        )
    elif shape.threads and shape.cores < _THREADS * cores:
        notes.append(
            say(
                "{there:g} vCPUs of a machine {group} are fewer than the {needed:g} that engine "
                "and workers should have",
                there=shape.cores, group=group, needed=_THREADS * cores,
            )
        )  # fmt: skip
    return notes
