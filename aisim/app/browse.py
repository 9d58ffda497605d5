"""The facts of the catalog to look through, each with its source."""

from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from aisim.app.facts import SUBJECTS, Column, Subject
from aisim.app.style import style
from aisim.catalog import Fact
from aisim.language import mark, say, tr

#: Rows of a table; who wants others filters.
MOST_ROWS = 25
AS_OF, SOURCE = mark("as of"), mark("source")
#: How a figure was won.
QUALITIES = {
    "measured": mark("measured"), "fitted": mark("fitted"), "datasheet": mark("data sheet"),
    "vendor list": mark("price list of the vendor"), "published": mark("published"),
    "estimate": mark("estimate"),
}  # fmt: skip


class Browse(widgets.VBox):
    """A list of subjects, a filter, and the rows that hold all of its words.

    Attributes:
        subject: what is looked through.
        filter: words, in any order and any case.
        table: the rows.
    """

    def __init__(self) -> None:
        wide = {"description_width": "initial"}
        self.subject = widgets.Dropdown(
            options=[(tr(subject.title), i) for i, subject in enumerate(SUBJECTS)],
            value=0,
            description=tr("Look through"),
            style=wide,
            layout={"width": "auto"},
        )
        self.filter = widgets.Text(
            description=tr("Only with"), placeholder=tr("words, such as H100 SXM"), style=wide
        )
        self.table = widgets.HTML()
        self.subject.observe(self._changed, "value")
        self.filter.observe(self._changed, "value")
        super().__init__([style(), widgets.HBox([self.subject, self.filter]), self.table])
        self.add_class("aisim-desk")
        self._changed(None)

    def _changed(self, _change: Any) -> None:
        self.table.value = facts_html(SUBJECTS[self.subject.value], self.filter.value)


def facts_html(subject: Subject, words: str = "") -> str:
    """The facts of a subject that hold all words, the first of them if there are many."""
    found = matching(subject, words)
    title, about = escape(tr(subject.title)), escape(tr(subject.about))
    columns = "".join(_title(column, found) for column in subject.columns)
    origin = "".join(f"<th scope='col'>{escape(tr(words))}</th>" for words in (AS_OF, SOURCE))
    lines = "".join(_line(subject, fact) for fact in found[:MOST_ROWS])
    return (
        f"<p class='aisim-description'>{about}</p>"
        f"<div class='aisim-wide' tabindex='0' role='region' aria-label='{title}'>"
        f"<table class='aisim-table aisim-facts'><caption>{escape(_counted(subject, found))}"
        f"</caption><thead><tr>{columns}{origin}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def matching(subject: Subject, words: str) -> list[Fact]:
    """The facts of a subject in which every word stands, in a cell or in their origin."""
    wanted = words.casefold().split()
    facts = list(subject.facts())
    return [fact for fact in facts if all(word in _text(subject, fact) for word in wanted)]


def _text(subject: Subject, fact: Fact) -> str:
    """All that is shown of a fact, for the filter."""
    cells = [str(column.read(fact)) for column in subject.columns]
    return " ".join([*cells, fact.source, fact.note, fact.as_of, fact.quality]).casefold()


def _counted(subject: Subject, found: Sequence[Fact]) -> str:
    title = tr(subject.title)
    if not found:
        return tr(say("{title}: nothing has all of these words.", title=title))
    if len(found) <= MOST_ROWS:
        return tr(say("{title}: {n:,} rows", title=title, n=len(found)))
    return tr(
        say(
            "{title}: {shown} of {n:,} rows. Filter to see the others.",
            title=title,
            shown=MOST_ROWS,
            n=len(found),
        )
    )


def _title(column: Column, found: Sequence[Fact]) -> str:
    """Over its cells: words from the left, numbers from the right."""
    is_word = any(isinstance(column.read(fact), str) for fact in found[:MOST_ROWS])
    kind = " class='aisim-word'" if is_word else ""
    return f"<th scope='col'{kind}>{escape(tr(column.title))}</th>"


def _line(subject: Subject, fact: Fact) -> str:
    first, *others = subject.columns
    cells = "".join(_cell(column.cell(fact), column.read(fact)) for column in others)
    return (
        f"<tr><th scope='row'>{escape(first.cell(fact))}</th>{cells}"
        f"<td>{escape(fact.as_of)}</td><td class='aisim-word'>{_origin(fact)}</td></tr>"
    )


def _cell(text: str, value: object) -> str:
    """Words are read from the left, numbers from the right."""
    kind = " class='aisim-word'" if isinstance(value, str) else ""
    return f"<td{kind}>{escape(text)}</td>"


def _origin(fact: Fact) -> str:
    """How the figures were won, to be opened for where they come from."""
    quality = escape(tr(QUALITIES[fact.quality]))
    lines = [line for line in (fact.source, fact.note) if line]
    opened = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return f"<details><summary>{quality}</summary>{opened}</details>"
