"""What each candidate costs against how fast it answers, and which of them nothing beats."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from aisim.charts.cash import in_currency
from aisim.charts.chart import Chart
from aisim.charts.rows import numbers
from aisim.charts.scale import lower, upper
from aisim.charts.spoken import phrase
from aisim.charts.state import OPACITY, dash
from aisim.charts.theme import GREY, colours, framed, told
from aisim.charts.vega import alt
from aisim.charts.words import NO_FIGURE, by_candidate, named, seconds
from aisim.language import mark, money, say, tr
from aisim.planning import Picture
from aisim.scenario import Study

#: Percentile of the time to first token that is shown.
PERCENTILE = 95.0
#: Nearer than these, in parts of the axis of costs and times the seconds, names could meet.
NEAR, NEAR_TIMES = 0.3, 1.2
#: Right of the middle a name stands left of its point; beyond an edge it has no room.
MIDDLE, EDGE = 0.55, 0.65
NAME_PX = 14
#: States of those that are no choice.
LEFT_OUT = ("overloaded", "excluded")
#: What being beaten is worth.
ONE_DRAW = mark("That is of one draw, and small differences may be chance.")
OVERLAP = mark("That is by the means: where intervals overlap it may be chance.")

_FIGURES = ("cost", "cost_low", "cost_high", "ttft_s", "ttft_low_s", "ttft_high_s")
_TICKS_S = [float(f"{digit}e{power}") for power in range(-6, 7) for digit in (1, 2, 5)]
_KNOWN = "isValid(datum.cost) && isValid(datum.ttft_s)"

_Row = dict[str, Any]


def tightest_ttft_s(study: Study) -> float:
    """The tightest limit that 95 % of some traffic's first tokens were promised; NaN without."""
    promised = [t.service_level.ttft_s for t in study.workload.traffic.values()]
    limits = [p.limit_s for p in promised if p is not None and p.percentile == PERCENTILE]
    return min(limits, default=np.nan)


def pareto_frame(picture: Picture) -> pd.DataFrame:
    """A row a candidate: candidate, state, the figures of the two axes, and what beats it.

    Columns: cost (per month, in the study's currency), ttft_s (95 % of the requests), both with
    _low and _high, the ends of their 95 % intervals; beaten_by (names), on_front, label with its
    side and how far it is lifted (above), limit_s and budget (NaN without). Who is overloaded
    has no lasting time to first token, and who is excluded is no choice: neither beats anybody or
    is on the front.
    """
    code, budget = picture.study.economics.currency, picture.study.limits.budget_usd_per_month
    found: list[_Row] = []
    for name, answer in picture.answer["candidates"].items():
        cost, ttft = _figure(answer["cost"]["usd_per_month"]), _figure(answer["ttft_s"]["p95"])
        values = [*(in_currency(value, code) for value in cost), *ttft]
        state = picture.state(name)
        row = {"candidate": name, "state": state, "label": named(name, state)}
        found.append(row | dict(zip(_FIGURES, values, strict=True)))
    judged = _judged(found)
    return pd.DataFrame(judged).assign(
        limit_s=tightest_ttft_s(picture.study),
        budget=np.nan if budget is None else in_currency(budget, code),
    )


def pareto_scales(frame: pd.DataFrame) -> dict[str, float]:
    """Ends of the axes: params `reach` of the cost, `least` and `most` of the seconds."""
    shown = numbers(frame, "ttft_s", "ttft_low_s", "ttft_high_s", "limit_s")
    costs = numbers(frame, "cost", "cost_high", "budget")
    return {"reach": upper(costs), "least": lower(shown), "most": upper(shown)}


def pareto_chart(frame: pd.DataFrame, candidates: Sequence[str], currency: str) -> alt.LayerChart:
    """A point a candidate, and a line through those that no other beats in both.

    Args:
        frame: as `pareto_frame` has it.
        candidates: all that may have rows, in the order of their colours.
        currency: code of the currency of the costs.
    """
    month = tr(say("{currency} per month", currency=currency))
    log = alt.Scale(type="log", domain=[alt.ExprRef("least"), alt.ExprRef("most")], nice=False)
    ticks = alt.Axis(values=_TICKS_S, format=",~r", labelOverlap="greedy", labelSeparation=4)
    x = alt.X("cost:Q", title=month, axis=_money_axis(),
              scale=alt.Scale(domain=[0, alt.ExprRef("reach")], nice=False))  # fmt: skip
    y = alt.Y("ttft_s:Q", title=tr("Seconds for 95 % (log scale)"), scale=log, axis=ticks)
    layers = [
        *_rules(x, y, currency), _front(x, y), *_intervals(x, y, candidates),
        _points(x, y, candidates, month), _names(x, y),
    ]  # fmt: skip
    return framed(layers, frame, tr("Cost against time to first token"), pareto_scales(frame))


