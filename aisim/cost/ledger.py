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
#: Provider of what is bought or done in one's own house.
OWN_HOUSE = "own"
COLUMNS = (
    "x_Candidate", "x_Category", "ServiceCategory", "ServiceName", "ProviderName", "RegionId",
    "ResourceId", "SkuId", "x_Site", "BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart",
    "ChargePeriodEnd", "ChargeCategory", "ChargeFrequency", "PricingCategory",
    "CommitmentDiscountStatus", "PricingQuantity", "PricingUnit", "ConsumedQuantity",
    "ConsumedUnit", "ListUnitPrice", "ContractedUnitPrice", "ListCost", "ContractedCost",
    "BilledCost", "EffectiveCost", "BillingCurrency", "ChargeDescription", "x_PaidAtMonth",
    "x_Basis", "x_EnergyKwh", "x_CarbonKg", "x_WaterLitres", "x_Source", "x_AsOf", "x_Quality",
)  # fmt: skip


def ledger_frame(candidate: str, charges: Iterable[Charge], economics: Economics) -> pd.DataFrame:
    """The dated lines of a candidate, one a charge and month.

    BilledCost is what is paid (cash), at the end of month `x_PaidAtMonth` (0 is the beginning);
    EffectiveCost is what the month bears (amortised, capital included). Money is in the currency
    of the study, by the newest rate of the European Central Bank; unit prices too. A month counts
    730 h, whatever its days. PricingQuantity times ContractedUnitPrice is what is billed;
    ListUnitPrice is the price on demand, where there is one. Own dimensions have the prefix x_.
    """
    rate = 1 / usd_per(economics.currency)[0]
    rows = [row for charge in charges for row in _rows(candidate, charge, economics, rate)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(
    candidate: str, charge: Charge, economics: Economics, rate: float
) -> Iterator[dict[str, Any]]:
    always, with_carbon = _of_charge(candidate, charge, economics), set[int]()
    for entry in charge.entries(economics):
        row = always | _period(entry, economics) | _amounts(charge, entry, economics, rate)
        # Energy is said once a month, however many entries a month has.
        if charge.carbon is not None and entry.kind == "Usage" and entry.month not in with_carbon:
            with_carbon.add(entry.month)
            row |= {
                "x_EnergyKwh": charge.carbon.kwh,
                "x_CarbonKg": charge.carbon.kg_co2e,
                "x_WaterLitres": charge.carbon.water_l,
            }
        yield row


def _of_charge(candidate: str, charge: Charge, economics: Economics) -> dict[str, Any]:
    """What all lines of a charge have in common."""
    return {
        "x_Candidate": candidate,
        "x_Category": charge.category,
        "ServiceCategory": SERVICE_CATEGORIES.get(charge.category, "Other"),
        "ServiceName": charge.resource.partition(": ")[2] or charge.resource,
        "ProviderName": charge.provider or OWN_HOUSE,
        "RegionId": charge.region,
        "ResourceId": charge.resource,
        "SkuId": charge.inputs[0].key,
        "x_Site": charge.site,
        "PricingCategory": charge.pricing,
        "PricingUnit": charge.unit,
        "BillingCurrency": economics.currency,
        "ChargeDescription": charge.description,
        "x_Basis": "imputed" if charge.is_imputed else "cash",
        "x_Source": charge.source,
        "x_AsOf": charge.as_of,
        "x_Quality": charge.quality,
    }


def _period(entry: Entry, economics: Economics) -> dict[str, Any]:
    begins, ends = _month(economics.start, entry.month), _month(economics.start, entry.month + 1)
    return {
        "BillingPeriodStart": begins,
        "BillingPeriodEnd": ends,
        "ChargePeriodStart": begins,
        "ChargePeriodEnd": ends,
        "ChargeCategory": entry.kind,
        "x_PaidAtMonth": entry.paid_at,
    }


def _amounts(charge: Charge, entry: Entry, economics: Economics, rate: float) -> dict[str, Any]:
    """Quantities, prices and costs of a line, in the currency of the study."""
    change, is_usage = charge.change_per_year(economics), entry.kind == "Usage"
    price = float(grown(charge.unit_price_usd, change, entry.since)) * rate
    listed = price * _list_ratio(charge)
    billed = entry.billed_usd * rate
    # What months bear of a purchase was counted with it: no quantity is paid for twice.
    quantity = billed / price if price else charge.quantity
    used = "Usage-Based" if charge.pricing in ("Standard", "Dynamic") else "Recurring"
    is_consumed = is_usage and charge.pricing != "Other"
    return {
        "ChargeFrequency": used if is_usage else "One-Time",
        # As FOCUS has it: only what is used of a commitment has a status.
        "CommitmentDiscountStatus": (charge.commitment or None) if is_usage else None,
        "PricingQuantity": quantity,
        "ConsumedQuantity": charge.quantity if is_consumed else None,
        "ConsumedUnit": charge.unit if is_consumed else None,
        "ListUnitPrice": listed,
        "ContractedUnitPrice": price,
        "ListCost": quantity * listed,
        "ContractedCost": billed,
        "BilledCost": billed,
        "EffectiveCost": entry.effective_usd * rate,
    }


def _list_ratio(charge: Charge) -> float:
    """The price on demand as a multiple of what is paid; 1 where nothing else is listed."""
    if charge.list_price_usd is None or not charge.unit_price_usd:
        return 1.0
    return float(charge.list_price_usd / charge.unit_price_usd)


def _month(start: date, month: int) -> str:
    """First day of a month after the start, as ISO 8601 in UTC."""
    years, months = divmod(start.month - 1 + month, 12)
    return f"{start.year + years:04d}-{months + 1:02d}-01T00:00:00Z"
