"""What a month costs, by category and candidate."""

from collections.abc import Sequence

import pandas as pd

from aisim.charts.rows import DATASET
from aisim.charts.scale import upper
from aisim.charts.spoken import word
from aisim.charts.state import GREYED, OPACITY, axis_label, dash
from aisim.charts.theme import PLACE, fifths, framed, roomy, told
from aisim.charts.vega import alt
from aisim.charts.words import NO_FIGURE, percent, summed_up
from aisim.cost import CATEGORIES
from aisim.language import mark, money, say, tr

#: Muted, so that none is taken for a candidate; told apart by lightness where hue does not help.
CATEGORY_COLOURS = (
    "#6D5A80", "#E3C16A", "#97CCF1", "#0C704E", "#415FAC", "#7BAFFB", "#8CD2BD", "#B79381",
    "#8B8F9B", "#7E650F", "#84944D", "#4B89B8", "#D98E8E",
)  # fmt: skip
#: CATEGORIES, to be found for translation.
CATEGORY_WORDS = (
    mark("compute"), mark("energy"), mark("cooling"), mark("space"), mark("network"),
    mark("egress"), mark("storage"), mark("staff"), mark("support"), mark("licences"),
    mark("finance"), mark("decommissioning"), mark("compliance"),
)  # fmt: skip
#: Width of an entry of the legend for each letter of the longest.
LETTER_PX = 19 / 3
ROOM_PX = 115
#: Room for the word on a state beside the bars, so that they stay where they are.
STATE_PX = 86

_WHO = ["candidate", "state"]


def cost_scales(frame: pd.DataFrame) -> dict[str, float]:
    """End of the axis of money: param `most`."""
    return {"most": upper(frame.groupby(_WHO)["amount"].sum() if len(frame) else [])}


def cost_chart(
    frame: pd.DataFrame, candidates: Sequence[str], currency: str = "USD"
) -> alt.LayerChart:
    """Stacked bars of money per month, a bar a candidate, with its total.

    Args:
        frame: a row a category of a candidate: candidate, state, category (of
            `aisim.cost.CATEGORIES`), amount (per month of 730 h).
        candidates: all that may have rows, in the order of the bars.
        currency: ISO code of the amounts.
    """
    layers = [_bars(candidates, currency), _totals(candidates, currency)]
    return framed(layers, frame, tr("Cost per month"), cost_scales(frame))


def cost_summary(frame: pd.DataFrame, currency: str = "USD") -> str:
    """What each candidate costs a month, and its largest category."""
    return summed_up(tr("Cost per month"), frame, lambda bill: _spoken(bill, currency))


def _bars(candidates: Sequence[str], currency: str) -> alt.Chart:
    scale = alt.Scale(domain=list(CATEGORIES), range=list(CATEGORY_COLOURS))
    per_month = tr(say("{currency} per month", currency=currency))
    x = alt.X(
        "amount:Q", title=per_month, stack="zero", scale=roomy(ROOM_PX, "most"), axis=fifths()
    )
    bars = alt.Chart().transform_filter("isValid(datum.amount)")
    bars = bars.transform_calculate(
        rank=f"indexof({list(CATEGORIES)}, datum.category)",
        category_word=word("datum.category", CATEGORIES),
    )
    thickness = alt.ExprRef("min(34, bandwidth('y') * 0.75)")
    found: alt.Chart = bars.mark_bar(
        strokeWidth=1.5, height=thickness, fillOpacity=OPACITY
    ).encode(
        y=_candidate(candidates), x=x, order="rank:O",
        fill=alt.Fill("category:N", scale=scale, legend=_legend(), condition=GREYED),
        stroke=alt.Stroke("category:N", scale=scale, legend=_legend(), condition=GREYED),
        strokeDash=dash(),
        tooltip=told(
            alt.Tooltip("category_word:N", title=tr("Category")),
            alt.Tooltip("amount:Q", title=per_month, format=",.0f"),
        ),
    )  # fmt: skip
    return found


def _legend() -> alt.Legend:
    """The categories that have rows, in columns of one width."""
    width_px = LETTER_PX * max(len(tr(category)) for category in CATEGORIES)
    return alt.Legend(
        values=alt.ExprRef(_present()),
        columns=alt.ExprRef(f"max(1, floor({PLACE} / {width_px:.0f}))"),
        labelExpr=word("datum.value", CATEGORIES), symbolType="square", symbolSize=140,
    )  # fmt: skip


def _totals(candidates: Sequence[str], currency: str) -> alt.Chart:
    sums = alt.Chart().transform_filter("isValid(datum.amount)")
    sums = sums.transform_aggregate(total="sum(amount)", groupby=["candidate", "state"])
    sums = sums.transform_calculate(label=f"format(datum.total, ',.0f') + ' {currency}'")
    text = sums.mark_text(align="left", dx=6, fontWeight="bold")
    found: alt.Chart = text.encode(y=_candidate(candidates), x="total:Q", text="label:N")
    return found


def _candidate(candidates: Sequence[str]) -> alt.Y:
    axis = alt.Axis(labelExpr=axis_label(), domain=False, ticks=False, minExtent=STATE_PX)
    return alt.Y("candidate:N", title=None, scale=alt.Scale(domain=list(candidates)), axis=axis)


def _present() -> str:
    """The categories that have rows, as a Vega expression; never none, an empty legend breaks."""
    found = " + ".join(
        f"(indexof(pluck(data('{DATASET}'), 'category'), '{name}') < 0 ? '' : '|{name}')"
        for name in CATEGORIES
    )
    return f"split(slice(length({found}) ? {found} : '|{CATEGORIES[0]}', 1), '|')"


def _spoken(bill: pd.DataFrame, currency: str) -> str:
    """'9,600 USD, 84 % of it compute'."""
    known = bill.dropna(subset=["amount"])
    if known.empty:
        return tr(NO_FIGURE)
    total = float(known["amount"].sum())
    said = money(total, currency)
    if total <= 0:
        return said
    largest = known.iloc[int(known["amount"].argmax())]
    share, category = percent(100 * largest["amount"] / total), tr(largest["category"])
    return tr(say("{total}, {share} of it {category}", total=said, share=share, category=category))
