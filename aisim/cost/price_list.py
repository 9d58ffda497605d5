"""The planner's own price list: a CSV whose rows go before the catalog's, checked row by row."""

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from io import StringIO
from typing import NamedTuple

from aisim import catalog
from aisim.catalog.services import services
from aisim.catalog.unknown import nearest_names
from aisim.cost.age import date_fault
from aisim.cost.price import Origin, Range
from aisim.scenario.faults import Fault, InvalidStudy, nearest, shown

COLUMNS = ("key", "unit", "low", "typical", "high", "currency", "source", "as_of")
ENDS = ("low", "typical", "high")
NEEDED = ("key", "unit", "typical", "source", "as_of")
MAX_BYTES, MAX_ROWS = 2_000_000, 20_000
#: Nearest keys take time: a list made for something else has thousands of unknown ones.
MAX_HINTS = 50
FORMS = "cloud / .., hardware / .., opex / .., electricity / .., service / .."
#: A price this many times off the catalog's is taken for one of another unit.
WRONG_UNIT_OFF = 20.0
#: What systems write where there is no price; refused where it is PLACEHOLDER_OFF times off.
PLACEHOLDERS = frozenset((999.0, 999.99, 9999.0, 9999.99, 99999.0, 99999.99, 999999.0))
PLACEHOLDERS_BY_UNIT = {"machine-hour": PLACEHOLDERS | {700.0}}
PLACEHOLDER_OFF = 5.0
#: The levels of a machine-hour, and which one must be dearer: the first that has a price.
LEVELS = ("on_demand", "commit_1y", "commit_3y", "spot", "capacity_block")
ABOVE = {"spot": LEVELS[:1], "commit_1y": LEVELS[:1], "commit_3y": ("commit_1y", "on_demand")}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
Wrong = tuple[int, str, str]  # line of the file, column, what is wrong


@dataclass(frozen=True)
class Quote:
    """A price that the planner was quoted.

    Attributes:
        key: which price, as `Prices` names it.
        low: low end of its range in `currency` for one `unit`, None where it has none.
        typical: the price itself.
        high: high end of its range.
        unit: the catalog's for this key.
        currency: ISO code of three letters; USD for what is no money.
        source: who quoted it.
        as_of: the year, month or day for which it holds.
    """

    key: str
    low: float | None
    typical: float
    high: float | None
    unit: str
    currency: str
    source: str
    as_of: str

    def in_usd(self) -> tuple[Range, Origin]:
        """Its range in US dollars, and where it comes from, with the rate that was taken."""
        rate, day = catalog.usd_per(self.currency)
        low, high = (None if end is None else end * rate for end in (self.low, self.high))
        changed = f"; 1 {self.currency} = {rate:.4f} USD on {day}" if day else ""
        origin = Origin(self.source + changed, self.as_of, "the planner's own")
        return Range(low, self.typical * rate, high), origin


class BadPriceList(InvalidStudy):
    """A price list that cannot be used; `faults` has all that is wrong with it, a line each."""


class Listed(NamedTuple):
    """What the catalog has under a key.

    `usd` is dollars for one `unit`, or a ratio, which `is_money` denies; None where there is no
    price. `near` is what a quote is compared with: else the price of another level.
    """

    unit: str
    usd: float | None
    near: float | None
    is_money: bool = True


@cache
def listed_prices() -> Mapping[str, Listed]:
    """Every price that a list may give, by its key."""
    found: dict[str, Listed] = {}
    for machine, row in catalog.cloud_instances().items():
        usd = {level: row.usd_per_hour(level) for level in LEVELS}
        known = next((value for value in usd.values() if value is not None), None)
        for level, value in usd.items():
            near = known if value is None else value
            found[f"cloud / {machine} / {level}"] = Listed("machine-hour", value, near)
    for item, bought in catalog.hardware_items().items():
        found[f"hardware / {item}"] = _listed(bought.per, bought.usd_typical)
    for name, cost in catalog.opex_items().items():
        found[f"opex / {name}"] = _listed(cost.unit, cost.value_typical, cost.currency)
    for region in {row.region for row in catalog.electricity_prices()}:
        power = catalog.electricity(region)
        found[f"electricity / {region}"] = _listed("kWh", power.per_kwh_typical, power.currency)
    for tier in services():
        key = f"service / {tier.provider} / {tier.region} / {tier.service} / {tier.item}"
        tiered = f" / from {tier.tier_from:g}" if tier.tier_from else ""
        found[key + tiered] = _listed(tier.unit, tier.usd_per_unit)
    return found


