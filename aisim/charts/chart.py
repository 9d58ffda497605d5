"""What a chart is to whoever shows it: its rows, its picture, its scales and its words."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import pandas as pd

from aisim.charts.vega import alt
from aisim.planning import Picture


def _same(_picture: Picture) -> Hashable:
    return None


@dataclass(frozen=True)
class Chart:
    """A chart of a picture: drawn once, then only its rows and the ends of its scales change.

    Attributes:
        name: of its place in the page, lower case.
        frame: the rows, one a mark.
        draw: the chart of a frame, for candidates in the order of their colours.
        scales: ends of the axes that fit a frame, by param of the chart.
        summary: the same in words, under the chart.
        variant: what else the drawing depends on, such as the unit of an axis.
    """

    name: str
    frame: Callable[[Picture], pd.DataFrame]
    draw: Callable[[Picture, pd.DataFrame, Sequence[str]], alt.LayerChart]
    scales: Callable[[pd.DataFrame], dict[str, float]]
    summary: Callable[[Picture, pd.DataFrame], str]
    variant: Callable[[Picture], Hashable] = _same
