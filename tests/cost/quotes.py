"""Rows of a price list, good but for what is said."""

import csv
from datetime import date
from io import StringIO

import pytest

from aisim import catalog
from aisim.cost.price_list import (
    COLUMNS,
    BadPriceList,
    listed_prices,
    parse_price_list,
)

TODAY = date(2026, 11, 21)
MACHINE = "cloud / aws / eu-central-1 / g6e.12xlarge"
ROW = catalog.cloud_instance("aws", "eu-central-1", "g6e.12xlarge")
KEYS = sorted(listed_prices())
SERVICE = "service / aws / us-east-1 / S3 / standard"


def row(key=f"{MACHINE} / on_demand", **cells):
    """A good row, but for what is said."""
    listed = listed_prices().get(key)
    near = listed.near if listed else 1.0
    good = {
        "key": key, "unit": listed.unit if listed else "piece", "low": "", "high": "",
        "typical": f"{near:.9g}", "currency": "", "source": "quote 17", "as_of": "2026-10-01",
    }  # fmt: skip
    return good | {name: str(cell) for name, cell in cells.items()}


def text(*rows, columns=COLUMNS):
    out = StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read(*rows):
    return parse_price_list(text(*rows), "quotes.csv", TODAY)


def faults(said):
    with pytest.raises(BadPriceList) as bad:
        parse_price_list(said, "quotes.csv", TODAY)
    lines = str(bad.value).splitlines()
    assert lines == [str(fault) for fault in bad.value.faults]
    assert all(line.startswith("quotes.csv: ") for line in lines)
    return lines
