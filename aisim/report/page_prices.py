"""The prices that a comparison rests on, with their origin, those that matter most first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from aisim.cost.owned import rate_price
from aisim.cost.price import Price
from aisim.cost.prices import Prices
from aisim.cost.uncertainty import tornado
from aisim.language import mark, number, say, tr
from aisim.planning import Priced
from aisim.planning.money import cases_of
from aisim.report.page_html import Html, table

#: What of a source can be followed: an address of the web, without the mark that ends its phrase.
ADDRESS = re.compile(r"(https?://[^\s;,()<>\"']+[^\s;,()<>\"'.])")
HEADS = (
    mark("Price"), mark("USD, or ratio"), mark("Range"), mark("for one"), mark("Moves, USD"),
    mark("Quality"), mark("As of"), mark("Source"),
)  # fmt: skip


@dataclass(frozen=True)
class UsedPrice:
    """A price that a comparison rests on.

    Attributes:
        price: the price.
        usd_per_month: the charges that it goes into, of the candidate where they are most.
        swing_usd: what its range does to a candidate's present cost, where it does most.
    """

    price: Price
    usd_per_month: float
    swing_usd: float


def used_prices(priced: Priced) -> list[UsedPrice]:
    """Every price in use once, by what its range does, then by what hangs on it."""
    prices = Prices.of(priced.study.economics)
    rate = rate_price(prices)
    found, months = {rate.key: rate}, {rate.key: 0.0}
    for bill in priced.bills.values():
        paid: dict[str, float] = {}
        for charge, usd in zip(bill.charges, bill.by_charge, strict=True):
            for price in {price.key: price for price in charge.inputs}.values():
                found.setdefault(price.key, price)
                paid[price.key] = paid.get(price.key, 0.0) + abs(usd)
        months |= {key: max(usd, months.get(key, 0.0)) for key, usd in paid.items()}
    swings = _swings(priced, prices)
    used = [UsedPrice(p, months[key], swings.get(key, 0.0)) for key, p in found.items()]
    return sorted(used, key=lambda u: (-u.swing_usd, -u.usd_per_month, u.price.key))


def _swings(priced: Priced, prices: Prices) -> dict[str, float]:
    """The widest swing of each price."""
    widths: dict[str, float] = {}
    cases = cases_of(priced.study, priced.bills)
    for name in cases:
        for swing in tornado(cases, prices, name):
            key = swing.price.key
            widths[key] = max(swing.width_usd, widths.get(key, 0.0))
    return widths


def prices_table(priced: Priced) -> Html:
    """All prices in use as a table."""
    rows = [list(_cells(used)) for used in used_prices(priced)]
    caption = tr(
        "Prices in use. Moves: what the range of the price does to the present cost of a candidate"
    )
    return table(caption, [tr(head) for head in HEADS], rows, (3, 5, 6, 7), is_long=True)


def _cells(used: UsedPrice) -> Iterator[str]:
    price = used.price
    yield price.key
    yield figure(float(price.typical))
    ends = say("{low} to {high}", low=figure(price.low), high=figure(price.high))
    yield "" if price.is_certain else tr(ends)
    yield tr(price.unit)
    yield number(used.swing_usd, ",.0f") if used.swing_usd else ""
    yield tr(price.quality)
    yield price.as_of
    yield linked(tr(price.source))


def figure(value: float) -> str:
    """A price to four digits, without an exponent."""
    if abs(value) >= 1000:
        return number(value, ",.0f")
    return number(float(f"{value:.4g}"), ",.10f").rstrip("0").rstrip(".,")


def linked(source: str) -> Html:
    """A source with its addresses as links; all else in it is text."""
    parts = ADDRESS.split(source)
    return Html("".join(_link(p) if i % 2 else escape(p) for i, p in enumerate(parts)))


def _link(address: str) -> str:
    return f"<a href='{escape(address)}' rel='noopener noreferrer'>{escape(address)}</a>"
