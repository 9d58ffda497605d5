"""The ledger: dated lines with the column names of FOCUS 1.2; every headline is a sum over it."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pandas as pd

from aisim.catalog import usd_per
from aisim.cost.charge import Charge
from aisim.cost.schedule import Entry, grown
from aisim.scenario.economics import Economics

#: FOCUS service categories, by aisim's; what is not named is Other.
SERVICE_CATEGORIES = {
    "compute": "Compute", "network": "Networking", "egress": "Networking", "storage": "Storage",
    "compliance": "Security", "support": "Management and Governance",
}  # fmt: skip
COLUMNS = (
    "x_Candidate", "x_Category", "ServiceCategory", "ResourceId", "SkuId", "x_Site",
    "BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd",
    "ChargeCategory", "ChargeFrequency", "PricingCategory", "CommitmentDiscountStatus",
    "PricingQuantity", "PricingUnit", "ListUnitPrice", "ContractedUnitPrice", "ListCost",
    "ContractedCost", "BilledCost", "EffectiveCost", "BillingCurrency", "ChargeDescription",
    "x_PaidAtMonth", "x_Basis", "x_EnergyKwh", "x_CarbonKg", "x_WaterLitres", "x_Source", "x_AsOf",
    "x_Quality",
)  # fmt: skip


def ledger_frame(candidate: str, charges: Iterable[Charge], economics: Economics) -> pd.DataFrame:
    """The dated lines of a candidate, one a charge and month.

    BilledCost is what is paid (cash), at the end of month `x_PaidAtMonth` (0 is the beginning);
    EffectiveCost is what the month bears (amortised, capital included). Money is in the currency
    of the study, by the newest rate of the European Central Bank; unit prices too. A month counts
    730 h, whatever its days. PricingQuantity times the unit price is what is billed. Own
    dimensions have the prefix x_.
    """
    rate = 1 / usd_per(economics.currency)[0]
    rows = [row for charge in charges for row in _rows(candidate, charge, economics, rate)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(
    candidate: str, charge: Charge, economics: Economics, rate: float
) -> Iterator[dict[str, Any]]:
    seen: set[int] = set()
    for entry in charge.entries(economics):
        first = entry.month not in seen and entry.kind == "Usage"
        if entry.kind == "Usage":
            seen.add(entry.month)
        values = _values(candidate, charge, entry, economics, rate, with_carbon=first)
        yield dict(zip(COLUMNS, values, strict=True))


def _values(
    candidate: str,
    charge: Charge,
    entry: Entry,
    economics: Economics,
    rate: float,
    *,
    with_carbon: bool,
) -> tuple[Any, ...]:
    begins, ends = _month(economics.start, entry.month), _month(economics.start, entry.month + 1)
    change = charge.change_per_year(economics)
    price = float(grown(charge.unit_price_usd, change, entry.since)) * rate
    carbon = charge.carbon if with_carbon else None
    used = "Usage-Based" if charge.pricing in ("Standard", "Dynamic") else "Recurring"
    frequency = used if entry.kind == "Usage" else "One-Time"
    # As FOCUS has it: only what is used of a commitment has a status.
    status = charge.commitment if entry.kind == "Usage" else ""
    listed = entry.billed_usd * rate
    # What months bear of a purchase was counted with it: no quantity is paid for twice.
    paid_units = listed / price if price else charge.quantity
    return (
        candidate, charge.category, SERVICE_CATEGORIES.get(charge.category, "Other"),
        charge.resource, charge.inputs[0].key, charge.site, begins, ends, begins, ends,
        entry.kind, frequency, charge.pricing, status or None,
        paid_units, charge.unit, price, price, listed, listed, listed,
        entry.effective_usd * rate, economics.currency, charge.description, entry.paid_at,
        "imputed" if charge.is_imputed else "cash",
        carbon.kwh if carbon else None, carbon.kg_co2e if carbon else None,
        carbon.water_l if carbon else None, charge.source, charge.as_of, charge.quality,
    )  # fmt: skip


def _month(start: date, month: int) -> str:
    """First day of a month after the start, as ISO 8601 in UTC."""
    years, months = divmod(start.month - 1 + month, 12)
    return f"{start.year + years:04d}-{months + 1:02d}-01T00:00:00Z"
