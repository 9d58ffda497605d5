"""The answer as a table of HTML; whatever a planner wrote is escaped."""

from collections.abc import Mapping
from html import escape
from typing import Any

from rich.text import Text

from aisim.language import mark, tr
from aisim.report.table import Row, answer_title, row_groups

Answer = dict[str, Any]
#: What the figures of a candidate may be worth, for whoever translates it.
STATES = (
    mark("sound"), mark("preview"), mark("partial"), mark("overloaded"), mark("excluded"),
)  # fmt: skip


def answer_html(answer: Answer, states: Mapping[str, str], currency: str = "USD") -> str:
    """One column a candidate, one row a figure, with units.

    Args:
        answer: of a comparison, of replications or of a preview.
        states: what the figures of each candidate are worth (sound, preview, partial, overloaded,
            excluded).
        currency: ISO code in which amounts are shown.
    """
    candidates = answer["candidates"]
    head = "".join(
        f"<th scope='col'>{escape(name)}{_chip(states[name])}</th>" for name in candidates
    )
    body = "".join(
        "<tbody>" + "".join(map(_row, group)) + "</tbody>"
        for group in row_groups(list(candidates.values()), currency)
    )
    return (
        f"<table class='aisim-table'><caption>{escape(answer_title(answer))}</caption>"
        f"<thead><tr><td></td>{head}</tr></thead>{body}</table>"
    )


def _chip(state: str) -> str:
    """A word on what is not sound."""
    word = escape(tr(state))
    return "" if state == "sound" else f" <span class='aisim-chip aisim-{state}'>{word}</span>"


def _row(row: Row) -> str:
    part = " class='aisim-part'" if row.is_part else ""
    values = "".join(f"<td{_class(cell)}>{_lines(cell)}</td>" for cell in row.cells)
    return f"<tr><th scope='row'{part}>{escape(row.label)}</th>{values}</tr>"


def is_bad(cell: Text) -> bool:
    """Whether a cell says that something is broken."""
    return "red" in str(cell.style)


def _class(cell: Text) -> str:
    return " class='aisim-bad'" if is_bad(cell) else ""


def _lines(cell: Text) -> str:
    return escape(cell.plain).replace("\n", "<br>")
