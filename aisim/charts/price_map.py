"""What one candidate saves against another over two prices, a cell a pair of values."""

import numpy as np
import pandas as pd

from aisim.charts.cash import in_currency
from aisim.charts.rows import numbers
from aisim.charts.scale import upper
from aisim.charts.theme import framed
from aisim.charts.vega import alt
from aisim.language import money, number, say, tr
from aisim.planning import PriceMap

#: The other saves, none, own saves: blue and orange are told apart by everybody, and black text
#: reads on all three and on what lies between.
COLOURS = ("#E8853D", "#F4F4F2", "#56A0D3")
INK = "#111111"
CELL_PX = 38

_COLUMNS = ["x", "y", "saved", "label"]


def price_map_frame(found: PriceMap, currency: str = "USD") -> pd.DataFrame:
    """A row a cell: x and y (the two prices), saved (by own, in the currency), label.

    Args:
        found: what is saved.
        currency: code of the currency of `saved`.
    """
    saved = in_currency(np.asarray(found.saved_usd, dtype=np.float64), currency)
    cells = [
        (float(x), float(y), float(saved[row, column]), _signed(float(saved[row, column])))
        for row, y in enumerate(found.y_values)
        for column, x in enumerate(found.x_values)
    ]
    return pd.DataFrame(cells, columns=_COLUMNS)


def price_map_scales(frame: pd.DataFrame) -> dict[str, float]:
    """End of the colours, the same to both sides of zero: param `most`."""
    return {"most": upper(abs(value) for value in numbers(frame, "saved"))}


def price_map_chart(frame: pd.DataFrame, found: PriceMap, currency: str = "USD") -> alt.LayerChart:
    """A heat map: blue where own saves, orange where the other does, the number in each cell.

    Args:
        frame: as `price_map_frame` has it.
        found: what is drawn, for its names.
        currency: code of the currency of the frame.
    """
    across, down = f"{found.x.key} ({found.x.unit})", f"{found.y.key} ({found.y.unit})"
    plain = alt.Axis(format=",.4~r", labelAngle=0, ticks=False, domain=False, labelOverlap=False)
    x = alt.X("x:O", title=across, axis=plain)
    # the name of the price down stands over its axis, where it has room
    y = alt.Y("y:O", title=down, sort="descending", axis=_over(plain))
    layers = [_cells(x, y, found, currency), _numbers(x, y)]
    title = tr(
        say(
            "What {own} saves against {other}, {currency}",
            own=found.own,
            other=found.other,
            currency=currency,
        )
    )
    return framed(layers, frame, title, price_map_scales(frame), alt.Step(CELL_PX))


def price_map_summary(frame: pd.DataFrame, found: PriceMap, currency: str = "USD") -> str:
    """In how many cells own saves, and the least and the most that it does."""
    saves, cells = int((frame["saved"] > 0).sum()), len(frame)
    least, most = (
        frame.iloc[int(row)] for row in (frame["saved"].argmin(), frame["saved"].argmax())
    )
    said = say(
        "{own} saves against {other} in {saves} of {cells} cells: from {least} to {most}.",
        own=found.own,
        other=found.other,
        saves=saves,
        cells=cells,
        least=_at(least, found, currency),
        most=_at(most, found, currency),
    )
    return tr(said)


def _at(cell: pd.Series, found: PriceMap, currency: str) -> str:
    """'-5,574 USD (staff 0.25 FTE, instance 9.83 machine-hour)'."""
    x, y = (number(float(cell[axis]), ",.4g") for axis in ("x", "y"))
    said = say(
        "{amount} ({across} at {x}, {down} at {y})",
        amount=money(float(cell["saved"]), currency),
        across=found.x.key,
        x=x,
        down=found.y.key,
        y=y,
    )
    return tr(said)


def _signed(saved: float) -> str:
    """With its sign, that colour is not all that tells; never a minus before nothing."""
    return number(round(saved) or 0, "+,.0f") if round(saved) else "0"


def _over(axis: alt.Axis) -> alt.Axis:
    changed: alt.Axis = axis.copy()
    for name, value in {
        "titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleX": 0, "titleY": -6,
        "titleBaseline": "bottom",
    }.items():  # fmt: skip
        changed[name] = value
    return changed


def _cells(x: alt.X, y: alt.Y, found: PriceMap, currency: str) -> alt.Chart:
    ends: list[float | alt.Parameter | alt.SchemaBase] = [
        alt.ExprRef("-most"), 0.0, alt.ExprRef("most")
    ]  # fmt: skip
    colour = alt.Color(
        "saved:Q", legend=None, scale=alt.Scale(domain=ends, range=list(COLOURS), interpolate="rgb")
    )
    cells: alt.Chart = alt.Chart().mark_rect(stroke="white", strokeWidth=1).encode(
        x=x, y=y, color=colour,
        tooltip=[
            alt.Tooltip("x:Q", title=found.x.key, format=",.4~r"),
            alt.Tooltip("y:Q", title=found.y.key, format=",.4~r"),
            alt.Tooltip("saved:Q", title=currency, format=",.0f"),
        ],
    )  # fmt: skip
    return cells


def _numbers(x: alt.X, y: alt.Y) -> alt.Chart:
    text: alt.Chart = alt.Chart().mark_text(color=INK).encode(x=x, y=y, text="label:N")
    return text
