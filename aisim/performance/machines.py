"""What one machine of a group offers."""

from dataclasses import dataclass

from aisim import catalog
from aisim.scenario.candidate import Candidate
from aisim.scenario.machines import CloudMachines, OwnMachines
from aisim.scenario.sites import CloudSite


@dataclass(frozen=True)
class Shape:
    """What one machine of a group offers.

    Attributes:
        accelerator: Which accelerator it holds.
        gpus: How many of them; sockets where they are CPUs.
        ram_gib: RAM of the host, None where it is not known.
        cores: CPU cores of the host, None where they are not known.
        threads: Whether `cores` are hardware threads (vCPUs) and not whole cores.
    """

    accelerator: catalog.Accelerator
    gpus: int
    ram_gib: float | None = None
    cores: float | None = None
    threads: bool = False


def machine_shape(candidate: Candidate, group: str) -> Shape:
    """Return what one machine of a group offers, from the rows of the catalog it is made of."""
    declared = candidate.machines[group]
    if isinstance(declared, OwnMachines):
        return _owned(declared)
    return _rented(candidate, declared)


def _rented(candidate: Candidate, declared: CloudMachines) -> Shape:
    site = candidate.sites[declared.site]
    assert isinstance(site, CloudSite)
    row = catalog.cloud_instance(site.provider, site.region, declared.instance)
    assert row.accelerator is not None
    # A price per chip says nothing of the host.
    device = _device(declared, row.accelerator)
    return Shape(device, row.n_gpu, row.ram_gib or None, row.vcpu or None, True)


def _owned(declared: OwnMachines) -> Shape:
    rows = [(catalog.hardware(item), quantity) for item, quantity in declared.parts.items()]
    gpus = sum(row.n_gpu * quantity for row, quantity in rows)
    name = next(row.accelerator for row, _ in rows if row.accelerator is not None)
    servers = [(row, quantity) for row, quantity in rows if row.category == "server"]
    return Shape(
        _device(declared, name),
        int(gpus),
        _total([(row.ram_gib, quantity) for row, quantity in servers]),
        _total([(row.cpu_cores, quantity) for row, quantity in servers]),
    )


def _device(declared: CloudMachines | OwnMachines, name: str) -> catalog.Accelerator:
    """The planner's own data sheet, else the catalog's."""
    own = declared.accelerator
    return catalog.accelerator(name) if own is None else own.record()


def _total(amounts: list[tuple[float | None, float]]) -> float | None:
    """Return the sum over the servers of a machine; None without any, or where one is blank."""
    known = [amount * quantity for amount, quantity in amounts if amount is not None]
    return sum(known) if known and len(known) == len(amounts) else None
