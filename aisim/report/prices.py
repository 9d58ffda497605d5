"""Prices for people: how old they are, and what a list of one's own replaces."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from rich.table import Table
from rich.text import Text

from aisim import catalog
from aisim.catalog.services import services
from aisim.cost.age import age_days, period
from aisim.cost.price import Price
from aisim.cost.price_list import ABOVE, Quote, listed_prices, order_fault

NOT_KNOWN = "-"
Row = dict[str, Any]


def price_rows(prices: Iterable[Price], today: date) -> list[Row]:
    """Prices as plain data with their age in days, each once, of unknown age and oldest first."""
    rows: dict[tuple[Any, ...], Row] = {}
    for price in prices:
        row: Row = {
            name: getattr(price, name)
            for name in ("key", "unit", "low", "typical", "high", "source", "as_of", "quality")
        }
        row |= _aged(price.as_of, today)
        rows[tuple(row.values())] = row
    return sorted(rows.values(), key=lambda row: (_eldest_first(row), row["key"]))


def table_rows(today: date) -> list[Row]:
    """The catalog's tables of prices: rows, oldest and newest date, how many are stale."""
    tables: dict[str, Iterable[catalog.Fact]] = {
        "cloud_instances": catalog.cloud_instances().values(),
        "hardware": catalog.hardware_items().values(),
        "opex": catalog.opex_items().values(),
        "electricity": catalog.electricity_prices(),
        "services": services(),
    }
    return [_summed(name, [fact.as_of for fact in facts], today) for name, facts in tables.items()]


def stale_after_days() -> int:
    """Days after which a price is worth a second look."""
    return int(catalog.assumption("stale_price_days").value)


def prices_table(rows: Iterable[Row]) -> Table:
    """A price with its origin, its figure, and how old it is."""
    table = Table(pad_edge=False)
    table.add_column("price and origin", overflow="fold")
    table.add_column("USD, ratio", justify="right", no_wrap=True)
    table.add_column("unit", overflow="fold", max_width=12)
    table.add_column("as of", overflow="fold", max_width=10)
    table.add_column("days", justify="right", no_wrap=True)
    for row in rows:
        name = Text(f"{row['key']}\n").append(f"{row['quality']}: {row['source']}", style="dim")
        figure = f"{row['typical']:,.6g}"
        table.add_row(name, figure, Text(row["unit"]), Text(row["as_of"]), _age(row))
    return table


def tables_table(rows: Iterable[Row]) -> Table:
    """One row for each table of prices."""
    table = Table("table", pad_edge=False)
    for name in ("rows", "oldest", "newest", "stale", "unknown age"):
        table.add_column(name, justify="right")
    for row in rows:
        ends = (row["oldest"] or NOT_KNOWN, row["newest"] or NOT_KNOWN)
        counts = (f"{row['stale']:,}", f"{row['unknown_age']:,}")
        table.add_row(row["table"], f"{row['rows']:,}", *ends, *counts)
    return table


def replaced_table(quotes: Mapping[str, Quote]) -> Table:
    """What a price list replaces: the catalog's figure and the quote in US dollars."""
    table = Table(pad_edge=False)
    table.add_column("price", overflow="fold")
    table.add_column("unit", overflow="fold", max_width=12)
    for name in ("catalog, USD", "quote, USD", "change"):
        table.add_column(name, justify="right", no_wrap=True)
    for key, quote in sorted(quotes.items()):
        old, new = listed_prices()[key].usd, quote.in_usd()[0].typical
        change = f"{new / old - 1:+.1%}" if old else NOT_KNOWN
        before = NOT_KNOWN if old is None else f"{old:,.6g}"
        table.add_row(Text(key), Text(quote.unit), before, f"{new:,.6g}", change)
    return table


def left_dearer(quotes: Mapping[str, Quote]) -> Iterator[str]:
    """Prices of the catalog that are too dear beside the quotes of the same machine."""
    machines = {key.rpartition(" / ")[0] for key in quotes if key.startswith("cloud / ")}
    for key in (f"{machine} / {level}" for machine in sorted(machines) for level in ABOVE):
        listed = listed_prices()[key]
        if key not in quotes and listed.usd is not None:
            left = Quote(key, None, listed.usd, None, listed.unit, "USD", "", "")
            if problem := order_fault(key, {**quotes, key: left}, {}):
                yield f"{key} stays as the catalog has it: {problem}"


def _aged(as_of: str, today: date) -> Row:
    age = age_days(as_of, today)
    return {"age_days": age, "stale": age is not None and age > stale_after_days()}


def _eldest_first(row: Row) -> float:
    age = row["age_days"]
    return float("-inf") if age is None else -float(age)


def _summed(name: str, dates: list[str], today: date) -> Row:
    ages = {as_of: _aged(as_of, today) for as_of in dates}
    known = sorted((as_of for as_of in ages if ages[as_of]["age_days"] is not None), key=_last)
    return {
        "table": name,
        "rows": len(dates),
        "oldest": known[0] if known else None,
        "newest": known[-1] if known else None,
        "stale": sum(ages[as_of]["stale"] for as_of in dates),
        "unknown_age": sum(ages[as_of]["age_days"] is None for as_of in dates),
    }


def _last(as_of: str) -> date:
    held = period(as_of)
    return date.min if held is None else held[1]


def _age(row: Row) -> Text:
    if row["age_days"] is None:
        return Text("UNKNOWN", style="bold yellow")
    days = f"{row['age_days']:,}"
    return Text(f"STALE {days}", style="bold red") if row["stale"] else Text(days)
