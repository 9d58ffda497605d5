"""What becomes of each candidate at several multiples of the load."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from aisim.charts.cash import in_currency
from aisim.charts.pareto import tightest_ttft_s
from aisim.charts.rows import numbers
from aisim.charts.scale import lower, upper
from aisim.charts.spoken import phrase, word
from aisim.charts.state import candidate_colour, dash, line
from aisim.charts.theme import GREY, colours, framed, told
from aisim.charts.vega import alt
from aisim.charts.words import NO_FIGURE, by_candidate
from aisim.language import mark, money, number, say, tr
from aisim.planning import Growth, GrowthPoint, follows_load

#: What a point is worth, and its mark: never told by colour alone.
KEEPS, MISSES, OVERLOADED = VERDICTS = (
    mark("keeps its promises"), mark("misses a promise"), mark("overloaded"),
)  # fmt: skip
SHAPES = ("circle", "triangle-down", "cross")
#: How much of a point is filled.
FILLED = (1.0, 0.3, 0.3)

_TICKS = [0.1, 0.2, 0.5, 0.7, 1, 1.4, 2, 2.8, 4, 5.6, 8, 10, 20, 50, 100]
_TICKS_S = [float(f"{digit}e{power}") for power in range(-6, 7) for digit in (1, 2, 5)]
_KNOWN = "isValid(datum.ttft_s)"


def growth_frame(growth: Growth) -> pd.DataFrame:
    """A row a candidate and multiple of the load, as far as they are simulated.

    Columns: candidate, state (preview: one draw of a short stretch), factor, ttft_s (95 % of the
    requests), verdict (of VERDICTS), within (percent of the requests that kept all
    promises), cost (per month, in the study's currency), limits (broken, in words), follows_load
    (whether machines on demand or an API are paid by it), limit_s (NaN without).
    """
    code, limit_s = growth.study.economics.currency, tightest_ttft_s(growth.study)
    declared = growth.study.candidates
    found = [
        {
            "candidate": point.candidate,
            "state": "preview",
            "factor": point.factor,
            "ttft_s": _known(point.ttft_p95_s),
            "verdict": _verdict(point),
            "within": 100 * _known(point.within_service_level),
            "cost": in_currency(_known(point.usd_per_month), code),
            "limits": "; ".join(tr(line) for line in point.broken_limits),
            "follows_load": follows_load(declared[point.candidate]),
            "limit_s": limit_s,
        }
        for point in growth.points
    ]
    return pd.DataFrame(found)


def growth_scales(frame: pd.DataFrame) -> dict[str, float]:
    """Ends of the axes: params `first` and `last` of the load, `least` and `most` of seconds."""
    factors, shown = numbers(frame, "factor") or [1.0], numbers(frame, "ttft_s", "limit_s")
    return {
        "first": 0.9 * min(factors),
        "last": 1.1 * max(factors),
        "least": lower(shown),
        "most": upper(shown),
    }


def growth_chart(frame: pd.DataFrame, candidates: Sequence[str], currency: str) -> alt.LayerChart:
    """Time to first token over the load, a line a candidate, with what each point is worth.

    Args:
        frame: as `growth_frame` has it.
        candidates: all that may have rows, in the order of their colours.
        currency: code of the currency of the costs.
    """
    loads = alt.Scale(type="log", domain=[alt.ExprRef("first"), alt.ExprRef("last")], nice=False)
    log = alt.Scale(type="log", domain=[alt.ExprRef("least"), alt.ExprRef("most")], nice=False)
    x = alt.X("factor:Q", title=tr("Times the load (log scale)"), scale=loads,
              axis=alt.Axis(values=_TICKS, format="~g", labelOverlap="greedy"))  # fmt: skip
    y = alt.Y("ttft_s:Q", title=tr("Seconds for 95 % (log scale)"), scale=log,
              axis=alt.Axis(values=_TICKS_S, format=",~r", labelOverlap="greedy"))  # fmt: skip
    lines = line().transform_filter(_KNOWN)
    lines = lines.encode(
        x=x, y=y, order="factor:Q", strokeDash=dash(), color=candidate_colour(candidates)
    )
    layers = [*_limit(y), lines, _points(x, y, candidates, currency)]
    return framed(layers, frame, tr("Time to first token as the load grows"), growth_scales(frame))


def growth_summary(frame: pd.DataFrame, currency: str) -> str:
    """Up to which load each candidate keeps its promises, what it costs there, what comes then."""
    if frame.empty:
        return tr("As the load grows: no result yet.")
    ordered = frame.sort_values("factor", kind="stable")
    said = by_candidate(ordered, lambda rows: _spoken(rows, currency))
    sentences = [tr(say("As the load grows: {said}.", said=said))]
    moving = ", ".join(dict.fromkeys(frame["candidate"][frame["follows_load"]]))
    if moving:
        sentence = say(
            "What is started on demand and the tokens of an API are paid by the load: {names}.",
            names=moving,
        )
        sentences.append(tr(sentence))
    sentences.append(tr("Each point is one draw of a short stretch; machines stay as declared."))
    return " ".join(sentences)


def _known(value: float | None) -> float:
    return np.nan if value is None else value


def _verdict(point: GrowthPoint) -> str:
    if point.overloaded:
        return OVERLOADED
    return MISSES if point.kept is False else KEEPS


def _spoken(rows: pd.DataFrame, currency: str) -> str:
    """'keeps its promises up to 2 times the load, at 9,600 USD per month, is overloaded at 2.8'."""
    keeps = (rows["verdict"] == KEEPS).to_numpy()
    count = len(rows) if keeps.all() else int(keeps.argmin())
    said = [_up_to(rows, count, currency)]
    if count < len(rows):
        said.append(_then(rows.iloc[count]))
    broken = rows[rows["limits"] != ""]
    if len(broken):
        first = broken.iloc[0]
        at, limits = _times(first["factor"]), first["limits"]
        said.append(
            tr(say("breaks limits from {times} times on ({limits})", times=at, limits=limits))
        )
    return ", ".join(said)


def _up_to(rows: pd.DataFrame, count: int, currency: str) -> str:
    if not count:
        return tr("does not keep its promises at the least load shown")
    last = rows.iloc[count - 1]
    cost = money(last["cost"], currency) if np.isfinite(last["cost"]) else tr(NO_FIGURE)
    times = _times(last["factor"])
    if count == len(rows):
        return tr(say("keeps its promises up to the {times} times shown, at {cost} per month",
                      times=times, cost=cost))  # fmt: skip
    return tr(say("keeps its promises up to {times} times the load, at {cost} per month",
                  times=times, cost=cost))  # fmt: skip


def _then(row: pd.Series) -> str:
    times = _times(row["factor"])
    if row["verdict"] == OVERLOADED:
        return tr(say("is overloaded at {times} times", times=times))
    return tr(say("misses a promise at {times} times", times=times))


def _times(factor: float) -> str:
    return number(factor, ".3g")


def _points(x: alt.X, y: alt.Y, candidates: Sequence[str], currency: str) -> alt.Chart:
    legend = alt.Legend(
        orient="bottom", offset=8, columns=3, labelExpr=word("datum.label", list(VERDICTS)),
        symbolFillColor=GREY, symbolStrokeColor=GREY, symbolSize=90, symbolStrokeWidth=1,
    )  # fmt: skip
    shape = alt.Shape(
        "verdict:N", scale=alt.Scale(domain=list(VERDICTS), range=list(SHAPES)), legend=legend
    )
    filled = f"{list(FILLED)}[indexof({list(VERDICTS)}, datum.verdict)]"
    points = alt.Chart().transform_filter(_KNOWN)
    points = points.mark_point(size=90, strokeWidth=2, clip=True, fillOpacity=alt.ExprRef(filled))
    scale = colours(candidates)
    found: alt.Chart = points.encode(
        x=x, y=y, shape=shape,
        fill=alt.Fill("candidate:N", scale=scale, legend=None),
        stroke=alt.Stroke("candidate:N", scale=scale, legend=None),
        tooltip=told(
            alt.Tooltip("factor:Q", title=tr("Times the load"), format=".3~r"),
            alt.Tooltip("ttft_s:Q", title=tr("95 % within, s"), format=",.3~r"),
            alt.Tooltip("within:Q", title=tr("Within service level, %"), format=".3~r"),
            alt.Tooltip("cost:Q", title=tr(say("{currency} per month", currency=currency)),
                        format=",.0f"),
            alt.Tooltip("limits:N", title=tr("Limits broken")),
        ),
    )  # fmt: skip
    return found


def _limit(y: alt.Y) -> list[alt.Chart]:
    """A rule at the promised limit, with its seconds."""
    rule = alt.Chart().transform_aggregate(ttft_s="max(limit_s)")
    rule = rule.transform_filter("isValid(datum.ttft_s) && datum.ttft_s > 0")
    seconds_s = "format(datum.ttft_s, ',.3~r')"
    rule = rule.transform_calculate(label=phrase(tr("limit {seconds} s"), seconds=seconds_s))
    text = rule.mark_text(align="left", baseline="bottom", dx=2, dy=-3, fontWeight="bold")
    return [
        rule.mark_rule(color=GREY, strokeWidth=2, clip=True).encode(y=y),
        text.encode(x=alt.value(0), y=y, text="label:N"),
    ]
