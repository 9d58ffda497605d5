"""A two-way table of prices, in the terminal."""

from typing import Any

from rich.table import Table
from rich.text import Text

from aisim.planning.price_map import PriceMap


def price_map_table(found: PriceMap, code: str = "USD", usd_per_unit: float = 1.0) -> Table:
    """What is saved at each pair of values; what costs more is red and negative."""
    title = (
        f"{found.own} instead of {found.other}: saved in present cost, {code}\n"
        f"across: {found.x.key} ({found.x.unit})\ndown: {found.y.key} ({found.y.unit})"
    )
    table = Table(title=Text(title), title_justify="left", pad_edge=False)
    table.add_column("", justify="right")
    for value in found.x_values:
        table.add_column(_shown(value), justify="right")
    for value, row in zip(found.y_values, found.saved_usd, strict=True):
        cells = [_cell(usd / usd_per_unit) for usd in row]
        table.add_row(_shown(value), *cells)
    return table


def price_map_data(found: PriceMap) -> dict[str, Any]:
    """The same as plain data, in US dollars."""
    return {
        "own": found.own,
        "other": found.other,
        "across": {"price": found.x.key, "unit": found.x.unit, "values": found.x_values.tolist()},
        "down": {"price": found.y.key, "unit": found.y.unit, "values": found.y_values.tolist()},
        "saved_usd": found.saved_usd.tolist(),
    }


def _cell(usd: float) -> Text:
    return Text(f"{usd:,.0f}", style="red" if usd < 0 else "")


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
