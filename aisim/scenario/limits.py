"""What a candidate must not break: rules on data, budgets, power, time and people."""

from typing import Annotated, Literal

from pydantic import Field

from aisim.scenario.base import Country, Declaration, Name, NotNegative


class DataRule(Declaration):
    """Where data of a class may be processed."""

    countries: Annotated[tuple[Country, ...], Field(min_length=1)] | None = None
    """The only countries; left out, any."""
    sites: Annotated[tuple[Literal["own", "cloud", "api"], ...], Field(min_length=1)] = (
        "own",
        "cloud",
        "api",
    )
    """The only kinds of sites: your own, a public cloud, an external API."""


class Limits(Declaration):
    """A candidate that breaks one of these is shown as excluded, with the reason."""

    data: dict[Name, DataRule] = {}
    """Rules by data class, as the traffic names it."""
    budget_usd_per_month: NotNegative | None = None
    """Most that an average month may cost, purchases spread over their life."""
    budget_upfront_usd: NotNegative | None = None
    """Most that may be paid before the service begins."""
    budget_total_usd: NotNegative | None = None
    """Most that may be paid over all years."""
    rack_kw: NotNegative | None = None
    """Greatest draw of the machines that may stand in one rack; a single machine above it breaks
    the limit."""
    lead_time_months: NotNegative | None = None
    """Longest time from order to service."""
    staff_fte: NotNegative | None = None
    """Most full-time staff at all own sites together."""
