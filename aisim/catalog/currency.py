"""Exchange rates of the European Central Bank, as the library currencyconverter ships them."""

from functools import cache
from typing import Any

from currency_converter import CurrencyConverter

from aisim.catalog.unknown import UnknownName


@cache
def _converter() -> Any:
    return CurrencyConverter()


@cache
def currencies() -> tuple[str, ...]:
    """ISO codes of the currencies that have a rate of this year or the last."""
    newest = max(bounds.last_date for bounds in _converter().bounds.values())
    return tuple(
        sorted(
            code
            for code, bounds in _converter().bounds.items()
            if bounds.last_date.year >= newest.year - 1
        )
    )


@cache
def usd_per(currency: str) -> tuple[float, str]:
    """US dollars for one unit of a currency, and the date of that rate: the newest there is.

    Raises:
        UnknownName: there is no rate for it.
    """
    if currency == "USD":
        return 1.0, ""
    if currency not in currencies():
        raise UnknownName("currency", currency, currencies())
    converter = _converter()
    date = converter.bounds[currency].last_date
    return float(converter.convert(1.0, currency, "USD", date=date)), date.isoformat()
