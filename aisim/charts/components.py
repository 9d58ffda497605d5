"""How busy every component is, and which of them limits its candidate."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from aisim.charts.chart import Chart
from aisim.charts.state import GREYED, OPACITY, dash
from aisim.charts.theme import framed, told
from aisim.charts.vega import alt
from aisim.charts.waterfall import LINE_PX, by_line
from aisim.charts.words import NO_FIGURE, percent, summed_up
from aisim.language import say, tr
from aisim.planning import Picture

#: What limits stands out, and is told in a word.
LIMITING, OTHER = "#E69F00", "#8C8C8C"
ROOM_PX = 120

_Row = dict[str, Any]
_COLUMNS = ["candidate", "state", "component", "busy", "share", "limits", "why", "line", "label"]


def components_frame(picture: Picture) -> pd.DataFrame:
    """A line for each candidate, and under it one for each busy share of its components.

    Columns: candidate, state, component (in the candidate's line: what limits it), busy (text,
    empty in the candidate's line), share (0 to 100; NaN if not known), limits (whether it is what
    limits), why (it limits), line (key of the line: number, '*' for a candidate, name), label
    (text of the line).
    """
    found: list[_Row] = []
    for name, answer in picture.answer["candidates"].items():
        who = {"candidate": name, "state": picture.state(name)}
        found += [who | row for row in (_head(answer, who["state"], name), *_bars(answer))]
    rows = [row | {"line": f"{number:03d}{row['line']}"} for number, row in enumerate(found)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def components_scales(_frame: pd.DataFrame) -> dict[str, float]:
    """End of the axis of shares, always the same: param `most`."""
    return {"most": 100.0}


def components_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Bars from 0 to 100 % of the measured time, a line a component, by candidate.

    Args:
        frame: as `components_frame` has it.
    """
    layers = [_drawn_bars(), _labels()]
    title = tr("What limits it: how busy components are")
    return framed(layers, frame, title, components_scales(frame), alt.Step(LINE_PX))


def components_summary(frame: pd.DataFrame) -> str:
    """The busiest component of each candidate, and what limits it, and why."""
    return summed_up(tr("What limits it"), frame, _spoken)


def _head(answer: _Row, state: str, name: str) -> _Row:
    limiting = answer["bottleneck"]
    label = "" if state == "sound" else f"({tr(state)})"
    return {
        "component": limiting["component"] or "", "busy": "", "share": np.nan, "limits": False,
        "why": tr(limiting["reason"]), "line": f"*{name}", "label": label,
    }  # fmt: skip


def _bars(answer: _Row) -> Iterator[_Row]:
    limiting, figures = answer["bottleneck"], list(_figures(answer))
    known = [f["mean"] for name, _, f in figures if f and name == limiting["component"]]
    for component, text, figure in figures:
        share = np.nan if figure is None else 100 * figure["mean"]
        # of a pool, what of it is the busiest
        is_most = not known or (figure is not None and figure["mean"] == max(known))
        limits = component == limiting["component"] and is_most
        said = tr(NO_FIGURE) if figure is None else percent(share)
        yield {
            "component": component, "busy": text, "share": share, "limits": limits,
            "why": tr(limiting["reason"]) if limits else "", "line": f" {text}",
            "label": tr(say("{share}, limits", share=said)) if limits else said,
        }  # fmt: skip


def _figures(answer: _Row) -> Iterator[tuple[str, str, _Row | None]]:
    """Component, what of it is busy, and the share; what limits is there, known or not."""
    shared, pools = answer["component_utilisation"], answer["utilisation"]
    limiting = answer["bottleneck"]["component"]
    for name, figure in shared.items():
        yield name, name, figure
    for name, shares in pools.items():
        yield name, tr(say("{pool} GPUs", pool=name)), shares["gpu_busy"]
        yield name, tr(say("{pool} KV memory", pool=name)), shares["kv_memory"]
    if limiting is not None and limiting not in {*shared, *pools}:
        yield limiting, limiting, None


def _drawn_bars() -> alt.Chart:
    wide = f"max(width, {2 * ROOM_PX})"
    scale = alt.Scale(domain=[0, alt.ExprRef(f"most * {wide} / ({wide} - {ROOM_PX})")], nice=False)
    axis = alt.Axis(values=[0, 25, 50, 75, 100], labelExpr="datum.label + ' %'")
    x = alt.X(
        "share:Q", title=tr("Busy, share of the measured time"), stack=False, scale=scale, axis=axis
    )
    colour = alt.Scale(domain=[True, False], range=[LIMITING, OTHER])
    bars = alt.Chart().transform_filter("isValid(datum.share)")
    bars = bars.mark_bar(strokeWidth=1.5, height=alt.RelativeBandSize(0.7), fillOpacity=OPACITY)
    found: alt.Chart = bars.encode(
        y=by_line(), x=x, strokeDash=dash(),
        fill=alt.Fill("limits:N", scale=colour, legend=None, condition=GREYED),
        stroke=alt.Stroke("limits:N", scale=colour, legend=None, condition=GREYED),
        tooltip=told(
            alt.Tooltip("busy:N", title=tr("Component")),
            alt.Tooltip("share:Q", title=tr("Busy, %"), format=",.3~r"),
            alt.Tooltip("why:N", title=tr("Why it limits")),
        ),
    )  # fmt: skip
    return found


def _labels() -> alt.Chart:
    bold = alt.ExprRef("datum.limits || datum.busy == '' ? 'bold' : 'normal'")
    text = alt.Chart().transform_calculate(end="isValid(datum.share) ? datum.share : 0")
    text = text.mark_text(align="left", dx=6, fontWeight=bold)
    found: alt.Chart = text.encode(y=by_line(), x="end:Q", text="label:N")
    return found


def _spoken(rows: pd.DataFrame) -> str:
    """'the busiest is chat GPUs with 84 %, and chat limits: ...'."""
    head, bars = rows.iloc[0], rows.iloc[1:].dropna(subset=["share"])
    limit = head["why"]
    if head["component"]:
        limit = tr(say("{component} limits: {why}", component=head["component"], why=limit))
    if bars.empty:
        return str(limit)
    busiest = bars.iloc[int(bars["share"].argmax())]
    told = {"busiest": busiest["busy"], "share": percent(busiest["share"]), "limit": limit}
    return tr(say("the busiest is {busiest} with {share}, and {limit}", **told))


def _draw(_picture: Picture, frame: pd.DataFrame, _names: Sequence[str]) -> alt.LayerChart:
    return components_chart(frame)


COMPONENTS = Chart(
    "components",
    components_frame,
    _draw,
    components_scales,
    lambda _, frame: components_summary(frame),
)
