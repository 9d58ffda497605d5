"""How many requests are answered within how long: a latency distribution by candidate."""

import math
from collections.abc import Sequence

import pandas as pd

from aisim.charts.rows import numbers
from aisim.charts.scale import lower, upper
from aisim.charts.spoken import phrase
from aisim.charts.state import candidate_colour, dash, line
from aisim.charts.theme import GREY, framed, unseen_points
from aisim.charts.vega import alt
from aisim.charts.words import NO_FIGURE, by_candidate, percent, seconds, summed_up
from aisim.language import say, tr

#: The share of requests of which a summary speaks, in percent.
SPOKEN_SHARE = 95.0

# fixed, and wide enough for every latency; the axis shows those that lie on it
_TICKS_S = [float(f"{digit}e{power}") for power in range(-6, 7) for digit in (1, 2, 5)]


def latency_scales(frame: pd.DataFrame) -> dict[str, float]:
    """Ends of the axis of seconds, the limit on it too: params `least` and `most`."""
    shown = numbers(frame, "seconds", "limit_s")
    return {"least": lower(shown), "most": upper(shown)}


def latency_chart(frame: pd.DataFrame, candidates: Sequence[str], measure: str) -> alt.LayerChart:
    """Share of the requests over the seconds within which they are answered.

    Args:
        frame: a row a point of a curve: candidate, state, share (0 to 100, percent of the
            completed requests), seconds (within which they are answered), limit_s (the promised
            limit, the same in all rows, or NaN).
        candidates: all that may have rows, in the order of their colours.
        measure: what is measured, as a title ('Time to first token').
    """
    x = alt.X("seconds:Q", title=tr("Seconds or less (log scale)"), scale=_log(), axis=_axis())
    y = alt.Y("share:Q", title=tr("Share of requests"), scale=_shares(), axis=_percent_axis())
    curve = line().encode(
        x=x, y=y, order="share:Q", strokeDash=dash(), color=candidate_colour(candidates)
    )
    # Each is an element of the page, to be moved at every key press: few, and 50, 95, 99 % there.
    tips = unseen_points(
        x, y,
        alt.Tooltip("share:Q", title=tr("Share of requests, %"), format=",.3~r"),
        alt.Tooltip("seconds:Q", title=tr("Within, s"), format=",.3~r"),
    ).transform_filter("datum.share % 5 == 0 || datum.share == 99")  # fmt: skip
    return framed([*_limit(), curve, tips], frame, measure, latency_scales(frame))


def latency_summary(frame: pd.DataFrame, measure: str) -> str:
    """The seconds of 95 % of the requests, and the share within the limit, by candidate."""
    if frame.empty:
        return summed_up(measure, frame, _spoken)
    curves = summed_up(tr(say("{measure} of completed requests", measure=measure)), frame, _spoken)
    limit_s = float(frame["limit_s"].max())
    if math.isnan(limit_s):
        return curves
    kept = by_candidate(frame, lambda curve: _within(curve, limit_s))
    within = say("Within the limit of {limit}: {kept}.", limit=seconds(limit_s), kept=kept)
    return f"{curves} {tr(within)}"


def _spoken(curve: pd.DataFrame) -> str:
    """'95 % within 1.63 s'; the last point of a curve that ends before."""
    points = curve.dropna(subset=["share", "seconds"]).sort_values("share")
    if points.empty:
        return tr(NO_FIGURE)
    enough = points[points["share"] >= SPOKEN_SHARE]
    point = points.iloc[-1] if enough.empty else enough.iloc[0]
    share, within = percent(point["share"]), seconds(point["seconds"])
    return tr(say("{share} within {seconds}", share=share, seconds=within))


def _within(curve: pd.DataFrame, limit_s: float) -> str:
    """The share within a limit, no more than the points of the curve tell."""
    points = curve.dropna(subset=["share", "seconds"])
    if points.empty:
        return tr(NO_FIGURE)
    kept = points[points["seconds"] <= limit_s]["share"]
    if kept.empty:
        least = points["share"].min()
        return tr(say("at most {share}", share=percent(least))) if least > 0 else tr("none")
    most = kept.max()
    return percent(100.0) if most >= 100 else tr(say("at least {share}", share=percent(most)))


def _limit() -> list[alt.Chart]:
    """A rule at the promised limit with its seconds, to the side that has more room."""
    label = phrase(tr("limit {seconds} s"), seconds="format(datum.limit, ',.3~r')")
    rule = (
        alt.Chart()
        .transform_aggregate(limit="max(limit_s)")
        .transform_filter("isValid(datum.limit) && datum.limit > 0")
        .transform_calculate(label=label)
        .encode(x="limit:Q")
    )
    # above the plot, where no curve is; to the side that has more room
    text = rule.mark_text(
        align=alt.ExprRef("datum.limit * datum.limit > least * most ? 'right' : 'left'"),
        baseline="bottom", dy=-3, fontWeight="bold",
    )  # fmt: skip
    return [
        rule.mark_rule(color=GREY, strokeWidth=2, clip=True),
        text.encode(y=alt.datum(100), text="label:N"),
    ]


def _log() -> alt.Scale:
    return alt.Scale(type="log", domain=[alt.ExprRef("least"), alt.ExprRef("most")], nice=False)


def _axis() -> alt.Axis:
    return alt.Axis(values=_TICKS_S, format=",~r", labelOverlap="greedy", labelSeparation=8)


def _shares() -> alt.Scale:
    return alt.Scale(domain=[0, 100], nice=False)


def _percent_axis() -> alt.Axis:
    return alt.Axis(values=[0, 25, 50, 75, 95], labelExpr="datum.label + ' %'")
