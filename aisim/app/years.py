"""Money over the years: what each candidate comes to, and where one overtakes another."""

from html import escape
from typing import Any

import ipywidgets as widgets

from aisim.app.panel import Context
from aisim.app.tables import table_html
from aisim.catalog import usd_per
from aisim.language import money, number, say, tr
from aisim.planning import Picture
from aisim.planning.money import against
from aisim.planning.which_draw import which_draw
from aisim.report.against import even, marked, pairs, share


class Years:
    """Each candidate against each other at every commitment level, and what is left out.

    Attributes:
        widget: what is shown of it.
    """

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self.widget = widgets.HTML()

    def show(self, picture: Picture) -> None:
        """The candidate in hand against the others; once nothing more follows."""
        if not picture.is_last:
            return
        name = self._store.selected
        own = name if name in picture.outcomes else next(iter(picture.outcomes))
        self.widget.value = against_html(picture, own) + excluded_html(picture)


def against_html(picture: Picture, own: str) -> str:
    """What is saved by one candidate instead of each other one."""
    economics = picture.study.economics
    rate, _ = usd_per(economics.currency)
    rows = [
        (f"{other}, {level}", *_cells(figures, economics.currency, rate))
        for other, level, figures in pairs(picture, against(picture.typical, own))
    ]
    if not rows:
        return ""
    name, years = marked(picture, own), economics.years
    caption = say("{name} instead of another, over {years} years", name=name, years=years)
    head = [
        "", tr("saved today (NPV)"), tr("pays back in month"),
        tr("break-even utilisation"), tr("return per year (IRR)"),
    ]  # fmt: skip
    return table_html(tr(caption), head, rows) + _draw_html(picture)


def _draw_html(picture: Picture) -> str:
    said = tr(which_draw(picture))
    return f"<p class='aisim-help'>{escape(said)}</p>" if said else ""


def _cells(figures: dict[str, Any], currency: str, usd_per_unit: float) -> tuple[str, ...]:
    return (
        money(figures["npv_usd"] / usd_per_unit, currency),
        _month(figures["payback_months"], figures["npv_usd"]),
        even(figures["break_even_utilisation"]),
        share(figures["irr_per_year"]),
    )


def _month(months: float | None, npv_usd: float) -> str:
    if months is None:
        return tr("never") if npv_usd < 0 else "-"
    return number(months, ".0f") if months else tr("at once")


def excluded_html(picture: Picture) -> str:
    """What is real and not in the totals."""
    rows = []
    for name, candidate in picture.answer["candidates"].items():
        missing = ", ".join(tr(item) for item in candidate["cost"]["excluded"])
        rows.append((name, missing or tr("nothing")))
    return table_html(tr("Costs that are real and not in the total"), ["", ""], rows, is_text=True)
