"""What can be chosen for a machine: other GPUs at the same provider, or other parts."""

from typing import Any

from aisim import catalog
from aisim.scenario import Study
from aisim.scenario.machines import CloudMachines, OwnMachines
from aisim.scenario.sites import CloudSite

Choices = tuple[tuple[str, Any], ...]


def choices(study: Study, path: str) -> Choices:
    """Text and value of each choice for a field of a machine group; none for other fields."""
    parts = path.split(".")
    if len(parts) != 5 or parts[2] != "machines" or parts[4] not in ("instance", "parts"):
        return ()
    candidate = study.candidates[parts[1]]
    group = candidate.machines[parts[3]]
    if isinstance(group, OwnMachines):
        return _parts(group)
    site = candidate.sites[group.site]
    assert isinstance(site, CloudSite)
    return _instances(site, group)


def _instances(site: CloudSite, group: CloudMachines) -> Choices:
    """Machines with accelerators in the same region that have the price that is paid."""
    rows = [
        row
        for row in catalog.cloud_instances().values()
        if (row.provider, row.region) == (site.provider, site.region)
        and row.accelerator is not None
        and row.usd_per_hour(group.price) is not None
    ]
    rows.sort(key=lambda row: (row.accelerator or "", row.n_gpu))
    return tuple(
        (
            f"{row.n_gpu}x {row.accelerator} ({row.instance}, "
            f"{row.usd_per_hour(group.price):,.2f} USD/h)",
            row.instance,
        )
        for row in rows
    )


def _parts(group: OwnMachines) -> Choices:
    """The same machine with another card, or another whole server in its place."""
    current = next(item for item in group.parts if catalog.hardware(item).accelerator)
    category, n = catalog.hardware(current).category, group.parts[current]
    rows = [
        row
        for row in map(catalog.hardware, catalog.hardware_items())
        if row.accelerator and row.category == category
        if row.item == current or (_fits(row) and row.item not in group.parts)
    ]
    rows.sort(key=lambda row: (row.item != current, row.usd_typical))
    return tuple(
        (
            f"{n:g}x {row.item} ({row.usd_typical:,.0f} USD each)",
            {row.item if item == current else item: n for item, n in group.parts.items()},
        )
        for row in rows
    )


def _fits(row: catalog.Hardware) -> bool:
    """A module for a vendor's own board is no card that fits in any machine."""
    return row.category != "gpu" or not any(b in row.item for b in ("SXM", "GB200", "MI3"))
