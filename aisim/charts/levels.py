"""Levels over time by candidate: how long the queue is, and how busy the GPUs are."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from aisim.charts.rows import numbers
from aisim.charts.scale import upper
from aisim.charts.state import candidate_colour, dash, line
from aisim.charts.theme import fifths, framed, unseen_points
from aisim.charts.vega import alt
from aisim.charts.words import NO_FIGURE, number, percent, summed_up
from aisim.language import mark, say, tr

Unit = Literal["hours", "minutes"]
#: An axis of so many requests at least has no ticks between whole ones.
LEAST_QUEUE = 5.0

TIME = {"hours": mark("Time, hours"), "minutes": mark("Time, minutes")}


def queue_scales(frame: pd.DataFrame) -> dict[str, float]:
    """Ends of the axes of requests and of time: params `most` and `end`."""
    most = max(LEAST_QUEUE, upper(numbers(frame, "waiting")))
    return {"most": most, **time_scales(frame)}


def time_scales(frame: pd.DataFrame) -> dict[str, float]:
    """End of the axis of time: param `end`."""
    return {"end": max(numbers(frame, "time"), default=1.0)}


def queue_chart(frame: pd.DataFrame, candidates: Sequence[str], unit: Unit) -> alt.LayerChart:
    """Requests that wait, over time.

    Args:
        frame: a row a stretch of time: candidate, state, time (middle of the stretch, in `unit`,
            from the beginning of the measured time), waiting (longest queue in it, requests).
        candidates: all that may have rows, in the order of their colours.
        unit: unit of `time`.
    """
    y = alt.Y(
        "waiting:Q",
        title=tr("Requests waiting"),
        scale=alt.Scale(domain=[0, alt.ExprRef("most")], nice=False),
        axis=fifths(),
    )
    tip = alt.Tooltip("waiting:Q", title=tr("Longest queue, requests"), format=",.0f")
    layers = _lines(y, tip, candidates, unit)
    return framed(layers, frame, tr("Queue: requests that wait"), queue_scales(frame))


def utilisation_chart(frame: pd.DataFrame, candidates: Sequence[str], unit: Unit) -> alt.LayerChart:
    """Share of the GPU time that is busy, over time.

    Args:
        frame: a row a stretch of time: candidate, state, time (middle of the stretch, in `unit`,
            from the beginning of the measured time), gpu_busy (0 to 1; NaN where no replica is up).
        candidates: all that may have rows, in the order of their colours.
        unit: unit of `time`.
    """
    y = alt.Y(
        "gpu_busy:Q",
        title=tr("Share of GPU time"),
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(
            values=[0, 0.25, 0.5, 0.75, 1], labelExpr="format(datum.value * 100, '.0f') + ' %'"
        ),
    )
    tip = alt.Tooltip("gpu_busy:Q", title=tr("Busy, share of GPU time"), format=".0%")
    layers = _lines(y, tip, candidates, unit)
    return framed(layers, frame, tr("GPUs: how busy they are"), time_scales(frame))


def queue_summary(frame: pd.DataFrame, unit: Unit) -> str:
    """The longest queue of each candidate, when it was, and what is left of it at the end."""
    return summed_up(tr("Longest queue"), frame, lambda levels: _longest(levels, unit))


def utilisation_summary(frame: pd.DataFrame) -> str:
    """How busy the GPUs of each candidate are: mean, least and most over equal stretches."""
    return summed_up(tr("Share of GPU time that is busy"), frame, _busy)


def _lines(
    y: alt.Y, tip: alt.Tooltip, candidates: Sequence[str], unit: Unit
) -> tuple[alt.Chart, alt.Chart]:
    x = alt.X("time:Q", title=tr(TIME[unit]), scale=_whole_time(), axis=alt.Axis(tickCount=8))
    time = alt.Tooltip("time:Q", title=tr(TIME[unit]), format=",.3~r")
    coloured = candidate_colour(candidates)
    return line().encode(x=x, y=y, strokeDash=dash(), color=coloured), unseen_points(
        x, y, time, tip
    )


def _whole_time() -> alt.Scale:
    """A first glimpse fills but the beginning: its end is a param, that axes need not jump."""
    return alt.Scale(domain=[0, alt.ExprRef("end")], nice=False)


def _longest(levels: pd.DataFrame, unit: Unit) -> str:
    known = levels.dropna(subset=["time", "waiting"]).sort_values("time")
    if known.empty:
        return tr(NO_FIGURE)
    peak = known.iloc[int(known["waiting"].argmax())]
    if peak["waiting"] <= 0:
        return tr("none waits")
    many = number(peak["waiting"])
    return tr(
        say(
            "{requests}, {after}, and {left} at the end",
            requests=say("1 request") if many == "1" else say("{number} requests", number=many),
            after=_after(number(peak["time"]), unit),
            left=number(known.iloc[-1]["waiting"]),
        )
    )


def _after(time: str, unit: Unit) -> str:
    if unit == "hours":
        return say("after {time} hours", time=time)
    return say("after {time} minutes", time=time)


def _busy(levels: pd.DataFrame) -> str:
    known = levels["gpu_busy"].dropna() * 100
    if known.empty:
        return tr("no replica is up")
    busy = say(
        "{mean:.0f} % on average, from {least:.0f} % to {most:.0f} %",
        mean=float(known.mean()), least=float(known.min()), most=float(known.max()),
    )  # fmt: skip
    down = percent(100 * (1 - len(known) / len(levels)))
    if len(known) == len(levels):
        return tr(busy)
    return tr(say("{busy}, no replica up in {share} of the time", busy=busy, share=down))
