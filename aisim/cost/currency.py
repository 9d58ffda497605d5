"""Exchange rates of the European Central Bank, as the library currencyconverter ships them."""

from functools import cache
from typing import Any

from currency_converter import CurrencyConverter


@cache
def _converter() -> Any:
    return CurrencyConverter()


@cache
def usd_per(currency: str) -> tuple[float, str]:
    """US dollars for one unit of a currency, and the date of that rate: the newest there is."""
    if currency == "USD":
        return 1.0, ""
    converter = _converter()
    date = converter.bounds[currency].last_date
    return float(converter.convert(1.0, currency, "USD", date=date)), date.isoformat()
