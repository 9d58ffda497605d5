"""Costs that a study names: services of a provider by quantity, and lines of the planner's own."""

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from aisim.scenario.base import Declaration, Name, NotNegative, Share

Category = Literal[
    "compute", "energy", "cooling", "space", "network", "egress", "storage", "staff", "support",
    "licences", "finance", "decommissioning", "compliance",
]  # fmt: skip
#: What a complete comparison of costs has to speak of.
CATEGORIES: tuple[str, ...] = get_args(Category)
#: Quantities that the simulation counts, in a month.
Counted = Literal[
    "requests", "million_requests", "million_input_tokens", "million_output_tokens", "egress_gb",
    "ingress_gb", "log_gb", "hours", "machine_hours", "gpu_hours",
]  # fmt: skip


def _in_one_line(given: Any, check: ValidatorFunctionWrapHandler) -> Any:
    """One fault, not one for each way that a quantity can be written."""
    try:
        return check(given)
    except ValidationError:
        raise ValueError(f"allowed: 0 to 1e15, or {', '.join(get_args(Counted))}") from None


_GB = {"GB": 1.0, "GiB": 1.073741824, "TiB": 1099.511627776}
_REQUESTS = {"1k": 1e3, "10k": 1e4, "1M": 1e6}
_HOURS = ("hour", "VM-hour")
_MANY = ("requests", "calls", "messages", "events")


def counted_per_unit(counted: str, unit: str) -> float | None:
    """How much of a counted quantity is one unit of a price; None where they do not go together.

    A price per "1M requests" counts a million `requests`; one per GiB 1.07 of a `..._gb`.
    """
    if counted.endswith("_gb"):
        return _GB.get(unit)
    if counted.endswith("hours"):
        return 1.0 if unit in _HOURS else None
    size, _, what = unit.partition(" ")
    if counted not in ("requests", "million_requests") or what not in _MANY:
        return None
    many = _REQUESTS.get(size)
    return None if many is None else many / (1e6 if counted == "million_requests" else 1.0)


Quantity = Annotated[
    Annotated[float, Field(ge=0, le=1e15)] | Counted,
    Field(union_mode="left_to_right"),
    WrapValidator(_in_one_line),
]


class Cost(Declaration):
    """One line of the ledger that aisim does not find by itself.

    Say one of `service` (a row of the catalog), `usd` (a price of your own) or
    `share_of_compute` (a surcharge, as managed endpoints have it).
    """

    site: Name
    """Where it is paid for."""
    category: Category
    """Which of the categories of the ledger it belongs to."""
    description: str = ""
    """What it is, in a line."""
    service: str | None = None
    """Service and item of the catalog's table of services, as 'NAT gateway / data processed'."""
    region: str | None = None
    """Region of that row; left out, the site's, or the nearest that has a price."""
    usd: NotNegative | None = None
    """Price of one unit, or the whole amount where the quantity is left out."""
    usd_low: NotNegative | None = None
    """Low end of its range; left out, no range."""
    usd_high: NotNegative | None = None
    """High end of its range; left out, no range."""
    share_of_compute: Share | None = None
    """Surcharge on the compute lines of this site."""
    quantity: Quantity = 1.0
    """Units in a month: a number, or what the simulation counts (requests, egress_gb, ...)."""
    when: Literal["monthly", "yearly", "once"] = "monthly"
    """How often it is paid; once means at the beginning, spread over `life_years`."""
    life_years: Annotated[float, Field(gt=0, le=30)] | None = None
    """Years over which what is paid once counts; what is not used up at the end of the horizon
    comes back as its worth then. Left out, the whole horizon, and nothing comes back."""
    source: str = "the study"
    """Where the price comes from, for instance a quote."""

    @model_validator(mode="after")
    def _one_price(self) -> "Cost":
        given = [n for n in ("service", "usd", "share_of_compute") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError(
                f"give one of service, usd, share_of_compute; got {', '.join(given) or 'none'}"
            )
        low, high = self.usd_low, self.usd_high
        if (low is not None or high is not None) and self.usd is None:
            raise ValueError("usd_low and usd_high go with usd")
        if self.usd is not None and not (low or 0) <= self.usd <= (
            self.usd if high is None else high
        ):
            raise ValueError(f"usd {self.usd:g} is not between usd_low and usd_high")
        return self

    @model_validator(mode="after")
    def _nothing_without_effect(self) -> "Cost":
        if self.usd is None and self.when != "monthly":
            raise ValueError(f"when: {self.when} goes with usd")
        if self.life_years is not None and self.when != "once":
            raise ValueError("life_years goes with when: once")
        if self.region is not None and self.service is None:
            raise ValueError("region goes with service")
        if self.share_of_compute is not None and self.quantity != 1:
            raise ValueError("quantity does not go with share_of_compute")
        return self
