"""Which prices matter most: what each does to a cost when it alone goes to its ends."""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any

import numpy as np
import pandas as pd

from aisim.charts.cash import in_currency
from aisim.charts.rows import numbers
from aisim.charts.scale import upper
from aisim.charts.theme import GREY, framed
from aisim.charts.vega import alt
from aisim.cost.prices import Prices
from aisim.cost.uncertainty import present_costs, tornado
from aisim.language import mark, money, number, say, tr
from aisim.planning import BadInput, Priced
from aisim.planning.money import cases_of, swing_data
from aisim.scenario.faults import nearest

#: Prices that are shown, and of which the summary speaks.
SHOWN, SPOKEN = 8, 3
LINE_PX = 38
#: Told apart by lightness; what stands at an end of a price, and its colour.
ENDS = {"low": mark("at its low end"), "high": mark("at its high end")}
COLOURS = ("#8FC3EA", "#415FAC")

_COLUMNS = ["line", "price", "unit", "end", "value", "typical", "cost", "label", "quality"]


def tornado_swings(
    priced: Priced, own: str, other: str | None = None
) -> tuple[list[dict[str, Any]], float]:
    """The swings as `money` has them, and the figure with all prices as they are, US dollars.

    Of the present cost of `own`, or of what `other` costs more than it.

    Raises:
        BadInput: no such candidate was measured.
    """
    cases = cases_of(priced.study, priced.bills)
    names = [own] if other is None else [own, other]
    for name in names:
        if name not in cases:
            raise BadInput(f"no candidate {name!r} that was measured, {nearest(name, cases)}")
    prices = Prices.of(priced.study.economics)
    costs = present_costs({name: cases[name] for name in names}, prices, {})
    typical = costs[own][0] if other is None else costs[other][0] - costs[own][0]
    return [swing_data(swing) for swing in tornado(cases, prices, own, other)], float(typical)


def tornado_frame(
    swings: Sequence[Mapping[str, Any]], typical_usd: float, currency: str = "USD"
) -> pd.DataFrame:
    """Two rows a price, the widest swing first.

    Columns: line (its place), price, unit, end (low, high), value (the price there), typical and
    cost (the figure as it is and there, in the currency), label (the price and its range), quality.

    Args:
        swings: as `planning.money` has them, the widest first.
        typical_usd: the figure with all prices as they are.
        currency: code of the currency of the frame.
    """
    found = []
    for line, swing in enumerate(swings[:SHOWN]):
        shared: dict[str, Any] = {n: tr(swing[n]) for n in ("price", "unit", "quality")}
        shared |= {"line": line, "label": f"{swing['price']}: {_range(swing)}"}
        for end in ENDS:
            cost = in_currency(float(swing[f"present_cost_at_{end}_usd"]), currency)
            typical = in_currency(typical_usd, currency)
            found.append(
                shared | {"end": end, "value": swing[end], "typical": typical, "cost": cost}
            )
    return pd.DataFrame(found, columns=_COLUMNS)


def tornado_scales(frame: pd.DataFrame) -> dict[str, float]:
    """Ends of the axis of the figure: params `least` and `most`."""
    shown = [value for value in numbers(frame, "cost", "typical") if np.isfinite(value)] or [0.0]
    step = upper([max(shown) - min(shown)]) / 20
    return {"least": step * floor(min(shown) / step), "most": step * ceil(max(shown) / step)}


def tornado_chart(frame: pd.DataFrame, title: str, currency: str = "USD") -> alt.LayerChart:
    """A line a price: bars from the figure as it is to what it is at the ends of that price.

    Args:
        frame: as `tornado_frame` has it.
        title: what the figure is.
        currency: code of the currency of the frame.
    """
    x = alt.X(
        "typical:Q",
        title=currency,
        scale=alt.Scale(domain=[alt.ExprRef("least"), alt.ExprRef("most")], nice=False, zero=False),
        axis=alt.Axis(format=",.3~s", tickCount=5),
    )
    y = alt.Y("line:O", title=None, axis=None)
    layers = [_bars(x, y, currency), *_typical(x), _labels(y)]
    return framed(layers, frame, title, tornado_scales(frame), alt.Step(LINE_PX))


def tornado_summary(frame: pd.DataFrame, title: str, currency: str = "USD") -> str:
    """The figure as it is, and what the prices that matter most make of it."""
    if frame.empty:
        return tr(say("{title}: no price in use has a range.", title=title))
    typical = money(float(frame["typical"].iloc[0]), currency)
    said = [tr(say("{title}: {cost}. What matters most:", title=title, cost=typical))]
    lines = [rows for _, rows in frame.groupby("line")][:SPOKEN]
    said.append("; ".join(_spoken(rows, currency) for rows in lines) + ".")
    return " ".join(said)


def _range(swing: Mapping[str, Any]) -> str:
    low, high = (_short(float(swing[end])) for end in ENDS)
    return tr(say("{low} to {high} {unit}", low=low, high=high, unit=tr(swing["unit"])))


def _short(value: float) -> str:
    return number(value, ",.0f" if abs(value) >= 1000 else ".4g")


def _spoken(rows: pd.DataFrame, currency: str) -> str:
    """'staff: 0.25 to 1.5 FTE, from 218,000 USD to 599,000 USD', by the ends of the price."""
    low, high = (money(float(cost), currency) for cost in rows["cost"])
    label = rows["label"].iloc[0]
    return tr(say("{label}, from {low} to {high}", label=label, low=low, high=high))


def _bars(x: alt.X, y: alt.Y, currency: str) -> alt.Chart:
    scale = alt.Scale(domain=list(ENDS), range=list(COLOURS))
    words = {end: tr(words) for end, words in ENDS.items()}
    legend = alt.Legend(
        symbolType="square", symbolSize=140, labelExpr=f"{words}[datum.label]", columns=2
    )
    bars = alt.Chart().mark_bar(height=13, yOffset=8, clip=True)
    found: alt.Chart = bars.encode(
        x=x, x2="cost:Q", y=y, color=alt.Color("end:N", scale=scale, legend=legend),
        tooltip=[
            alt.Tooltip("price:N", title=tr("Price")),
            alt.Tooltip("value:Q", title=tr("Its value"), format=",.4~r"),
            alt.Tooltip("unit:N", title=tr("Unit")),
            alt.Tooltip("cost:Q", title=currency, format=",.0f"),
            alt.Tooltip("quality:N", title=tr("Quality")),
        ],
    )  # fmt: skip
    return found


def _typical(x: alt.X) -> list[alt.Chart]:
    """A rule at the figure as it is, with its number above."""
    rule = alt.Chart().transform_aggregate(typical="max(typical)")
    rule = rule.transform_filter("isValid(datum.typical)")
    rule = rule.transform_calculate(label="format(datum.typical, ',.0f')")
    text = rule.mark_text(
        align=alt.ExprRef("datum.typical > (least + most) / 2 ? 'right' : 'left'"),
        baseline="bottom", dy=-3, fontWeight="bold",
    )  # fmt: skip
    return [
        rule.mark_rule(color=GREY, strokeWidth=2).encode(x=x),
        text.encode(x=x, y=alt.value(0), text="label:N"),
    ]


def _labels(y: alt.Y) -> alt.Chart:
    """The price and its range over its bars, cut where the place is narrow."""
    text = alt.Chart().transform_filter("datum.end == 'low'").mark_text(
        align="left", baseline="middle", yOffset=-9, limit=alt.ExprRef("width"),
    )  # fmt: skip
    found: alt.Chart = text.encode(x=alt.value(2), y=y, text="label:N")
    return found
