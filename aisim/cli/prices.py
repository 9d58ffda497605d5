"""`aisim prices`: a price list of one's own, and how old the prices are."""

import argparse
import csv
import json
import os
import re
import sys
from collections.abc import Iterable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from aisim.cli.exits import OK
from aisim.cost.charges import prices_in_use
from aisim.cost.price_list import COLUMNS, Quote, read_price_list
from aisim.report.prices import (
    left_dearer,
    price_rows,
    prices_table,
    replaced_table,
    stale_after_days,
    table_rows,
    tables_table,
)
from aisim.scenario import Fault, InvalidStudy, load_study, shipped_studies


def add(commands: Any) -> None:
    """Add `aisim prices import` and `aisim prices check`."""
    prices = commands.add_parser("prices", help="import your own prices, or see how old they are")
    actions = prices.add_subparsers(title="actions", required=True, metavar="ACTION")
    read = actions.add_parser(
        "import", help="check a price list of your own and show what it replaces"
    )
    read.add_argument(
        "list", metavar="FILE", help=f"CSV in UTF-8 with the columns {','.join(COLUMNS)}"
    )
    read.add_argument(
        "-o", "--out", type=Path, metavar="CSV", help="write the list, sorted, for use in studies"
    )
    read.add_argument("--force", action="store_true", help="replace the file if it is there")
    read.set_defaults(command=_import)
    check = actions.add_parser("check", help="show the age of the prices that a study uses")
    check.add_argument(
        "study",
        nargs="?",
        help=f"path of a study, or a shipped one: {', '.join(shipped_studies())}; without it, "
        "the catalog's tables of prices are summed up",
    )
    check.add_argument("--json", action="store_true", help="print JSON")
    check.set_defaults(command=_check)


def price_list_text(quotes: Iterable[Quote]) -> str:
    """Quotes as the text of a price list, sorted by key."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for quote in sorted(quotes, key=lambda quote: quote.key):
        writer.writerow([getattr(quote, column) for column in COLUMNS])
    return text.getvalue()


def _import(options: argparse.Namespace) -> int:
    quotes = read_price_list(options.list)
    if options.out is not None:
        _write(price_list_text(quotes.values()), options.out, force=options.force)
    Console().print(replaced_table(quotes))
    if options.out is not None:
        print(f"wrote {options.out}", file=sys.stderr)
    for note in left_dearer(quotes):
        print(f"Note: {note}")
    used = str(options.out or options.list)
    named = used if re.fullmatch(r"[\w./][\w./-]*", used) else json.dumps(used)
    print(f"To use it in a study: economics: {{price_list: {named}}}")
    return OK


def _write(text: str, path: Path, *, force: bool) -> None:
    """Write beside the target first, then rename, so that no half of a list is ever seen.

    Raises:
        InvalidStudy: It is there and is not to be replaced, or it cannot be written.
    """
    if path.is_dir():
        raise InvalidStudy([Fault("--out", str(path), "a folder, not a file")])
    if path.exists() and not force:
        problem = "is there; give --force to replace it"
        raise InvalidStudy([Fault("--out", str(path), problem)])
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        os.replace(beside, path)
    except OSError as error:
        problem = error.strerror or str(error)
        raise InvalidStudy([Fault("--out", str(path), problem)]) from None
    finally:
        beside.unlink(missing_ok=True)


def _check(options: argparse.Namespace) -> int:
    today = date.today()
    what = "prices" if options.study else "tables"
    rows = _in_use(options.study, today) if options.study else table_rows(today)
    if options.json:
        said = {"today": today.isoformat(), "stale_after_days": stale_after_days(), what: rows}
        print(json.dumps(said, indent=2, allow_nan=False))
        return OK
    Console().print(prices_table(rows) if options.study else tables_table(rows))
    print(_verdict(rows, today))
    return OK


def _in_use(study: str, today: date) -> list[dict[str, Any]]:
    """The prices of all candidates of a study."""
    loaded = load_study(study)
    candidates = loaded.candidates.values()
    return price_rows(
        (p for candidate in candidates for p in prices_in_use(candidate, loaded.economics)), today
    )


def _verdict(rows: list[dict[str, Any]], today: date) -> str:
    stale = sum(row["stale"] for row in rows)
    unknown = sum(row["unknown_age"] if "table" in row else row["age_days"] is None for row in rows)
    n = sum(row.get("rows", 1) for row in rows)
    return (
        f"{stale:,} of {n:,} prices are older than {stale_after_days()} days (STALE) on {today}, "
        f"{unknown:,} of unknown age."
    )