def pareto_summary(frame: pd.DataFrame, currency: str) -> str:
    """Both figures of each candidate, who is on the front, who is beaten by whom, the limits."""
    if frame.empty:
        return tr("Cost per month and time to first token: no result yet.")
    figures = by_candidate(frame, lambda rows: _spoken(rows, currency))
    said = tr(say("Cost per month and 95 % of first tokens within: {figures}.", figures=figures))
    return " ".join([said, *_verdicts(frame), *_limits(frame, currency)])


def _figure(found: Mapping[str, float | None] | None) -> tuple[float, float, float]:
    """Mean, low and high of a figure of an answer; NaN where there is none."""
    given = found or {}
    values = [given.get(end) for end in ("mean", "low", "high")]
    mean, low, high = (np.nan if value is None else float(value) for value in values)
    return mean, low, high


def _judged(found: list[_Row]) -> list[_Row]:
    """The rows with who beats them, and where their names go."""
    reach = upper(row["cost"] for row in found)
    for row in found:
        winners = [other["candidate"] for other in found if _beats(other, row)]
        row |= {"beaten_by": ", ".join(winners), "on_front": _counts(row) and not winners}
        row |= _place(row, found, reach)
    return found


def _place(row: _Row, found: list[_Row], reach: float) -> _Row:
    """Side of a name (-1 left, 0 over its point), and lines that it is lifted; neighbours part."""
    near = [other for other in found if _is_near(row, other, reach)]
    near.sort(key=lambda other: other["cost"])
    share = row["cost"] / reach
    side, place = (-1 if share > MIDDLE else 1), next(i for i, n in enumerate(near) if n is row)
    if len(near) == 1:
        return {"side": side, "above": 0}
    if place == 0 and share > 1 - EDGE:
        return {"side": -1, "above": 0}
    if place == len(near) - 1 and share < EDGE:
        return {"side": 1, "above": 0}
    return {"side": 0, "above": max(place, 1)}


def _is_near(row: _Row, other: _Row, reach: float) -> bool:
    """Whether names beside both points could meet; so are a point and itself."""
    if row is other:
        return True
    times = other["ttft_s"] / row["ttft_s"] if row["ttft_s"] else np.nan
    return bool(
        abs(other["cost"] - row["cost"]) < NEAR * reach and 1 / NEAR_TIMES < times < NEAR_TIMES
    )


def _counts(row: _Row) -> bool:
    known = np.isfinite(row["cost"]) and np.isfinite(row["ttft_s"])
    return bool(known and row["state"] not in LEFT_OUT)


def _beats(one: _Row, other: _Row) -> bool:
    """Whether one is no worse in both and better in one, by the means."""
    if not (_counts(one) and _counts(other)):
        return False
    cost, ttft = one["cost"] - other["cost"], one["ttft_s"] - other["ttft_s"]
    return bool(cost <= 0 and ttft <= 0 and (cost < 0 or ttft < 0))


def _money_axis() -> alt.Axis:
    ticks = alt.ExprRef("sequence(0, reach * 1.01, reach / 5)")
    return alt.Axis(values=ticks, format=",.3~r", labelOverlap="greedy", labelSeparation=8)


def _front(x: alt.X, y: alt.Y) -> alt.Chart:
    steps = alt.Chart().transform_filter("datum.on_front")
    steps = steps.mark_line(interpolate="step-after", color=GREY, strokeWidth=1.5, clip=True)
    found: alt.Chart = steps.encode(x=x, y=y, order="cost:Q")
    return found


def _intervals(x: alt.X, y: alt.Y, candidates: Sequence[str]) -> list[alt.Chart]:
    """A bar along each axis; on the log axis no lower than its end."""
    known = alt.Chart().transform_filter(_KNOWN)
    stroke = alt.Stroke("candidate:N", scale=colours(candidates), legend=None)
    across = known.transform_filter("isValid(datum.cost_low)")
    down = known.transform_filter("isValid(datum.ttft_low_s)")
    down = down.transform_calculate(low_s="max(datum.ttft_low_s, least)")
    bar: dict[str, Any] = {"strokeWidth": 1.5, "clip": True}
    low = alt.X("cost_low:Q", title=x["title"], scale=x["scale"], axis=x["axis"])
    low_s = alt.Y("low_s:Q", title=y["title"], scale=y["scale"], axis=y["axis"])
    return [
        across.mark_rule(**bar).encode(x=low, x2="cost_high:Q", y=y, stroke=stroke),
        down.mark_rule(**bar).encode(x=x, y=low_s, y2="ttft_high_s:Q", stroke=stroke),
    ]


