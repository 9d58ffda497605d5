"""The tables of the report, in the look of the desk."""

from collections.abc import Sequence

from aisim.report.page_html import plain_table


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
    return plain_table(caption, head, rows, "aisim-table aisim-words" if is_text else "aisim-table")
