"""Groups of machines: bought, or rented."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from aisim import catalog
from aisim.scenario.base import (
    Declaration,
    HardwareItem,
    LicenceItem,
    Name,
    NotNegative,
    Positive,
    Share,
)
from aisim.scenario.own_accelerator import OwnAccelerator

PriceLevel = Literal["on_demand", "commit_1y", "commit_3y", "spot", "capacity_block"]


class AlreadyOwned(Declaration):
    """Machines that are there already, and have other work to do."""

    present_utilisation: Annotated[float, Field(ge=0, le=0.99)]
    """Share of the GPUs' time that other work takes; what is left serves, so much slower."""
    value_usd: NotNegative = 0.0
    """What one machine could be sold for today; 0 where the purchase is past and gone."""
    years_left: Annotated[float, Field(gt=0, le=30)] = 3.0
    """Years until it is replaced."""


class OwnMachines(Declaration):
    """Machines that were bought: whole machines, idle GPUs included."""

    kind: Literal["own"] = "own"
    site: Name
    """Where they stand."""
    count: Annotated[int, Field(ge=1, le=100_000, title="Machines")] = 1
    """Number of machines."""
    parts: Annotated[dict[HardwareItem, Positive], Field(min_length=1, title="GPU type")]
    """What one machine consists of: rows of the catalog's table of hardware, with quantity. Its
    share of a rack or a switch is a fraction."""
    accelerator: OwnAccelerator | None = None
    """A data sheet of your own, in place of the catalog's for the accelerator of these parts."""
    boot_s: NotNegative | None = None
    """Seconds from power on to a running host; left out, the catalog's assumption."""
    already_owned: AlreadyOwned | None = None
    """For machines that are there already; left out, they are bought."""
    lead_time_months: NotNegative | None = None
    """From order to service; left out, the catalog's typical time."""
    licences: tuple[LicenceItem, ...] = ()
    """Licences and subscriptions of the catalog, for every machine of the group."""

    @model_validator(mode="after")
    def _one_kind_of_accelerator(self) -> "OwnMachines":
        kinds = {row.accelerator for row in map(catalog.hardware, self.parts) if row.accelerator}
        if len(kinds) != 1:
            given = ", ".join(sorted(kinds)) or "none"
            raise ValueError(f"parts must hold exactly one kind of accelerator, got {given}")
        gpus = sum(catalog.hardware(item).n_gpu * n for item, n in self.parts.items())
        if gpus % 1:
            raise ValueError(f"parts must hold a whole number of accelerators, got {gpus:g}")
        return self


class CloudMachines(Declaration):
    """Machines rented in a cloud region: whole machines, idle GPUs included."""

    kind: Literal["cloud"] = "cloud"
    site: Name
    """A cloud site."""
    instance: Annotated[str, Field(title="GPU type")]
    """Instance as in the catalog's table of cloud instances."""
    count: Annotated[int, Field(ge=1, le=100_000, title="Machines")] = 1
    """Number of machines at most."""
    price: PriceLevel = "on_demand"
    """Which price is paid. A commitment is paid whether the machine runs or not, a spot machine may
    be taken back at any time, a capacity block is paid in advance by whole blocks."""
    usd_per_hour: Positive | None = None
    """The planner's own price of a machine-hour at that level; left out, the catalog's."""
    committed: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """Machines that are committed, the others are on demand; left out, all."""
    upfront_share: Share = 0.0
    """Share of a commitment that is paid when its term begins."""
    block_days: Annotated[int, Field(ge=1, le=182)] = 7
    """Days of one capacity block."""
    reclaims_per_month: Annotated[float, Field(ge=0, le=1000)] | None = None
    """How often the provider takes a spot machine back; left out, the catalog's rate."""
    accelerator: OwnAccelerator | None = None
    """A data sheet of your own, in place of the catalog's for the accelerator of this instance."""
    boot_s: NotNegative | None = None
    """Seconds from request to a running host; left out, the catalog's assumption."""
    licences: tuple[LicenceItem, ...] = ()
    """Licences and subscriptions of the catalog, for every machine of the group."""


Machines = Annotated[OwnMachines | CloudMachines, Field(discriminator="kind")]
