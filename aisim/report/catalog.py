"""The tables of facts, for people."""

from typing import Any

from rich.table import Table

from aisim.catalog.tables import table, table_names

ORIGIN = ("source", "as_of", "quality")


def catalog_list() -> Table:
    """All tables with their size."""
    shown = Table("table", "rows", "columns", pad_edge=False)
    for name in table_names():
        frame = table(name)
        columns = ", ".join(c for c in frame.columns if c not in ORIGIN)
        shown.add_row(name, f"{len(frame):,}", columns)
    return shown


def catalog_rows(name: str) -> list[dict[str, Any]]:
    """One table as plain data; blank cells are None.

    Raises:
        UnknownName: there is no such table.
    """
    frame = table(name)
    cells = frame.astype(object).where(frame.notna(), None)
    return [dict(zip(frame.columns, row, strict=True)) for row in cells.to_numpy().tolist()]


def catalog_text(name: str) -> str:
    """One table as text: a block for each row with its fields, blanks left out, origin last.

    Raises:
        UnknownName: there is no such table.
    """
    blocks = []
    for row in catalog_rows(name):
        fields = [(k, v) for k, v in row.items() if v is not None and k not in ORIGIN]
        head, rest = fields[0], fields[1:]
        facts = "  ".join(f"{k}={_shown(v)}" for k, v in rest)
        origin = f"{row['quality']}, as of {row['as_of']}: {row['source']}"
        blocks.append(f"{_shown(head[1])}\n  {facts}\n  {origin}")
    return "\n".join(blocks)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
