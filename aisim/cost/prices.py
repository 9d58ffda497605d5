"""Rows of the catalog as prices in US dollars, with their origin."""

from dataclasses import dataclass

from aisim import catalog
from aisim.catalog.currency import usd_per
from aisim.scenario.economics import Economics

OWN = "the planner's own"


@dataclass(frozen=True)
class Price:
    """A value in dollars (or a ratio) and where it comes from."""

    value: float
    source: str
    as_of: str
    quality: str


def own(value: float) -> Price:
    """A value that the planner gave."""
    return Price(value, "the study", "", OWN)


def opex(economics: Economics, category: str, item: str, region: str) -> Price:
    """A row of the table of running costs at the study's price level, in dollars."""
    row = catalog.opex(category, item, region)
    levels = {"low": row.value_low, "high": row.value_high}
    value = levels.get(economics.price_level)
    return _in_usd(row.value_typical if value is None else value, row.currency, row)


def electricity(economics: Economics, region: str) -> Price:
    """The electricity price of a region at the study's price level, in dollars per kWh."""
    row = catalog.electricity(region)
    levels = {"low": row.per_kwh_low, "high": row.per_kwh_high}
    value = levels.get(economics.price_level)
    return _in_usd(row.per_kwh_typical if value is None else value, row.currency, row)


def purchase(economics: Economics, item: str) -> Price:
    """The purchase price of a piece of hardware at the study's price level."""
    row = catalog.hardware(item)
    value = {"low": row.usd_low, "high": row.usd_high}.get(economics.price_level, row.usd_typical)
    return Price(value, row.source, row.as_of, row.quality)


def _in_usd(value: float, currency: str | None, row: catalog.Fact) -> Price:
    rate, date = usd_per(currency) if currency else (1.0, "")
    exchanged = f"; 1 {currency} = {rate:.4f} USD on {date}" if date else ""
    return Price(value * rate, row.source + exchanged, row.as_of, row.quality)
