"""Where the mean request spends its time: waiting and service, component by component."""

import math
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import groupby
from typing import Any

import pandas as pd

from aisim.charts.rows import DATASET, numbers
from aisim.charts.scale import upper
from aisim.charts.spoken import word
from aisim.charts.state import GREYED, OPACITY, dash
from aisim.charts.theme import colours, fifths, framed, roomy, told
from aisim.charts.vega import alt
from aisim.charts.words import NO_FIGURE, named, percent, seconds, summed_up
from aisim.language import mark, say, tr

#: Waiting stands out; service is what the request came for.
PARTS = {mark("waiting"): "#E69F00", mark("service"): "#8C8C8C"}
TOTAL = mark("total")
LINE_PX = 18
ROOM_PX = 165

_Row = dict[str, Any]
_COLUMNS = ["candidate", "state", "component", "part", "seconds", "begin", "end", "line", "label"]
#: Waiting of less is not worth a word, in s.
_LEAST_S = 0.001
_IS_TOTAL = "slice(datum.label, 3, 4) == '*'"


def waterfall_steps(frame: pd.DataFrame) -> pd.DataFrame:
    """The bars: each begins where the one before it ended; the total of a candidate comes first.

    Args:
        frame: a row a component and part: candidate, state, component, part (waiting, service),
            seconds (mean per completed request), in the order of the request's path.

    Returns:
        A row a bar: candidate, state, component (empty for a total), part (or total), seconds,
        begin and end (seconds from sending), line (key of its line in the chart: number, '*' for
        a total, name), label (text of the line, on its last bar). Waiting of no length has no bar.
    """
    paths: dict[tuple[str, str], list[_Row]] = {}
    records: list[Any] = frame.to_dict("records")
    for row in records:
        paths.setdefault((row["candidate"], row["state"]), []).append(row)
    lines = [line for path in paths.values() for line in (_total(path), *_components(path))]
    bars = [
        {**bar, "line": f"{number:03d}{bar['line']}"}
        for number, line in enumerate(lines)
        for bar in line
    ]
    return pd.DataFrame(bars, columns=_COLUMNS)


def waterfall_scales(steps: pd.DataFrame) -> dict[str, float]:
    """End of the axis of seconds: param `most`."""
    return {"most": upper(numbers(steps, "end"))}


def waterfall_chart(steps: pd.DataFrame, candidates: Sequence[str]) -> alt.LayerChart:
    """The way of the mean request, from 0 to its end-to-end time, a line a component.

    Args:
        steps: what `waterfall_steps` returns.
        candidates: all that may have rows, in the order of their colours.
    """
    parts = alt.Scale(domain=list(PARTS), range=list(PARTS.values()))
    legend = alt.Legend(
        labelExpr=word("datum.value", list(PARTS)), symbolType="square", symbolSize=140
    )
    layers = [
        _bars("datum.part == 'total'", "candidate", colours(candidates), None),
        _bars("datum.part != 'total'", "part", parts, legend),
        _labels(),
    ]
    title = tr("Where the mean request spends its time")
    chart = framed(layers, steps, title, waterfall_scales(steps), alt.Step(LINE_PX))
    apart: alt.LayerChart = chart.resolve_scale(fill="independent", stroke="independent")
    return apart


def waterfall_summary(frame: pd.DataFrame) -> str:
    """The mean end-to-end time of each candidate, how much of it waits, and the longest part.

    Args:
        frame: as for `waterfall_steps`.
    """
    return summed_up(tr("Mean time of a completed request"), frame, _spoken)


def _total(path: list[_Row]) -> list[_Row]:
    """The line of a candidate: its name, and how long all of its components take."""
    name, state = path[0]["candidate"], path[0]["state"]
    known = [row["seconds"] for row in path if row["seconds"] >= 0]
    total = sum(known) if known else math.nan
    bar = {"component": "", "part": TOTAL, "seconds": total, "begin": 0.0, "end": sum(known)}
    label = named(seconds(total), state)
    return [{**bar, "candidate": name, "state": state, "line": f"*{name}", "label": label}]


