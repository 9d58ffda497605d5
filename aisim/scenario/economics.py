"""Money beside the prices of machines."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from aisim import catalog
from aisim.scenario.base import Declaration, Positive, Share
from aisim.scenario.costs import Category
from aisim.scenario.faults import nearest

#: Category and item of the catalog row with the loaded cost of an engineer.
ENGINEER = ("staff", "infrastructure / ML platform engineer loaded")


def _currency(code: str) -> str:
    if code != "USD" and code not in catalog.currencies():
        raise ValueError(f"no exchange rate for {code!r}, {nearest(code, catalog.currencies())}")
    return code


Currency = Annotated[str, AfterValidator(_currency)]


class Economics(Declaration):
    """Money beside the prices of machines."""

    years: Annotated[int, Field(ge=1, le=15)] = 3
    """Years that are looked at."""
    start: date = date(2027, 1, 1)
    """First day of the ledger; its months follow. Token prices are those of this time, too."""
    currency: Currency = "USD"
    """Currency in which results are shown; prices and JSON stay in US dollars beside it."""
    discount_rate: Share | None = None
    """Cost of capital per year; left out, the catalog's typical rate."""
    life_years: Annotated[float, Field(gt=0, le=30)] | None = None
    """Years over which owned hardware is paid; left out, the catalog's typical life."""
    residual_share: Share | None = None
    """Share of the purchase price that hardware is worth at the end of its life, on a straight
    line until then; left out, accelerators follow the catalog's second-hand prices, and all else
    goes to nothing on a straight line."""
    support_share: Share | None = None
    """Hardware support per year as a share of the purchase; left out, the catalog's rate."""
    spares_share: Share | None = None
    """Spare parts bought with the machines as a share of the purchase; left out, the catalog's."""
    insurance_share: Share | None = None
    """Insurance per year as a share of the purchase; left out, the catalog's rate."""
    disposal_share: Share | None = None
    """Disposal at the end of life as a share of the purchase; left out, the catalog's."""
    failed_parts: Literal["in_support", "bought"] = "in_support"
    """Who replaces what fails beyond the spares: the support contract, or a purchase."""
    staff_usd_per_fte_year: Positive | None = None
    """Loaded cost of a full-time engineer; left out, the catalog's rate for `staff_region`."""
    staff_region: str = "EU-West"
    """Region of the catalog's staff cost."""
    price_level: Literal["low", "typical", "high"] = "typical"
    """Which column of the price rows with a range is taken."""
    price_change_per_year: dict[Category, Annotated[float, Field(ge=-0.5, le=1)]] = {}
    """Yearly change of prices by category, for instance {energy: 0.03}; left out, none."""
    price_list: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    """File of `aisim prices import` with your own prices, relative to the working directory."""

    @model_validator(mode="after")
    def _priced_staff(self) -> "Economics":
        if self.staff_usd_per_fte_year is None:
            try:
                catalog.opex(*ENGINEER, self.staff_region)
            except catalog.UnknownName as unknown:
                raise ValueError(f"{unknown}; or give staff_usd_per_fte_year") from None
        return self

    @model_validator(mode="after")
    def _first_of_a_month(self) -> "Economics":
        if self.start.day != 1:
            raise ValueError(f"start {self.start} must be the first of a month")
        return self
