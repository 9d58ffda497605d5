"""Bits of HTML: whatever is not said to be HTML is text, and is escaped."""

from collections.abc import Collection, Iterable, Sequence
from html import escape

from aisim.language import tr


class Html(str):
    """A text that is HTML already, made here."""


def words(text: str) -> Html:
    """A text of ours in the language in use, escaped; never for what a planner wrote."""
    return safe(tr(text))


def safe(text: str) -> Html:
    """HTML as it is; all other text as it was written, escaped, its lines kept."""
    return text if isinstance(text, Html) else Html(escape(text).replace("\n", "<br>"))


def section(title: str, parts: Iterable[str]) -> Html:
    """A section under a title in the language in use; nothing where it has no parts."""
    inner = "".join(map(safe, parts))
    return Html(f"<section><h2>{safe(title)}</h2>{inner}</section>" if inner else "")


def table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    texts: Collection[int] = (),
    *,
    is_long: bool = False,
) -> Html:
    """A table whose rows are named by their first cells; numbers stand at the right.

    Args:
        caption: what it shows, in the language in use.
        heads: of the columns, in the language in use.
        rows: cells as they are to be read.
        texts: the columns that hold words.
        is_long: whether it may go on on the next page of paper.
    """
    kinds = ["words" if i in {0, *texts} else "" for i in range(len(heads))]
    found = plain_table(caption, heads, rows, "long" if is_long else "", kinds)
    return Html(f"<div class='wide'>{found}</div>")


def plain_table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    kind: str = "",
    kinds: Sequence[str] = (),
) -> Html:
    """A table whose rows are named by their first cells.

    Args:
        caption: what it shows, in the language in use.
        heads: of the columns, in the language in use.
        rows: cells as they are to be read.
        kind: class of the table.
        kinds: classes of the columns; none without them.
    """
    marks = [_class(each) for each in kinds or [""] * len(heads)]
    head = "".join(f"<th scope='col'{m}>{safe(h)}</th>" for h, m in zip(heads, marks, strict=True))
    body = "".join(_row(row, marks) for row in rows)
    return Html(
        f"<table{_class(kind)}><caption>{safe(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def bullets(lines: Iterable[str]) -> Html:
    """A list; nothing without lines."""
    inner = "".join(f"<li>{safe(line)}</li>" for line in lines)
    return Html(f"<ul>{inner}</ul>" if inner else "")


def _class(kind: str) -> str:
    return f" class='{kind}'" if kind else ""


def _row(row: Sequence[str], marks: Sequence[str]) -> str:
    first, *others = row
    cells = "".join(f"<td{m}>{safe(c)}</td>" for c, m in zip(others, marks[1:], strict=True))
    return f"<tr><th scope='row'>{safe(first)}</th>{cells}</tr>"
