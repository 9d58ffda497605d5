"""Predicted against measured, on logarithmic scales, with the line of no error."""

from collections.abc import Sequence

import pandas as pd

from aisim.app.trust_measured import LEFT_OUT, METRICS, Compared, test_words
from aisim.charts.scale import lower, upper
from aisim.charts.theme import GREY, PALETTE, framed
from aisim.charts.vega import alt
from aisim.language import mark, number, say, tr

#: The band around the line of no error.
NEAR = 0.2
HEIGHT_PX = 300
#: Kinds of points, told apart by colour and shape.
KINDS = (mark("model left out of the fit"), mark("kind of test that no fit uses"))


def pairs_frame(rows: Sequence[Compared], metric: str) -> pd.DataFrame:
    """The points of a measure, one a row."""
    pairs = [row.pair for row in rows if row.pair.metric == metric]
    return pd.DataFrame(
        [
            {
                "measured": pair.measured,
                "predicted": pair.predicted,
                "error": pair.error,
                "kind": tr(KINDS[pair.phase != LEFT_OUT]),
                "model": pair.model,
                "hardware": pair.hardware,
                "test": test_words(pair.phase),
            }
            for pair in pairs
        ]
    )


def pairs_chart(frame: pd.DataFrame, metric: str) -> alt.LayerChart:
    """The points of a measure, the line where they should lie, and a band of 20 % around it.

    Args:
        frame: as `pairs_frame` has it, not empty.
        metric: one of METRICS.
    """
    words, unit = METRICS[metric]
    values = [*frame["measured"], *frame["predicted"]]
    ends = [lower(values), upper(values)]
    x = alt.X("measured:Q", title=_axis(tr("measured"), unit), scale=_log(ends), axis=_ticks())
    y = alt.Y("predicted:Q", title=_axis(tr("predicted"), unit), scale=_log(ends), axis=_ticks())
    return framed([*_lines(ends), _points(x, y)], frame, tr(words), {}, HEIGHT_PX)


def pairs_summary(frame: pd.DataFrame, metric: str) -> str:
    """How many points lie in the band, and how far the others go."""
    errors = frame["error"].abs()
    worst = frame.iloc[int(errors.to_numpy().argmax())]
    return tr(
        say(
            "{metric}: {near} of {n:,} predictions are within 20 % of the measurement; half are "
            "within {half}, nine of ten within {most}. The farthest, {model} on {hardware}, is "
            "{error} off.",
            metric=tr(METRICS[metric][0]),
            near=int((errors <= NEAR).sum()),
            n=len(frame),
            half=number(float(errors.median()), ",.0%"),
            most=number(float(errors.quantile(0.9)), ",.0%"),
            model=worst["model"],
            hardware=worst["hardware"],
            error=number(float(worst["error"]), "+,.0%"),
        )
    )


def _axis(words: str, unit: str) -> str:
    return f"{words}, {tr(unit)}"


def _log(ends: Sequence[float]) -> alt.Scale:
    return alt.Scale(type="log", domain=list(ends), nice=False)


def _ticks() -> alt.Axis:
    return alt.Axis(format=",.3~s", tickCount=6, labelOverlap="greedy", labelSeparation=8)


def _lines(ends: Sequence[float]) -> list[alt.Chart]:
    """The band and the line of no error, from end to end; clipped where the band leaves."""
    # Made by Vega: data of its own would not travel with the rows of the chart.
    low, high = ends
    base = alt.Chart(alt.sequence(0, 2, 1, as_="end"))
    base = base.transform_calculate(same=f"datum.end ? {high} : {low}")
    base = base.transform_calculate(low=f"datum.same * {1 - NEAR}", high=f"datum.same * {1 + NEAR}")
    x, scale = alt.X("same:Q", scale=_log(ends)), _log(ends)
    band = base.mark_area(color=GREY, opacity=0.25, clip=True)
    line = base.mark_line(color=GREY, strokeDash=[4, 3], clip=True)
    return [
        band.encode(x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        line.encode(x=x, y=alt.Y("same:Q", scale=scale)),
    ]


def _points(x: alt.X, y: alt.Y) -> alt.Chart:
    kinds = [tr(kind) for kind in KINDS]
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=list(PALETTE[:2])))
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["circle", "triangle"]))
    found: alt.Chart = (
        alt.Chart()
        .mark_point(size=30, filled=True, opacity=0.8)
        .encode(
            x=x, y=y, color=colour, shape=shape,
            tooltip=[
                alt.Tooltip("model:N", title=tr("Model")),
                alt.Tooltip("hardware:N", title=tr("Accelerator")),
                alt.Tooltip("test:N", title=tr("Test")),
                alt.Tooltip("measured:Q", title=tr("Measured"), format=",.4~r"),
                alt.Tooltip("predicted:Q", title=tr("Predicted"), format=",.4~r"),
                alt.Tooltip("error:Q", title=tr("Error"), format="+,.0%"),
            ],
        )
    )  # fmt: skip
    return found
