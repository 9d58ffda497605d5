"""A frame as the rows of a chart: the one dataset of its specification."""

import math
from typing import Any

import numpy as np
import pandas as pd

#: The name of the dataset in every specification; who changes rows in place uses it.
DATASET = "rows"


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame as plain records, one a row, fit for JSON: missing and infinite become None."""
    columns = {str(name): _plain(frame[name]) for name in frame}
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _plain(column: pd.Series) -> list[Any]:
    """Quicker than pandas' own records, which a live chart would feel."""
    values = column.tolist()
    if column.dtype.kind != "f":
        return [None if pd.isna(value) else value for value in values] if column.hasnans else values
    if np.isfinite(column.to_numpy()).all():
        return values
    return [value if math.isfinite(value) else None for value in values]


def numbers(frame: pd.DataFrame, *columns: str) -> list[float]:
    """All values of some columns in one list; a column that an empty frame lacks has none."""
    return [float(value) for name in columns if name in frame for value in frame[name]]
