"""A table as arrays."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

import pandas as pd

from aisim.workload.table import Bools


class Columns(dict[str, Any]):
    """The columns of a table as arrays of one length; a short run has no time for a frame.

    They are for reading: the frame is made once, of the same memory.

    Args:
        columns: arrays by name; labels are categorical.
        index: what its rows are called, 0, 1, ... unless given.

    Attributes:
        index: what its rows are called; None for 0, 1, ...
    """

    def __init__(self, columns: Mapping[str, Any], index: "pd.Index[Any] | None" = None) -> None:
        super().__init__(columns)
        self.index = index

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """The columns of a frame."""
        columns = {
            str(name): column.array
            if isinstance(column.dtype, pd.CategoricalDtype)
            else column.to_numpy()
            for name, column in frame.items()
        }
        return cls(columns, frame.index)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The table as pandas has it; its memory is that of the arrays."""
        return pd.DataFrame(dict(self), index=self.index, copy=False)

    @property
    def height(self) -> int:
        """Rows that it has."""
        return len(next(iter(self.values()), ()))

    def where(self, rows: Bools) -> "Columns":
        """Some of its rows."""
        index = pd.RangeIndex(self.height) if self.index is None else self.index
        return Columns({name: column[rows] for name, column in self.items()}, index[rows])
