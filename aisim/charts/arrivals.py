"""How many requests come per second, over the measured time."""

from collections.abc import Sequence

import pandas as pd

from aisim.charts.chart import Chart
from aisim.charts.drawn import asked_study, drawn
from aisim.charts.frames import UNIT_S, time_unit
from aisim.charts.levels import TIME, Unit, time_scales
from aisim.charts.rows import numbers
from aisim.charts.scale import upper
from aisim.charts.theme import fifths, framed
from aisim.charts.traffic import points, summed_up, traffic_colour, traffic_names
from aisim.charts.vega import alt
from aisim.charts.words import number
from aisim.language import say, tr
from aisim.planning import Picture


def arrivals_frame(picture: Picture) -> pd.DataFrame:
    """Columns traffic, time (in the unit of the study), rps, how (drawn, declared, clients)."""
    unit_s = UNIT_S[_unit(picture)]
    found = drawn(picture).arrivals
    return found.assign(time=found["time_s"] / unit_s)[["traffic", "time", "rps", "how"]]


def arrivals_scales(frame: pd.DataFrame) -> dict[str, float]:
    """Ends of the axes of requests and of time: params `most` and `end`."""
    return {"most": upper(numbers(frame, "rps")), **time_scales(frame)}


def arrivals_chart(frame: pd.DataFrame, names: Sequence[str], unit: Unit) -> alt.LayerChart:
    """Requests per second over time, a line a traffic.

    Args:
        frame: as `arrivals_frame` has it.
        names: of the traffic, in the order of the colours.
        unit: unit of `time`.
    """
    whole = alt.Scale(domain=[0, alt.ExprRef("end")], nice=False)
    x = alt.X("time:Q", title=tr(TIME[unit]), scale=whole, axis=alt.Axis(tickCount=8))
    high = alt.Scale(domain=[0, alt.ExprRef("most")], nice=False)
    y = alt.Y("rps:Q", title=tr("Requests per second"), scale=high, axis=fifths())
    line = alt.Chart().mark_line(clip=True, strokeWidth=2)
    tips = points(
        x, y,
        alt.Tooltip("time:Q", title=tr(TIME[unit]), format=",.3~r"),
        alt.Tooltip("rps:Q", title=tr("Requests per second"), format=",.3~r"),
    )  # fmt: skip
    layers = [line.encode(x=x, y=y, color=traffic_colour(names)), tips]
    return framed(layers, frame, tr("When requests come"), arrivals_scales(frame))


def arrivals_summary(frame: pd.DataFrame, unit: Unit) -> str:
    """The mean and the highest rate of each traffic, and when that is."""
    return summed_up(tr("Requests per second"), frame, lambda rows: _spoken(rows, unit))


def _spoken(rows: pd.DataFrame, unit: Unit) -> str:
    mean, peak = number(rows["rps"].mean()), rows.iloc[int(rows["rps"].argmax())]
    if peak["how"] == "clients":
        return tr(say("{rps} at most, less while clients wait for answers", rps=mean))
    told = {"mean": mean, "most": number(peak["rps"]), "time": number(peak["time"])}
    if unit == "hours":
        text = tr(say("{mean} on average, at most {most}, after {time} hours", **told))
    else:
        text = tr(say("{mean} on average, at most {most}, after {time} minutes", **told))
    return text if peak["how"] == "drawn" else tr(say("{rates} (as declared)", rates=text))


def _unit(picture: Picture) -> Unit:
    return time_unit(asked_study(picture))


ARRIVALS = Chart(
    "arrivals",
    arrivals_frame,
    lambda picture, frame, _: arrivals_chart(frame, traffic_names(picture), _unit(picture)),
    arrivals_scales,
    lambda picture, frame: arrivals_summary(frame, _unit(picture)),
    lambda picture: (_unit(picture), traffic_names(picture)),
)
