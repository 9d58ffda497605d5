"""The table of the desk, each figure of which can be opened: its formula, inputs and sources."""

from typing import Any

import anywidget
import traitlets

from aisim.app.panel import Context
from aisim.app.widgets import HERE
from aisim.catalog import usd_per
from aisim.language import mark, say, tr
from aisim.planning import BadInput, Picture
from aisim.planning.explain import formula_of
from aisim.planning.explain_picture import explain_picture
from aisim.report.html import is_bad
from aisim.report.opened import opened
from aisim.report.table import Row, answer_title, row_groups

Data = dict[str, Any]
#: The one figure of the cost that is no amount.
SHARE = "cost.estimated_share"
#: What stands on the page beside the figures.
WORDS = {
    "close": mark("Close"),
    "inputs": mark("Inputs"),
    "parts": mark("Parts"),
    "sources": mark("Sources"),
    "waiting": mark("taken apart ..."),
    "help": mark("Arrow keys go from figure to figure, Enter opens one."),
}


class FiguresTable(anywidget.AnyWidget):
    """A table of text, whose cells ask the kernel where they come from.

    Attributes:
        table: caption, heads and rows in groups, as text; what is bad is marked so.
        hints: the formula of each figure by its path, shown where the mouse rests.
        words: what stands on the page beside the figures.
    """

    _esm = (HERE / "figures.js").read_text(encoding="utf-8")
    table = traitlets.Dict().tag(sync=True)
    hints = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)


class Figures:
    """The figures of a picture, the candidates side by side.

    Attributes:
        widget: what is shown.
    """

    def __init__(self, _context: Context) -> None:
        self.widget = FiguresTable(words={name: tr(word) for name, word in WORDS.items()})
        self.widget.on_msg(self._asked)
        self._picture: Picture | None = None
        self._rows: dict[str, Row] = {}
        self._open: tuple[str, str] | None = None

    def show(self, picture: Picture) -> None:
        """Show a picture; what stands open is taken apart anew when no other one will follow."""
        self._picture = picture
        groups = _groups(picture)
        self._rows = {row.figure: row for group in groups for row in group}
        with self.widget.hold_sync():
            self.widget.hints = {figure: tr(formula_of(figure)) for figure in self._rows}
            self.widget.table = _table(picture, groups)
        if self._open is not None and picture.is_last:
            self.widget.send(self._answer(*self._open))

    def _asked(self, _widget: Any, content: Data, _buffers: Any) -> None:
        """A message of the page: a figure that is opened, or that what was open is closed."""
        candidate, figure = content.get("candidate"), content.get("figure")
        if not (isinstance(candidate, str) and isinstance(figure, str)):
            self._open = None
            return
        self._open = (candidate, figure)
        self.widget.send(self._answer(candidate, figure))

    def _answer(self, candidate: str, figure: str) -> Data:
        """The figure taken apart, or a line on why it cannot be."""
        asked = {"candidate": candidate, "figure": figure}
        picture = self._picture
        if picture is None or candidate not in picture.outcomes or figure not in self._rows:
            return {**asked, "problem": tr("This figure is no longer there.")}
        try:
            found = explain_picture(picture, candidate, figure)
        except BadInput as problem:
            return {**asked, "problem": str(problem)}
        row = self._rows[figure]
        title = f"{row.label}, {candidate}: {_text(picture, row, candidate)}"
        sections = opened(found, title, picture.typical.replication)
        currency = picture.study.economics.currency
        if currency != "USD" and figure.startswith("cost.") and figure != SHARE:
            sections[0]["sources"].append(_rate(currency))
        return {**asked, "sections": sections}


def _rate(currency: str) -> Data:
    """How the amounts of the table come of US dollars, as a source."""
    rate, day = usd_per(currency)
    origin = say("1 {currency} = {rate:.6g} USD", currency=currency, rate=rate)
    return {"what": tr(origin), "source": "ECB", "about": day}


def _text(picture: Picture, row: Row, candidate: str) -> str:
    cell = row.cells[list(picture.answer["candidates"]).index(candidate)]
    return cell.plain.replace("\n", " ")


def _groups(picture: Picture) -> list[list[Row]]:
    candidates = list(picture.answer["candidates"].values())
    return list(row_groups(candidates, picture.study.economics.currency))


def _table(picture: Picture, groups: list[list[Row]]) -> Data:
    """The table as plain data."""
    names = list(picture.answer["candidates"])
    heads = [
        {"name": name, "state": picture.state(name), "word": tr(picture.state(name))}
        for name in names
    ]
    rows = [[_row(row) for row in group] for group in groups]
    return {"caption": answer_title(picture.answer), "heads": heads, "groups": rows}


def _row(row: Row) -> Data:
    return {
        "label": row.label,
        "figure": row.figure,
        "part": row.is_part,
        "cells": [cell.plain for cell in row.cells],
        "bad": [i for i, cell in enumerate(row.cells) if is_bad(cell)],
    }
