"""The answer as a table of HTML; whatever a planner wrote is escaped."""

from collections.abc import Mapping
from html import escape
from typing import Any

from rich.text import Text

from aisim.report.table import answer_title, row_groups

Answer = dict[str, Any]


def answer_html(answer: Answer, states: Mapping[str, str]) -> str:
    """One column a candidate, one row a figure, with units.

    Args:
        answer: of a comparison, of replications or of a preview.
        states: what the figures of each candidate are worth (sound, preview, partial, overloaded).
    """
    names = list(answer["candidates"])
    head = "".join(f"<th scope='col'>{escape(n)}{_chip(states[n])}</th>" for n in names)
    groups = row_groups([answer["candidates"][name] for name in names])
    body = "".join(
        "<tbody>" + "".join(_row(label, cells) for label, cells in group) + "</tbody>"
        for group in groups
    )
    return (
        f"<table class='aisim-table'><caption>{escape(answer_title(answer))}</caption>"
        f"<thead><tr><td></td>{head}</tr></thead>{body}</table>"
    )


def _chip(state: str) -> str:
    """A word on what is not sound."""
    return "" if state == "sound" else f" <span class='aisim-chip aisim-{state}'>{state}</span>"


def _row(label: str, cells: list[Text]) -> str:
    values = "".join(f"<td{_class(cell)}>{_lines(cell)}</td>" for cell in cells)
    return f"<tr><th scope='row'>{escape(label.strip())}</th>{values}</tr>"


def _class(cell: Text) -> str:
    return " class='aisim-bad'" if "red" in str(cell.style) else ""


def _lines(cell: Text) -> str:
    return escape(cell.plain).replace("\n", "<br>")