def _points(x: alt.X, y: alt.Y, candidates: Sequence[str], month: str) -> alt.Chart:
    scale = colours(candidates)
    points = alt.Chart().transform_filter(_KNOWN)
    points = points.mark_point(size=130, strokeWidth=2, fillOpacity=OPACITY)
    found: alt.Chart = points.encode(
        x=x, y=y, strokeDash=dash(),
        fill=alt.Fill("candidate:N", scale=scale, legend=None),
        stroke=alt.Stroke("candidate:N", scale=scale, legend=None),
        tooltip=told(
            alt.Tooltip("cost:Q", title=month, format=",.0f"),
            alt.Tooltip("ttft_s:Q", title=tr("95 % within, s"), format=",.3~r"),
            alt.Tooltip("beaten_by:N", title=tr("Beaten by")),
        ),
    )  # fmt: skip
    return found


def _names(x: alt.X, y: alt.Y) -> alt.Chart:
    """Beside the points; where points are near, lifted."""
    text = alt.Chart().transform_filter(_KNOWN).mark_text(
        align=alt.ExprRef("['right', 'center', 'left'][datum.side + 1]"), baseline="bottom",
        dx=alt.ExprRef("9 * datum.side"), dy=alt.ExprRef(f"-4 - {NAME_PX} * datum.above"),
        fontWeight="bold",
    )  # fmt: skip
    found: alt.Chart = text.encode(x=x, y=y, text="label:N")
    return found


def _rules(x: alt.X, y: alt.Y, currency: str) -> list[alt.Chart]:
    """The promised limit across, the budget down, each with its number; none without."""
    limit = alt.Chart().transform_aggregate(ttft_s="max(limit_s)")
    limit = limit.transform_filter("isValid(datum.ttft_s) && datum.ttft_s > 0")
    seconds_s = "format(datum.ttft_s, ',.3~r')"
    limit = limit.transform_calculate(label=phrase(tr("limit {seconds} s"), seconds=seconds_s))
    budget = alt.Chart().transform_aggregate(cost="max(budget)")
    parts = {"amount": "format(datum.cost, ',.0f')", "currency": json.dumps(currency)}
    budget = budget.transform_filter("isValid(datum.cost)").transform_calculate(
        label=phrase(tr("budget {amount} {currency}"), **parts)
    )
    rule: dict[str, Any] = {"color": GREY, "strokeWidth": 2, "strokeDash": [2, 3], "clip": True}
    side = alt.ExprRef("datum.cost > reach / 2 ? 'right' : 'left'")
    return [
        limit.mark_rule(**rule).encode(y=y),
        limit.mark_text(align="right", baseline="bottom", dy=-3, fontWeight="bold").encode(
            x=alt.value("width"), y=y, text="label:N"
        ),
        budget.mark_rule(**rule).encode(x=x),
        budget.mark_text(align=side, baseline="bottom", dy=-3, fontWeight="bold").encode(
            x=x, y=alt.value(0), text="label:N"
        ),
    ]


def _spoken(rows: pd.DataFrame, currency: str) -> str:
    """Such as '9,600 USD and 0.35 s'."""
    row = rows.iloc[0]
    cost = money(row["cost"], currency) if np.isfinite(row["cost"]) else tr(NO_FIGURE)
    return tr(say("{cost} and {seconds}", cost=cost, seconds=seconds(row["ttft_s"])))


def _verdicts(frame: pd.DataFrame) -> list[str]:
    front = ", ".join(frame["candidate"][frame["on_front"]])
    said = [tr(say("Nothing beats in both: {names}.", names=front))] if front else []
    for name, winners in zip(frame["candidate"], frame["beaten_by"], strict=True):
        if winners:
            said.append(tr(say("{name} is beaten by {winners}.", name=name, winners=winners)))
    if any(frame["beaten_by"]):
        is_one = not np.isfinite(frame["ttft_low_s"]).any()
        said.append(tr(ONE_DRAW if is_one else OVERLAP))
    left = ", ".join(frame["candidate"][frame["state"].isin(LEFT_OUT)])
    if left:
        said.append(tr(say("Overloaded or excluded, and left out of this: {names}.", names=left)))
    return said


def _limits(frame: pd.DataFrame, currency: str) -> list[str]:
    limit_s, budget = float(frame["limit_s"].max()), float(frame["budget"].max())
    said = []
    if np.isfinite(limit_s):
        said.append(tr(say("The limit is {limit}.", limit=seconds(limit_s))))
    if np.isfinite(budget):
        said.append(tr(say("The budget is {budget} per month.", budget=money(budget, currency))))
    return said


PARETO = Chart(
    "pareto",
    pareto_frame,
    lambda picture, frame, names: pareto_chart(frame, names, picture.study.economics.currency),
    pareto_scales,
    lambda picture, frame: pareto_summary(frame, picture.study.economics.currency),
    lambda picture: picture.study.economics.currency,
)
