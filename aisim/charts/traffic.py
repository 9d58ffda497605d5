"""How charts of the workload tell traffic apart: colours, a legend, and words."""

from collections.abc import Callable, Sequence
from itertools import cycle, islice

import pandas as pd

from aisim.charts.drawn import asked_study
from aisim.charts.vega import alt
from aisim.language import say, tr
from aisim.planning import Picture

#: None is taken for a candidate; all reach 3:1 on white and on #212121.
COLOURS = ("#8A6FB0", "#9A7B2F", "#3F8A8C", "#B3627A", "#6E8B3D", "#7A7A7A")


def traffic_names(picture: Picture) -> tuple[str, ...]:
    """The traffic of the study that was asked for, in the order of the colours."""
    return tuple(asked_study(picture).workload.traffic)


def traffic_colour(names: Sequence[str]) -> alt.Color:
    """A traffic keeps its colour."""
    scale = alt.Scale(domain=list(names), range=list(islice(cycle(COLOURS), len(names))))
    return alt.Color("traffic:N", scale=scale, legend=alt.Legend(symbolSize=320, columns=3))


def points(x: alt.X, y: alt.Y, *tips: alt.Tooltip) -> alt.Chart:
    """What the pointer finds on a line: its traffic and `tips`."""
    unseen = alt.Chart().mark_point(opacity=0, size=80, filled=True, clip=True)
    told = [alt.Tooltip("traffic:N", title=tr("Traffic")), *tips]
    found: alt.Chart = unseen.encode(x=x, y=y, tooltip=told)
    return found


def summed_up(title: str, frame: pd.DataFrame, spoken: Callable[[pd.DataFrame], str]) -> str:
    """What is said of each traffic under a title."""
    if frame.empty:
        return tr(say("{title}: no result yet.", title=title))
    said = [f"{name} {spoken(rows)}" for name, rows in frame.groupby("traffic", sort=False)]
    return f"{title}: {'; '.join(said)}."
