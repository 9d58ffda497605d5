"""One look for all charts: readable on white and on dark, and for the colour-blind."""

import json
from collections.abc import Mapping, Sequence
from itertools import cycle

import pandas as pd

from aisim.charts.rows import DATASET, rows
from aisim.charts.spoken import STATES, state_of, word
from aisim.charts.vega import alt
from aisim.language import tr

#: Okabe and Ito without yellow and black; the first four reach 3:1 on white and on #212121.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
#: Reads on white and on dark; the page may colour text and axes itself by CSS.
GREY = "#7A7A7A"
HEIGHT_PX = 200

#: Width of the chart's place in px less its axis; a chart that stands alone has `width`. Legends go
#: by it: going by `width`, which they change themselves, they would never come to rest.
PLACE = "(width > 0 && isFinite(containerSize()[0]) ? containerSize()[0] - 85 : width)"

_FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"

#: Guides and marks without ARIA: a text summary stands beside each chart.
CONFIG = alt.Config(
    aria=False,
    background="transparent",
    font=_FONT,
    axis=alt.AxisConfig(
        domainColor=GREY,
        gridColor=GREY,
        gridOpacity=0.22,
        labelColor=GREY,
        labelFontSize=12,
        labelLimit=170,
        labelPadding=6,
        tickColor=GREY,
        titleColor=GREY,
        titleFontSize=12,
        titleFontWeight="normal",
    ),
    legend=alt.LegendConfig(
        columnPadding=8,
        labelColor=GREY,
        labelFontSize=12,
        labelLimit=220,
        offset=22,
        orient="top",
        symbolStrokeWidth=3,
        title=None,
    ),
    mark=alt.MarkConfig(aria=False),
    text=alt.MarkConfig(color=GREY, fontSize=12),
    title=alt.TitleConfig(anchor="start", color=GREY, fontSize=15, fontWeight="bold", offset=6),
    view=alt.ViewConfig(stroke=None),
)


def framed(
    layers: Sequence[alt.Chart],
    frame: pd.DataFrame,
    title: str,
    scales: Mapping[str, float],
    height: int | alt.Step = HEIGHT_PX,
) -> alt.LayerChart:
    """Layers over one dataset, as wide as their place, with the ends of scales as params.

    Args:
        layers: charts without data.
        frame: the rows, one a mark.
        title: what the chart shows.
        scales: value of each param by its name.
        height: pixels, or a step for each line of the chart.
    """
    return alt.LayerChart(
        layer=[_worded(layer) for layer in layers],
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding", resize=True),
        config=CONFIG,
        data=alt.NamedData(DATASET),
        datasets={DATASET: rows(frame)},
        description=title,
        height=height,
        params=[alt.VariableParameter(name=name, value=value) for name, value in scales.items()],
        title=title,
        usermeta={"embedOptions": {"actions": False, "renderer": "svg"}},
        width="container",
    )


def _worded(layer: alt.Chart) -> alt.Chart:
    """A layer that is told of has a word for the state; the others are drawn quicker without."""
    if alt.utils.Undefined in (layer.encoding, getattr(layer.encoding, "tooltip", None)):
        return layer
    found: alt.Chart = layer.transform_calculate(state_word=word("datum.state", STATES))
    return found


def colours(candidates: Sequence[str]) -> alt.Scale:
    """A candidate keeps its colour, whichever of them have rows; what is excluded is grey."""
    shown = [
        alt.ExprRef(f"{state_of(json.dumps(name))} == 'excluded' ? '{GREY}' : '{colour}'")
        for name, colour in zip(candidates, cycle(PALETTE), strict=False)
    ]
    return alt.Scale(domain=list(candidates), range=shown or list(PALETTE))


def unseen_points(x: alt.X, y: alt.Y, *tips: alt.Tooltip) -> alt.Chart:
    """What the pointer finds on a line: its candidate, its state and `tips`."""
    chart: alt.Chart = (
        alt.Chart()
        .mark_point(opacity=0, size=80, filled=True, clip=True)
        .encode(x=x, y=y, tooltip=told(*tips))
    )
    return chart


def told(*tips: alt.Tooltip) -> list[alt.Tooltip]:
    """What the pointer is told of a mark: its candidate, its state and `tips`."""
    return [
        alt.Tooltip("candidate:N", title=tr("Candidate")),
        alt.Tooltip("state_word:N", title=tr("Result")),
        *tips,
    ]


def fifths() -> alt.Axis:
    """Ticks from 0 to the param `most`, and none in the room beyond."""
    ticks = alt.ExprRef("sequence(0, most * 1.01, most / 5)")
    return alt.Axis(values=ticks, format=",.3~r", labelOverlap="greedy", labelSeparation=8)


def roomy(room_px: int, reach: str) -> alt.Scale:
    """From 0 to the param `most`, and on for a text of `room_px` where the longest bar needs it.

    Args:
        room_px: width of the text at the end of a bar.
        reach: Vega expression of where the longest bar ends.
    """
    width = f"max(width, {2 * room_px})"
    end = (
        f"most * ({reach} > most * (1 - {room_px} / {width}) ? {width} / ({width} - {room_px}) : 1)"
    )
    return alt.Scale(domain=[0, alt.ExprRef(end)], nice=False)
