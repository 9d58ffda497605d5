"""Where things stand."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from aisim import catalog
from aisim.scenario.base import Country, Declaration, Name, NotNegative, Positive

#: The catalog has no price for cabinets that take more.
MOST_CABINET_KW = 20.0


class OwnSite(Declaration):
    """A data centre of one's own, or a colocation."""

    kind: Literal["own"] = "own"
    region: str = "DE"
    """Region of the electricity price (country, or US state as US-CA)."""
    electricity_usd_per_kwh: Positive | None = None
    """The planner's own tariff; left out, the region's row of the catalog."""
    pue: Annotated[float, Field(ge=1, le=5)] | None = None
    """Power usage effectiveness; left out, the average of surveyed sites."""
    staff_fte: NotNegative | None = None
    """Full-time staff for this site; left out, the catalog's floor for a first node and its slope
    for those beyond."""
    space: Literal["kw", "racks"] = "kw"
    """What room is paid by: kW of power feed, or full cabinets."""
    space_usd_per_kw_month: NotNegative | None = None
    """Colocation or room per kW and month, for `space: kw`; left out, the catalog's rate."""
    committed_kw: NotNegative = 0.0
    """Power that is paid in any case, for `space: kw`; the machines' greatest draw counts where it
    is more."""
    rack_kw: Positive = 10.0
    """Power and cooling of one rack, in kW: says how many racks the machines need."""
    power_limit_kw: Positive | None = None
    """What the feed and the cooling of the site can take; left out, anything."""
    storage: Name | None = None
    """Device that a starting replica reads its weights from."""
    link: Name | None = None
    """Link that requests cross to this site, after the path that leads to the pools."""
    refuses: tuple[Name, ...] = ()
    """Data classes that may not go to this site."""

    @model_validator(mode="after")
    def _priced_cabinets(self) -> "OwnSite":
        if self.space == "racks" and self.rack_kw > MOST_CABINET_KW:
            raise ValueError(
                f"rack_kw {self.rack_kw:g}: cabinets are priced up to {MOST_CABINET_KW:g} kW; "
                "pay room by kW (space: kw)"
            )
        return self

    @model_validator(mode="after")
    def _priced_electricity(self) -> "OwnSite":
        if self.electricity_usd_per_kwh is None:
            try:
                catalog.electricity(self.region)
            except catalog.UnknownName as unknown:
                raise ValueError(f"{unknown}; or give electricity_usd_per_kwh") from None
        return self


class CloudSite(Declaration):
    """A region of a cloud provider."""

    kind: Literal["cloud"] = "cloud"
    provider: str
    """Provider as in the catalog's table of cloud instances."""
    region: str
    """Region as in the catalog's table of cloud instances."""
    storage: Name | None = None
    """Device that a starting replica reads its weights from."""
    link: Name | None = None
    """Link that requests cross to this site, after the path that leads to the pools."""
    refuses: tuple[Name, ...] = ()
    """Data classes that may not go to this site."""


class ApiSite(Declaration):
    """The provider of an external API."""

    kind: Literal["api"] = "api"
    provider: str
    """Provider as genai-prices names it: openai, anthropic, google, mistral and so on."""
    country: Country = "US"
    """Where the requests are processed, for rules on where data may go."""
    link: Name | None = None
    """Link that requests cross to this site, after the path that leads to the pools."""
    refuses: tuple[Name, ...] = ()
    """Data classes that may not go to this site."""


Site = Annotated[OwnSite | CloudSite | ApiSite, Field(discriminator="kind")]
