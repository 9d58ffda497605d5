"""The prices of a study: rows of the catalog, the planner's own list, and what is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aisim import catalog
from aisim.cost.price import Origin, Price, Range, Value
from aisim.cost.price_list import Quote, read_price_list
from aisim.language import mark
from aisim.scenario.economics import Economics

OWN = mark("the planner's own")


@dataclass(frozen=True)
class Prices:
    """Where every price is looked up.

    Attributes:
        economics: the study's.
        quotes: the planner's own prices, by key; they go before the catalog's.
        drawn: values of prices by key, one of each scenario; they go before both.
    """

    economics: Economics
    quotes: Mapping[str, Quote] = field(default_factory=dict)
    drawn: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @classmethod
    def of(cls, economics: Economics) -> "Prices":
        """The prices of a study, its price list read.

        Raises:
            BadPriceList: its price list cannot be used.
        """
        listed = economics.price_list
        return cls(economics, {} if listed is None else read_price_list(listed))

    def own(self, key: str, value: float, unit: str, source: str = mark("the study")) -> Price:
        """A figure that the planner gave: it is certain."""
        return self._price(key, Range(value, value, value), unit, Origin(source, "", OWN))

    def own_range(self, key: str, span: Range, unit: str, source: str) -> Price:
        """A price of the planner's with its range."""
        return self._price(key, span, unit, Origin(source, "", OWN))

    def listed(self, key: str, value: float, unit: str, source: str, as_of: str) -> Price:
        """A price that a vendor lists, read elsewhere."""
        span = Range(None, value, None)
        return self._price(key, span, unit, Origin(source, as_of, "vendor list"))

    def cloud(self, row: catalog.CloudInstance, level: str) -> Price | None:
        """A machine-hour at a level; None where it is not listed."""
        key = f"cloud / {row.provider} / {row.region} / {row.instance} / {level}"
        value, quote = row.usd_per_hour(level), self.quotes.get(key)
        if value is None and quote is None:
            return None
        basis = {"commit_1y": row.commit_basis, "commit_3y": row.commit_basis,
                 "spot": row.spot_basis}.get(level) or ""  # fmt: skip
        quality = "estimate" if "estimate" in basis else row.quality
        source = f"{row.source}; {basis}" if basis else row.source
        span = Range(None, 0.0 if value is None else value, None)
        return self._price(key, span, "machine-hour", Origin(source, row.as_of, quality))

    def hardware(self, item: str) -> Price:
        """The purchase price of a piece of hardware."""
        row = catalog.hardware(item)
        span = Range(row.usd_low, row.usd_typical, row.usd_high)
        return self._price(f"hardware / {item}", span, row.per, _of(row))

    def opex(self, category: str, item: str, region: str) -> Price:
        """A row of the table of running costs, in dollars."""
        row = catalog.opex(category, item, region)
        span = Range(row.value_low, row.value_typical, row.value_high)
        key = f"opex / {category} / {item} / {region}"
        return self._price(key, *_in_usd(span, row.unit, row.currency, _of(row)))

    def electricity(self, region: str) -> Price:
        """A kWh in a region, in dollars."""
        row = catalog.electricity(region)
        span = Range(row.per_kwh_low, row.per_kwh_typical, row.per_kwh_high)
        key = f"electricity / {region}"
        return self._price(key, *_in_usd(span, "kWh", row.currency, _of(row)))

    def service(self, tier: catalog.Service, taken_from: str = "") -> Price:
        """One tier of a service of a provider."""
        key = f"service / {tier.provider} / {tier.region} / {tier.service} / {tier.item}"
        if tier.tier_from:
            key += f" / from {tier.tier_from:g}"
        quality = "estimate" if taken_from else tier.quality
        source = f"{tier.source}; {taken_from}" if taken_from else tier.source
        span = Range(None, tier.usd_per_unit, None)
        return self._price(key, span, tier.unit, Origin(source, tier.as_of, quality))

    def assumption(self, name: str) -> Price:
        """An assumption of the catalog."""
        row = catalog.assumption(name)
        return self._price(f"assumption / {name}", Range(None, row.value, None), row.unit, _of(row))

    def _price(self, key: str, span: Range, unit: str, origin: Origin) -> Price:
        quote = self.quotes.get(key)
        if quote is not None:
            span, origin = quote.in_usd()
        low, high = _ends(span, origin.quality)
        typical = {"low": span.low, "high": span.high}.get(self.economics.price_level)
        taken = span.typical if typical is None else typical
        value: Value = self.drawn.get(key, taken)
        return Price(key, value, unit, low, taken, high, *origin)


def _of(row: catalog.Fact) -> Origin:
    return Origin(row.source, row.as_of, row.quality)


def _ends(span: Range, quality: str) -> tuple[float, float]:
    """The range of a row; one that has none takes the band of its quality, if there is one."""
    known = catalog.assumptions().get(f"band_{quality}")
    band = 0.0 if known is None else known.value
    low = span.typical * (1 - band) if span.low is None else span.low
    high = span.typical * (1 + band) if span.high is None else span.high
    return min(low, span.typical), max(high, span.typical)


def _in_usd(
    span: Range, unit: str, currency: str | None, origin: Origin
) -> tuple[Range, str, Origin]:
    if currency in (None, "USD"):
        return span, unit, origin
    assert currency is not None
    rate, date = catalog.usd_per(currency)
    ends = [None if value is None else value * rate for value in (span.low, span.high)]
    source = f"{origin.source}; 1 {currency} = {rate:.4f} USD on {date}"
    return (
        Range(ends[0], span.typical * rate, ends[1]),
        unit,
        origin._replace(source=source),
    )
