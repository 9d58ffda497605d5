"""The answer as HTML: the figures of the terminal, and nothing that is taken for a tag."""

from copy import deepcopy
from functools import cache
from html.parser import HTMLParser

import pytest

from aisim.catalog import usd_per
from aisim.cost import CATEGORIES
from aisim.language import use
from aisim.planning import compare
from aisim.planning.replicate import combine
from aisim.report import answer_html, answer_notes
from aisim.report.cells import CATEGORY_WORDS
from aisim.report.table import answer_table, answer_title, row_groups
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
        [str(label).strip(), *(cell.plain for cell in cells)]
        for label, *cells in zip(labels, *columns, strict=True)
    ]
    assert page.rows[0] == ["", "rented", "owned"]
    assert page.rows[1:] == expected
    assert page.caption == answer_title(answer) == table.title.plain


def test_every_row_has_a_label_and_a_path_of_its_own():
    found = [row for group in row_groups(list(answers()["candidates"].values())) for row in group]
    assert len({row.figure for row in found}) == len(found)
    assert len({row.label for row in found}) == len(found)
    assert all(row.label == row.label.strip() and len(row.cells) == 2 for row in found)


def test_amounts_are_in_the_currency_of_the_study():
    answer = answers(1)
    usd, dkk = (
        {row.figure: row for group in row_groups(list(answer["candidates"].values()), code)
         for row in group}
        for code in ("USD", "DKK")
    )  # fmt: skip
    rate, _ = usd_per("DKK")
    for figure in ("cost.usd_per_month", "cost.present_cost_usd", "cost.by_category.compute"):
        one, other = (float(rows[figure].cells[0].plain.replace(",", "")) for rows in (usd, dkk))
        assert other == pytest.approx(one / rate, rel=1e-3)
    assert usd["cost.usd_per_month"].label == "USD per month"
    assert dkk["cost.usd_per_month"].label == "DKK per month"
    assert usd["ttft_s.p95"] == dkk["ttft_s.p95"]


def test_numbers_are_written_as_the_language_has_them():
    answer = answers(1)
    answer["candidates"]["owned"]["requests"]["arrived"] = 1234567
    use("de")
    try:
        page = Page(answer_html(answer, SOUND))
    finally:
        use("en")
    assert page.rows[1][2] == "1.234.567"


def test_every_category_of_cost_has_a_word_to_translate():
    assert CATEGORY_WORDS == CATEGORIES


def test_only_what_a_table_needs_is_a_tag():
    page = Page(answer_html(answers(), SOUND | {"owned": "overloaded"}))
    assert set(page.tags) == {
        "table", "caption", "thead", "tbody", "tr", "td", "th", "span", "br",
    }  # fmt: skip


def test_headers_say_what_they_are_of():
    html = answer_html(answers(), SOUND)
    assert html.count("<th scope='col'>") == 2
    assert html.count("<th scope='row'") == len(Page(html).rows) - 1


@pytest.mark.parametrize("state", ["preview", "partial", "overloaded", "excluded"])
def test_what_is_not_sound_says_so_in_words(state):
    page = Page(answer_html(answers(), SOUND | {"rented": state}))
    assert page.rows[0][1].startswith("rented")
    assert f"aisim-chip aisim-{state}" in page.classes
    assert f"{state}</span>" in answer_html(answers(), SOUND | {"rented": state})
    assert "aisim-chip" not in answer_html(answers(), SOUND)


def test_a_broken_promise_stands_out():
    answer = answers()
    assert "aisim-bad" not in answer_html(answer, SOUND)
    promise = {"percentile": 95.0, "limit_s": 2.5, "value_s": 3.1, "kept": False}
    answer["candidates"]["owned"]["service_level"]["chat"]["ttft_s"] = promise
    page = Page(answer_html(answer, SOUND))
    assert page.classes.count("aisim-bad") == 1
    (kept,) = [row for row in page.rows if row[0] == "Promises kept"]
    assert kept[1:] == ["yes", "NO\nchat: TTFT p95 3.1 s, 0.6 s over the promised 2.5 s"]


def test_what_a_planner_wrote_is_escaped():
    answer = answers()
    answer["study"] = EVIL
    candidates = answer["candidates"]
    candidates[EVIL] = candidates.pop("owned")
    candidates[EVIL]["bottleneck"]["component"] = EVIL
    candidates[EVIL]["service_level"] = {
        EVIL: {"ttft_s": {"percentile": 95.0, "limit_s": 1.0, "value_s": None, "kept": False}}
    }
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