def _components(path: list[_Row]) -> Iterator[list[_Row]]:
    """The lines of a candidate's components: the bars of each, the text on the last of them."""
    end = 0.0
    for component, rows in groupby(path, key=lambda row: row["component"]):
        bars: list[_Row] = []
        for row in rows:
            if row["seconds"] > 0 or (row["seconds"] == 0 and row["part"] != "waiting"):
                begin, end = end, end + row["seconds"]
                bars.append({**row, "begin": begin, "end": end, "line": f" {component}"})
        said = reduce(_then, filter(None, map(_said, bars)), "")
        yield [{**bar, "label": said if bar is bars[-1] else ""} for bar in bars]


def _then(first: str, second: str) -> str:
    return tr(say("{first}, then {second}", first=first, second=second)) if first else second


def _said(bar: _Row) -> str:
    time = seconds(bar["seconds"])
    if bar["part"] != "waiting":
        return time
    return tr(say("waits {seconds}", seconds=time)) if bar["seconds"] >= _LEAST_S else ""


def _bars(which: str, field: str, scale: alt.Scale, legend: alt.Legend | None) -> alt.Chart:
    """Bars of some rows, filled by a field, outlined by state."""
    x = alt.X(
        "begin:Q",
        title=tr("Seconds, mean per completed request"),
        scale=roomy(ROOM_PX, f"extent(pluck(data('{DATASET}'), 'end'))[1]"),
        axis=fifths(),
    )
    bars = alt.Chart().transform_filter(which)
    bars = bars.transform_calculate(part_word=word("datum.part", [*PARTS, TOTAL]))
    bars = bars.mark_bar(strokeWidth=1.5, height=alt.RelativeBandSize(0.7), fillOpacity=OPACITY)
    found: alt.Chart = bars.encode(
        y=by_line(), x=x, x2="end:Q",
        fill=alt.Fill(f"{field}:N", scale=scale, legend=legend, condition=GREYED),
        stroke=alt.Stroke(f"{field}:N", scale=scale, legend=legend, condition=GREYED),
        strokeDash=dash(),
        tooltip=told(
            alt.Tooltip("component:N", title=tr("Component")),
            alt.Tooltip("part_word:N", title=tr("Part")),
            alt.Tooltip("seconds:Q", title=tr("Mean, s"), format=",.3~r"),
        ),
    )  # fmt: skip
    return found


def _labels() -> alt.Chart:
    bold = alt.ExprRef("datum.part == 'total' ? 'bold' : 'normal'")
    text = alt.Chart().mark_text(align="left", dx=6, fontWeight=bold)
    found: alt.Chart = text.encode(y=by_line(), x="end:Q", text="label:N")
    return found


def by_line() -> alt.Y:
    """A line for each key: its number, then its name, bold where a star stands before it."""
    bold = {"condition": {"test": _IS_TOTAL, "value": "bold"}, "value": "normal"}
    axis = alt.Axis(
        labelExpr="slice(datum.label, 4)", labelFontWeight=bold, domain=False, ticks=False
    )
    return alt.Y("line:N", title=None, axis=axis)


def _spoken(path: pd.DataFrame) -> str:
    """'1.85 s, 22 % of it waiting, most of all service at own with 1.2 s'."""
    known = path.dropna(subset=["seconds"])
    total = float(known["seconds"].sum())
    if known.empty:
        return tr(NO_FIGURE)
    if total <= 0:
        return seconds(0.0)
    waiting = float(known.loc[known["part"] == "waiting", "seconds"].sum())
    longest = known.iloc[int(known["seconds"].argmax())]
    return tr(
        say(
            "{total}, {share} of it waiting, most of all {part} at {component} with {seconds}",
            total=seconds(total),
            share=percent(100 * waiting / total),
            part=tr(longest["part"]),
            component=longest["component"],
            seconds=seconds(longest["seconds"]),
        )
    )
