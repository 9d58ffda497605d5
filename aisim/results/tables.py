"""A table as arrays."""

from typing import Any

import pandas as pd


class Columns(dict[str, Any]):
    """The columns of a frame as arrays, each read once: a frame is slow to give the same again.

    Args:
        frame: whose columns; one of categories stays categorical.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        super().__init__()
        self._frame = frame

    def __missing__(self, name: str) -> Any:
        column = self._frame[name]
        is_labelled = isinstance(column.dtype, pd.CategoricalDtype)
        self[name] = column.array if is_labelled else column.to_numpy()
        return self[name]