def _listed(unit: str, value: float, currency: str | None = "USD") -> Listed:
    usd = value if currency is None else value * catalog.usd_per(currency)[0]
    return Listed(unit, usd, usd, currency is not None)


def known_unit(key: str) -> str | None:
    """The unit of a price of the catalog; None where it has no such key."""
    found = listed_prices().get(key)
    return None if found is None else found.unit


def read_price_list(path: str, today: date | None = None) -> dict[str, Quote]:
    """The quotes of a price list by key; checked again only after the file has changed.

    Args:
        path: CSV in UTF-8 with the columns COLUMNS; low, high and currency may be left out.
        today: The day that no quote may lie behind; left out, the day it is.

    Raises:
        BadPriceList: With every fault: file, line, column, what was given, what is allowed.
    """
    try:
        with open(path, "rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or "not a path"
        raise BadPriceList([Fault(path[:200], "", problem)]) from None
    if len(raw) > MAX_BYTES:
        raise BadPriceList([Fault(path, "", f"larger than {MAX_BYTES:,} bytes")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadPriceList([Fault(path, "", "no text, allowed: CSV in UTF-8")]) from None
    return dict(parse_price_list(text, path, date.today() if today is None else today))


@lru_cache(maxsize=16)
def parse_price_list(text: str, file: str, today: date) -> Mapping[str, Quote]:
    """The quotes of the text of a price list, by key; `file` names it in faults.

    Raises:
        BadPriceList: With every fault.
    """
    faults: list[Wrong] = []
    lines: dict[str, int] = {}
    quotes: dict[str, Quote] = {}
    for line, cells in _rows(text, faults):
        key, hint = cells["key"], len(faults) < MAX_HINTS
        found = list(_row_faults(cells, today, hint))
        if (first := lines.setdefault(key, line)) != line:
            found.append(("key", f"{shown(key)} is in line {first} too"))
        elif not found:
            quotes[key] = _quote(cells)
        faults += [(line, *fault) for fault in found]
    for key in quotes:
        problem = order_fault(key, quotes, lines)
        faults += [(lines[key], "typical", problem)] if problem else []
    if faults:
        raise BadPriceList(
            Fault(file, f"line {line}, {column}".rstrip(", "), problem)
            for line, column, problem in sorted(faults, key=lambda fault: fault[0])
        )
    return quotes


def _quote(cells: Mapping[str, str]) -> Quote:
    low, high = (float(cells[end]) if cells[end] else None for end in ("low", "high"))
    words = (cells[column] for column in ("unit", "currency", "source", "as_of"))
    return Quote(cells["key"], low, float(cells["typical"]), high, *words)


def _rows(text: str, faults: list[Wrong]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells of each row; what is wrong beside the cells goes to `faults`."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = [_plain(cell) for cell in next(reader, [])]
        faults += [(1, "", problem) for problem in _header_faults(header)]
        begins = reader.line_num + 1
        for n, row in enumerate(reader if set(NEEDED) <= set(header) else ()):
            cells = [_plain(cell) for cell in row]
            if n == MAX_ROWS:
                faults.append((begins, "", f"more than {MAX_ROWS:,} rows"))
                return
            if any(cells) and len(cells) != len(header):
                faults.append((begins, "", f"{len(cells)} cells, allowed: {len(header)}"))
            elif any(cells):
                given = dict(zip(header, cells, strict=True))
                given["currency"] = given.get("currency") or "USD"
                yield begins, {column: given.get(column, "") for column in COLUMNS}
            begins = reader.line_num + 1
    except csv.Error as error:
        faults.append((max(1, reader.line_num), "", f"not CSV: {error}"))


def _header_faults(header: list[str]) -> Iterator[str]:
    if not set(COLUMNS) & set(header):
        yield f"not a price list, allowed: CSV that begins with {','.join(COLUMNS)}"
        return
    for column in dict.fromkeys(header):
        if column not in COLUMNS:
            yield f"unknown column {shown(column)}, {nearest(column, COLUMNS)}"
        elif header.count(column) > 1:
            yield f"column {column} is there {header.count(column)} times"
    yield from (f"no column {column}" for column in NEEDED if column not in header)


def _plain(cell: str) -> str:
    """A cell as text, whatever a spreadsheet makes of it; control characters become blanks."""
    return " ".join("".join(c if c.isprintable() else " " for c in cell).split())


def _row_faults(cells: Mapping[str, str], today: date, hint: bool) -> Iterator[tuple[str, str]]:
    """Column and problem of all that is wrong with a row by itself."""
    key, unit, currency = cells["key"], cells["unit"], cells["currency"]
    listed = listed_prices().get(key)
    if listed is None:
        yield "key", f"unknown price {shown(key)}" + (_nearest_key(key) if hint else "")
    elif unit != listed.unit:
        yield "unit", f"got {shown(unit)}, allowed: {listed.unit!r}"
    known = currency in catalog.currencies()
    if not known:
        yield (
            "currency",
            f"no rate for {shown(currency)}, {nearest(currency, catalog.currencies())}",
        )
    elif listed is not None and not listed.is_money and currency != "USD":
        yield "currency", f"got {shown(currency)}, allowed: none, as a {listed.unit} is no money"
    comparable = known and listed is not None and unit == listed.unit
    yield from _number_faults(cells, listed if comparable else None)
    if problem := date_fault(cells["as_of"], today):
        yield "as_of", problem
    if not cells["source"]:
        yield "source", "missing, allowed: who quoted the price"


def _nearest_key(key: str) -> str:
    kin = key.split(" / ")[:2]
    known = [name for name in listed_prices() if name.split(" / ")[:2] == kin]
    names = nearest_names(key[:100], known or listed_prices())
    return f", did you mean {names[0]!r}?" if names else f", allowed: {FORMS}"


def _number_faults(cells: Mapping[str, str], listed: Listed | None) -> Iterator[tuple[str, str]]:
    """What is wrong with the figures; without `listed` they are compared with nothing."""
    may_be_free, before = cells["key"].startswith("service / "), -math.inf
    for end in (end for end in ENDS if cells[end] or end == "typical"):
        text = cells[end]
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not (math.isfinite(value) and (value > 0 or (may_be_free and value == 0))):
            least = "0 or more" if may_be_free else "above 0"
            yield end, f"got {shown(text)}, allowed: a number {least}"
            continue
        if listed is not None and (problem := _far_off(value, cells["currency"], listed)):
            yield end, f"got {shown(text)}, {problem}"
        if value < before:
            yield end, f"got {shown(text)}, below {before:g}; allowed: low <= typical <= high"
        before = value


def _far_off(value: float, currency: str, listed: Listed) -> str:
    """Why a figure is none for this price, beside the catalog's; empty where it may be one."""
    usd, near = value * catalog.usd_per(currency)[0], listed.near
    off = max(usd / near, near / usd) if near and usd else 1.0
    has = "none" if near is None else f"{near:,.6g}"
    said = f"{usd:,.6g} {'USD ' * listed.is_money}for {listed.unit}; the catalog has {has}"
    if value in PLACEHOLDERS_BY_UNIT.get(listed.unit, PLACEHOLDERS):
        return f"a placeholder, no price: {said}" if not near or off > PLACEHOLDER_OFF else ""
    another = f"more than {WRONG_UNIT_OFF:g} times off, is it for another unit? {said}"
    return another if off > WRONG_UNIT_OFF else ""


def order_fault(key: str, quotes: Mapping[str, Quote], lines: Mapping[str, int]) -> str:
    """How a level is as dear as one that must be dearer, of the list or else the catalog."""
    machine, _, level = key.rpartition(" / ")
    mine = quotes[key].in_usd()[0].typical
    for above in ABOVE.get(level, ()):
        upper = f"{machine} / {above}"
        if upper in lines and upper not in quotes:
            return ""  # it is refused itself
        whose = "this list's" if upper in quotes else "the catalog's"
        usd = quotes[upper].in_usd()[0].typical if upper in quotes else listed_prices()[upper].usd
        if usd is not None:
            most = f"{'below' if level == 'spot' else 'at most'} {whose} {above}, {usd:,.6g}"
            too_dear = mine >= usd if level == "spot" else mine > usd
            return f"got {mine:,.6g} USD, allowed: {most}" if too_dear else ""
    return ""
