"""How often hardware fails and how often rented machines are taken back."""

from functools import cache
from statistics import fmean

from aisim.catalog.accelerators import accelerator as find_accelerator
from aisim.catalog.files import Fact, read_facts
from aisim.catalog.unknown import UnknownName

YEARLY = "per year"
RECLAIMED = "interruption band per month"
#: What stands for each category of `data/hardware.csv`, as (component, metric).
COMPONENTS = {
    "gpu": ("GPU data-centre class", "AFR hardware replacement"),
    "server": ("CPU server (non GPU)", "AFR"),
    "network": ("IB switch", "AFR"),
    "storage": ("SSD enterprise NVMe", "AFR"),
    "facility": None,
}
HDD = ("HDD", "HDD fleet AFR 2024")


class Reliability(Fact):
    """One figure of failures, repairs or reclaims.

    Attributes:
        component: What fails.
        metric: What is counted, such as "AFR", the share that fails in a year.
        value: The figure in `unit`; of a band its middle.
        value_low: Low end of a band.
        value_high: High end of a band.
        population: What was observed.
    """

    component: str
    metric: str
    value: float
    value_low: float | None = None
    value_high: float | None = None
    unit: str
    population: str | None = None


@cache
def reliability_figures() -> tuple[Reliability, ...]:
    """Return every figure, in the order of the table."""
    return read_facts("reliability", Reliability)


def failure_rate(
    category: str, item: str = "", accelerator: str | None = None
) -> Reliability | None:
    """Return the share that fails in a year of a thing of `data/hardware.csv`.

    It counts by GPU for a GPU and for a server with GPUs, by switch, by drive, and by machine
    for a server without GPUs. A store is of hard disks where its item says "HDD".

    Args:
        category: Its category; a "facility" has no rate.
        item: Its name, which tells disks from SSDs.
        accelerator: That of a server; None or a CPU for one without GPUs.

    Raises:
        UnknownName: There is no such category, or no such accelerator.
    """
    if category not in COMPONENTS:
        raise UnknownName("hardware category", category, COMPONENTS)
    names = COMPONENTS[category]
    if category == "storage" and "HDD" in item:
        names = HDD
    if category == "server" and accelerator and _is_gpu(accelerator):
        names = COMPONENTS["gpu"]
    return None if names is None else _figure(*names)


def spot_reclaims(accelerator: str) -> Reliability:
    """Return the share of spot machines reclaimed in a month, 0..1, with its band.

    It is no probability of a run being stopped. An accelerator that was not observed takes the
    mean of those that were and the union of their bands, as an estimate.
    """
    observed = [row for row in reliability_figures() if row.metric == RECLAIMED]
    family = accelerator.split("-")[0]
    for row in observed:
        if family in row.component.split():
            return row
    return Reliability(
        component=f"spot {accelerator}",
        metric=RECLAIMED,
        value=fmean(row.value for row in observed),
        value_low=min(row.value_low or 0.0 for row in observed),
        value_high=max(row.value_high or 1.0 for row in observed),
        unit=observed[0].unit,
        source="; ".join(dict.fromkeys(row.source for row in observed)),
        as_of=max(row.as_of for row in observed),
        quality="estimate",
        note="mean of " + ", ".join(row.component for row in observed) + "; the union of bands",
    )


def _is_gpu(accelerator: str) -> bool:
    return not find_accelerator(accelerator).arch.startswith("CPU")


def _figure(component: str, metric: str) -> Reliability:
    for row in reliability_figures():
        if (row.component, row.metric, row.unit) == (component, metric, YEARLY):
            return row
    raise UnknownName("failure rate", component, [row.component for row in reliability_figures()])
