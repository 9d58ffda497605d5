"""The answer as HTML: the figures of the terminal, and nothing that is taken for a tag."""

from copy import deepcopy
from functools import cache
from html.parser import HTMLParser

import pytest

from aisim.planning import compare
from aisim.planning.replicate import combine
from aisim.report import answer_html, answer_notes
from aisim.report.table import answer_table, answer_title
from tests.small import small_study

STUDY = small_study(horizon_s=600)
SOUND = {"rented": "sound", "owned": "sound"}
EVIL = """<script>alert("x")</script><b onclick='y'>&amp;"""


@cache
def _answers():
    return [compare(STUDY, replication=r).answer() for r in range(2)]


def answers(count=2):
    return deepcopy(_answers()[0] if count == 1 else combine(STUDY, _answers(), count))


class Page(HTMLParser):
    """The cells of a table as text, line by line, and all tags."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows, self.caption, self.classes = [], [], "", []
        self._cell = None
        self._open = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.classes += [value for name, value in attrs if name == "class"]
        if tag == "br":
            self.rows[-1][-1] += "\n"
            return
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "caption" in self._open:
            self.caption += data
        elif self._open and self._open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


@pytest.mark.parametrize("count", [1, 2])
def test_the_figures_are_those_of_the_terminal(count):
    answer = answers(count)
    page, table = Page(answer_html(answer, SOUND)), answer_table(answer)
    labels, *columns = [list(column.cells) for column in table.columns]
    expected = [
        [label.strip(), *(cell.plain for cell in cells)]
        for label, *cells in zip(labels, *columns, strict=True)
    ]
    assert page.rows[0] == ["", "rented", "owned"]
    assert page.rows[1:] == expected
    assert page.caption == answer_title(answer) == table.title.plain


def test_only_what_a_table_needs_is_a_tag():
    page = Page(answer_html(answers(), SOUND | {"owned": "overloaded"}))
    assert set(page.tags) == {
        "table", "caption", "thead", "tbody", "tr", "td", "th", "span", "br",
    }  # fmt: skip


def test_headers_say_what_they_are_of():
    html = answer_html(answers(), SOUND)
    assert html.count("<th scope='col'>") == 2
    assert html.count("<th scope='row'>") == len(Page(html).rows) - 1


@pytest.mark.parametrize("state", ["preview", "partial", "overloaded"])
def test_what_is_not_sound_says_so_in_words(state):
    page = Page(answer_html(answers(), SOUND | {"rented": state}))
    assert page.rows[0][1].startswith("rented")
    assert f"aisim-chip aisim-{state}" in page.classes
    assert f"{state}</span>" in answer_html(answers(), SOUND | {"rented": state})
    assert "aisim-chip" not in answer_html(answers(), SOUND)


def test_a_broken_promise_stands_out():
    answer = answers()
    assert "aisim-bad" not in answer_html(answer, SOUND)
    answer["candidates"]["owned"]["service_level"]["chat"]["ttft_s"]["kept"] = False
    page = Page(answer_html(answer, SOUND))
    assert page.classes.count("aisim-bad") == 1
    assert any("NO\nchat: TTFT" in row for row in page.rows)


def test_what_a_planner_wrote_is_escaped():
    answer = answers()
    answer["study"] = EVIL
    candidates = answer["candidates"]
    candidates[EVIL] = candidates.pop("owned")
    candidates[EVIL]["bottleneck"]["component"] = EVIL
    candidates[EVIL]["service_level"] = {EVIL: {"ttft_s": {"kept": False}}}
    candidates[EVIL]["utilisation"] = {EVIL: {"gpu_busy": 0.5, "kv_memory": None}}
    candidates[EVIL]["cost"]["excluded"] = [f"storage ({EVIL})"]
    html = answer_html(answer, {"rented": "sound", EVIL: "sound"})
    assert "<script" not in html
    assert "<b " not in html
    page = Page(html)
    assert page.caption.startswith(EVIL)
    assert page.rows[0][2] == EVIL
    assert [EVIL in cell for row in page.rows for cell in row].count(True) >= 5


def test_what_is_not_defined_is_a_dash_and_never_none():
    answer = answers()
    answer["candidates"]["owned"]["ttft_s"] = {"p50": None, "p95": None, "p99": None}
    answer["candidates"]["owned"]["cost"]["usd_per_month"] = None
    page = Page(answer_html(answer, SOUND))
    assert [row[2] for row in page.rows if row[0].startswith("TTFT")] == ["-"] * 3
    words = " ".join(cell for row in page.rows for cell in row).split()
    assert not {"None", "nan", "inf"} & set(words)


def test_an_answer_of_nobody_is_a_table_without_columns():
    page = Page(answer_html(combine(STUDY, [], 3), {}))
    assert page.rows[0] == [""]
    assert all(len(row) == 1 for row in page.rows)


def test_notes_are_plain_text_that_somebody_must_escape():
    answer = answers(1)
    answer["caveats"] = [EVIL]
    assert f"Caution: {EVIL}" in list(answer_notes(answer))
