"""Small tables of HTML; whatever a planner wrote is escaped."""

from collections.abc import Sequence
from html import escape


def table_html(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, is_text: bool = False
) -> str:
    """A table whose first column names its rows.

    Args:
        caption: what the table is of.
        head: titles of the columns.
        rows: cells of text, as many as there are titles; a line break begins a new line.
        is_text: whether the cells are words, to be read from the left.
    """
    kind = "aisim-table aisim-words" if is_text else "aisim-table"
    titles = "".join(f"<th scope='col'>{escape(title)}</th>" for title in head)
    lines = "".join(_line(row) for row in rows)
    return (
        f"<table class='{kind}'><caption>{escape(caption)}</caption>"
        f"<thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"
    )


def _line(row: Sequence[str]) -> str:
    name, *cells = (escape(cell).replace("\n", "<br>") for cell in row)
    values = "".join(f"<td>{cell}</td>" for cell in cells)
    return f"<tr><th scope='row'>{name}</th>{values}</tr>"
