"""Cloud machines: running seconds times the price row that is named."""

from collections.abc import Iterator

from aisim import catalog
from aisim.cost.ledger import Line
from aisim.results import Run, in_window_s, usage_rows
from aisim.scenario.candidate import Candidate
from aisim.scenario.machines import CloudMachines
from aisim.scenario.sites import CloudSite
from aisim.scenario.study import MONTH_H

#: Paid within the price of the machine.
INCLUDED = ("energy", "cooling", "space", "support", "finance", "decommissioning")


def cloud_lines(run: Run, candidate: Candidate) -> Iterator[Line]:
    """One line for each group of rented machines."""
    for group, declared in candidate.machines.items():
        if isinstance(declared, CloudMachines):
            yield _line(run, candidate, group, declared)


def _line(run: Run, candidate: Candidate, group: str, declared: CloudMachines) -> Line:
    site = candidate.sites[declared.site]
    assert isinstance(site, CloudSite)
    row = catalog.cloud_instance(site.provider, site.region, declared.instance)
    price = row.usd_per_hour(declared.price)
    assert price is not None
    if declared.price == "on_demand":
        hours = machine_hours_per_month(run, group)
        how = "seconds from start to stop, boot included, scaled to 730 h"
    else:
        hours = declared.count * MONTH_H
        how = f"committed whether running or not; {row.commit_basis or 'as listed'}"
    estimated = declared.price != "on_demand" and "estimate" in (row.commit_basis or "")
    return Line(
        category="compute",
        resource=f"{group}: {row.instance}",
        site=declared.site,
        quantity=hours,
        unit="machine-hour",
        unit_price_usd=price,
        description=f"{declared.price} in {row.region}, {how}",
        source=row.source,
        as_of=row.as_of,
        quality="estimate" if estimated else row.quality,
    )


def machine_hours_per_month(run: Run, group: str) -> float:
    """Hours that the machines of a group were held, of the measured time scaled to a month."""
    held_s = in_window_s(run)[usage_rows(run, "machine", group)]
    return float(held_s.sum()) / run.window_s * MONTH_H
