"""The ledger of a comparison as one table, and as a file: CSV, Parquet or XLSX."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from aisim.cost import ledger_frame
from aisim.planning import BadInput, Comparison

SUFFIXES = (".csv", ".parquet", ".xlsx")
#: Cells that a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def comparison_ledger(comparison: Comparison) -> pd.DataFrame:
    """The dated lines of all candidates, in the currency of the study; see `ledger_frame`."""
    economics = comparison.study.economics
    frames = [
        ledger_frame(name, bill.charges, economics) for name, bill in comparison.bills.items()
    ]
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def check_ledger_file(path: Path) -> None:
    """See that a ledger can be written to a file, before an hour of simulation is spent.

    Raises:
        BadInput: its ending is none of .csv, .parquet, .xlsx, a library misses, or it cannot be
            written there.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(
            f"{path}: got {path.suffix or 'no ending'!r}, allowed: {', '.join(SUFFIXES)}"
        )
    needed = {".parquet": "pyarrow", ".xlsx": "openpyxl"}.get(path.suffix.lower())
    if needed is not None:
        try:
            __import__(needed)
        except ImportError:
            raise BadInput(
                f"{path}: needs {needed}; pip install 'aisim[report]', or write .csv"
            ) from None
    if not path.parent.is_dir():
        raise BadInput(f"{path}: no folder {str(path.parent)!r}")
    if path.is_dir():
        raise BadInput(f"{path}: a folder, not a file")
    if not os.access(path.parent, os.W_OK):
        raise BadInput(f"{path}: cannot be written")


def write_ledger(frame: pd.DataFrame, path: Path) -> None:
    """Write a ledger, beside the target first; text that looks like a formula is made plain.

    Raises:
        BadInput: as `check_ledger_file`.
        OSError: the file cannot be written.
    """
    check_ledger_file(path)
    plain = plain_cells(frame)
    write: dict[str, Callable[..., Any]] = {
        ".csv": plain.to_csv,
        ".parquet": frame.to_parquet,
        ".xlsx": plain.to_excel,
    }
    beside = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        write[path.suffix.lower()](beside, index=False)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def plain_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose text a spreadsheet takes for text."""
    return frame.map(_plain)


def _plain(cell: Any) -> Any:
    """Text as text: no formula, and nothing that breaks a row or that XLSX does not take."""
    if not isinstance(cell, str):
        return cell
    mark = "'" if cell.startswith(FORMULA) else ""
    return mark + CONTROL.sub(" ", cell)
