"""A price, with its range and its origin."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: One figure, or one of each scenario.
Value = float | NDArray[np.float64]


class Range(NamedTuple):
    """Low, typical and high of a price, the ends None where it has none."""

    low: float | None
    typical: float
    high: float | None


class Origin(NamedTuple):
    """Where a price comes from, when it held, and what it is worth."""

    source: str
    as_of: str
    quality: str


@dataclass(frozen=True)
class Price:
    """What one unit costs, or a ratio that goes into a cost.

    Attributes:
        key: its name: the row of the catalog, or the field of the study.
        value: US dollars for one `unit`, or the ratio itself; an array has one of each scenario.
        unit: what it is counted by.
        low: low end of its range.
        typical: the figure that is taken where nothing is drawn.
        high: high end of its range.
        source: where it comes from.
        as_of: when it held; empty for the planner's own.
        quality: what it is worth.
    """

    key: str
    value: Value
    unit: str
    low: float
    typical: float
    high: float
    source: str
    as_of: str
    quality: str

    @property
    def is_certain(self) -> bool:
        """Whether its range is a single figure."""
        return self.low == self.high
