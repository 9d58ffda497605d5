"""What a month costs, by category and candidate."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from aisim.charts.rows import DATASET
from aisim.charts.scale import upper
from aisim.charts.state import AXIS_LABEL, OPACITY, dash
from aisim.charts.theme import PLACE, fifths, framed, roomy, told
from aisim.charts.words import NO_FIGURE, by_candidate, percent, usd
from aisim.cost import CATEGORIES

#: Muted, so that none is taken for a candidate; told apart by lightness where hue does not help.
CATEGORY_COLOURS = (
    "#6D5A80", "#E3C16A", "#97CCF1", "#0C704E", "#415FAC", "#7BAFFB", "#8CD2BD", "#B79381",
    "#8B8F9B", "#7E650F", "#84944D", "#4B89B8", "#D98E8E",
)  # fmt: skip
ROOM_PX = 115
#: Room for the word on a state beside the bars, so that they stay where they are.
STATE_PX = 86

_WHO = ["candidate", "state"]


def cost_scales(frame: pd.DataFrame) -> dict[str, float]:
    """End of the axis of dollars: param `most`."""
    return {"most": upper(frame.groupby(_WHO)["usd"].sum() if len(frame) else [])}


def cost_chart(frame: pd.DataFrame, candidates: Sequence[str]) -> alt.LayerChart:
    """Stacked bars of dollars per month, a bar a candidate, with its total.

    Args:
        frame: a row a category of a candidate: candidate, state, category (of
            `aisim.cost.CATEGORIES`), usd (per month of 730 h).
        candidates: all that may have rows, in the order of the bars.
    """
    layers = [_bars(candidates), _totals(candidates)]
    return framed(layers, frame, "Cost per month", cost_scales(frame))


def cost_summary(frame: pd.DataFrame) -> str:
    """What each candidate costs a month, and its largest category."""
    if frame.empty:
        return "Cost per month: no result yet."
    return f"Cost per month: {by_candidate(frame, _spoken)}."


def _bars(candidates: Sequence[str]) -> alt.Chart:
    scale = alt.Scale(domain=list(CATEGORIES), range=list(CATEGORY_COLOURS))
    legend = alt.Legend(
        values=alt.ExprRef(_present()), columns=alt.ExprRef(f"max(1, floor({PLACE} / 95))"),
        symbolType="square", symbolSize=140,
    )  # fmt: skip
    x = alt.X(
        "usd:Q", title="USD per month", stack="zero", scale=roomy(ROOM_PX, "most"), axis=fifths()
    )
    bars = alt.Chart().transform_filter("isValid(datum.usd)")
    bars = bars.transform_calculate(rank=f"indexof({list(CATEGORIES)}, datum.category)")
    thickness = alt.ExprRef("min(34, bandwidth('y') * 0.75)")
    found: alt.Chart = bars.mark_bar(
        strokeWidth=1.5, height=thickness, fillOpacity=OPACITY
    ).encode(
        y=_candidate(candidates), x=x, order="rank:O",
        fill=alt.Fill("category:N", scale=scale, legend=legend),
        stroke=alt.Stroke("category:N", scale=scale, legend=legend),
        strokeDash=dash(),
        tooltip=told(
            alt.Tooltip("category:N", title="Category"),
            alt.Tooltip("usd:Q", title="USD per month", format=",.0f"),
        ),
    )  # fmt: skip
    return found


def _totals(candidates: Sequence[str]) -> alt.Chart:
    sums = alt.Chart().transform_filter("isValid(datum.usd)")
    sums = sums.transform_aggregate(total="sum(usd)", groupby=["candidate", "state"])
    sums = sums.transform_calculate(label="format(datum.total, ',.0f') + ' USD'")
    text = sums.mark_text(align="left", dx=6, fontWeight="bold")
    found: alt.Chart = text.encode(y=_candidate(candidates), x="total:Q", text="label:N")
    return found


def _candidate(candidates: Sequence[str]) -> alt.Y:
    axis = alt.Axis(labelExpr=AXIS_LABEL, domain=False, ticks=False, minExtent=STATE_PX)
    return alt.Y("candidate:N", title=None, scale=alt.Scale(domain=list(candidates)), axis=axis)


def _present() -> str:
    """The categories that have rows, as a Vega expression; never none, an empty legend breaks."""
    found = " + ".join(
        f"(indexof(pluck(data('{DATASET}'), 'category'), '{name}') < 0 ? '' : '|{name}')"
        for name in CATEGORIES
    )
    return f"split(slice(length({found}) ? {found} : '|{CATEGORIES[0]}', 1), '|')"


def _spoken(bill: pd.DataFrame) -> str:
    """'9,600 USD, 84 % of it compute'."""
    known = bill.dropna(subset=["usd"])
    if known.empty:
        return NO_FIGURE
    total = float(known["usd"].sum())
    if total <= 0:
        return usd(total)
    largest = known.iloc[int(known["usd"].argmax())]
    return f"{usd(total)}, {percent(100 * largest['usd'] / total)} of it {largest['category']}"
