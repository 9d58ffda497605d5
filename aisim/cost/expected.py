"""What a month of a candidate costs about, before any run."""

from aisim import catalog
from aisim.cost.energy import machine_watts, tariff_and_pue
from aisim.cost.owned import standing_lines
from aisim.scenario.candidate import Candidate
from aisim.scenario.economics import Economics
from aisim.scenario.machines import CloudMachines, OwnMachines
from aisim.scenario.sites import CloudSite, OwnSite
from aisim.scenario.study import MONTH_H


def expected_usd_per_month(candidate: Candidate, economics: Economics, load: float) -> float:
    """Return the cost of a month of 730 h in which all machines run.

    As the bill of a run, but energy of owned machines lies on a line between idle and greatest
    draw at the share `load`.
    """
    month = sum(line.usd for line in standing_lines(candidate, economics))
    for group in candidate.machines.values():
        site = candidate.sites[group.site]
        if isinstance(group, CloudMachines) and isinstance(site, CloudSite):
            row = catalog.cloud_instance(site.provider, site.region, group.instance)
            month += group.count * MONTH_H * (row.usd_per_hour(group.price) or 0.0)
        elif isinstance(group, OwnMachines) and isinstance(site, OwnSite):
            tariff, pue = tariff_and_pue(site, economics)
            idle_w, most_w = machine_watts(group)
            kwh = group.count * MONTH_H * (idle_w + load * (most_w - idle_w)) / 1000
            month += kwh * pue.value * tariff.value
    return month
