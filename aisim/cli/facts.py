"""`aisim schema` and `aisim catalog`."""

import argparse
import json
from typing import Any

from rich.console import Console

from aisim.catalog.tables import table_names
from aisim.cli.exits import OK
from aisim.report import catalog_list, catalog_rows, catalog_text
from aisim.scenario import study_schema


def add_schema(commands: Any) -> None:
    """Add `aisim schema`."""
    schema = commands.add_parser("schema", help="print the JSON Schema of a study")
    schema.set_defaults(command=_schema)


def add_catalog(commands: Any) -> None:
    """Add `aisim catalog`."""
    catalog = commands.add_parser("catalog", help="list the tables of facts, or show one")
    catalog.add_argument("table", nargs="?", help="name of a table; without it, all are listed")
    catalog.add_argument("--json", action="store_true", help="print JSON")
    catalog.set_defaults(command=_catalog)


def _schema(_options: argparse.Namespace) -> int:
    print(json.dumps(study_schema(), indent=2))
    return OK


def _catalog(options: argparse.Namespace) -> int:
    if options.table is None and options.json:
        print(json.dumps(list(table_names()), indent=2))
    elif options.table is None:
        Console().print(catalog_list())
    elif options.json:
        print(json.dumps(catalog_rows(options.table), indent=2, allow_nan=False))
    else:
        print(catalog_text(options.table))
    return OK
