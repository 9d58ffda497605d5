"""Calibrations that the pools of a study name: there, well formed, for these accelerators."""

from collections.abc import Iterator

from aisim import catalog
from aisim.scenario.calibration_file import calibration_file, groups_for
from aisim.scenario.candidate import Candidate
from aisim.scenario.faults import Fault, InvalidStudy
from aisim.scenario.machines import OwnMachines
from aisim.scenario.sites import CloudSite
from aisim.scenario.study import Study


def calibration_faults(study: Study, file: str) -> list[Fault]:
    """All calibrations that are not there, cannot be read, or are for something else."""
    return [
        Fault(file, f"candidates.{name}.pools.{pool}.calibration", problem)
        for name, candidate in study.candidates.items()
        for pool, problem in _problems(candidate)
    ]


def _problems(candidate: Candidate) -> Iterator[tuple[str, str]]:
    for name, pool in candidate.pools.items():
        if pool.calibration is None:
            continue
        try:
            groups = calibration_file(pool.calibration).groups
            device = accelerator_name(candidate, pool.machines)
            groups_for(groups, device, pool.engine, pool.calibration)
        except InvalidStudy as invalid:
            for fault in invalid.faults:
                yield name, " ".join(str(fault).split())


def accelerator_name(candidate: Candidate, group: str) -> str:
    """The accelerator of a machine group; "" where something else is wrong with the group."""
    machines = candidate.machines.get(group)
    if machines is not None and machines.accelerator is not None:
        return machines.accelerator.name
    if isinstance(machines, OwnMachines):
        rows = map(catalog.hardware, machines.parts)
        return next((row.accelerator for row in rows if row.accelerator), "")
    site = candidate.sites.get(machines.site) if machines else None
    if machines is None or not isinstance(site, CloudSite):
        return ""
    try:
        row = catalog.cloud_instance(site.provider, site.region, machines.instance)
    except catalog.UnknownName:
        return ""
    return row.accelerator or ""
