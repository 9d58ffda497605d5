"""The ledger: dated cost lines; every headline figure is a sum over it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

#: What a complete comparison of costs has to speak of.
CATEGORIES = (
    "compute", "energy", "cooling", "space", "network", "egress", "storage", "staff", "support",
    "licences", "finance", "decommissioning",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One cost of one month of 730 h, in the words of FOCUS 1.2 where it has them.

    Attributes:
        category: one of CATEGORIES.
        resource: what is paid for.
        site: where it stands.
        quantity: how much, in `unit`.
        unit: what the quantity counts.
        unit_price_usd: price of one unit.
        description: how the figure comes about.
        source: where the price comes from.
        as_of: when that price held.
        quality: what the price is worth (vendor list, published, estimate, the planner's own).
    """

    category: str
    resource: str
    site: str
    quantity: float
    unit: str
    unit_price_usd: float
    description: str
    source: str
    as_of: str
    quality: str

    @property
    def usd(self) -> float:
        """Cost of the month."""
        return self.quantity * self.unit_price_usd


def ledger_frame(candidate: str, lines: Iterable[Line]) -> pd.DataFrame:
    """The lines as a frame with FOCUS 1.2 column names, own dimensions with the prefix x_."""
    return pd.DataFrame([_row(candidate, line) for line in lines], columns=list(COLUMNS))


COLUMNS = (
    "x_Candidate", "x_Category", "ResourceId", "x_Site", "ChargePeriodStart", "ChargePeriodEnd",
    "PricingQuantity", "PricingUnit", "ContractedUnitPrice", "EffectiveCost", "BillingCurrency",
    "ChargeDescription", "x_Source", "x_AsOf", "x_Quality",
)  # fmt: skip


def _row(candidate: str, line: Line) -> dict[str, Any]:
    values = (
        candidate, line.category, line.resource, line.site, "month 1, hour 0", "month 1, hour 730",
        line.quantity, line.unit, line.unit_price_usd, line.usd, "USD",
        line.description, line.source, line.as_of, line.quality,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))
