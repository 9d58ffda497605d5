"""The facts to look through: what is shown, what the filter finds, and that all is escaped."""

from html import escape

import pytest

from aisim import catalog
from aisim.app.browse import MOST_ROWS, QUALITIES, Browse, facts_html, matching
from aisim.app.facts import ACCELERATORS, ELECTRICITY, INSTANCES, SUBJECTS, Column, Subject
from aisim.catalog import Fact
from aisim.language import use

EVIL = "<script>alert(1)</script> & 'co'"


def evil():
    fact = Fact(source=EVIL, as_of=EVIL, quality="estimate", note=EVIL)
    columns = (Column(EVIL, lambda f: f.source), Column("n", lambda f: None))
    return Subject(EVIL, EVIL, lambda: [fact], columns)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.title)
def test_every_subject_has_rows_with_their_origin(subject):
    facts = list(subject.facts())
    html = facts_html(subject)
    shown = facts[:MOST_ROWS]
    assert html.count("<summary>") == len(shown) > 0
    assert html.count("scope='col'") == len(subject.columns) + 2
    assert {fact.quality for fact in facts} <= set(QUALITIES)
    names = [subject.columns[0].cell(fact) for fact in facts]
    assert all(name != "-" for name in names)


def test_the_figures_are_those_of_the_catalog():
    row = matching(ACCELERATORS, "H100-SXM-80")[0]
    assert row is catalog.accelerator("H100-SXM-80")
    html = facts_html(ACCELERATORS, "H100-SXM-80")
    for figure in ("3,350", "989.4", "700"):
        assert f">{figure}<" in html
    assert escape(row.source) in html
    assert f"<td>{row.as_of}</td>" in html


def test_the_filter_wants_every_word_in_any_order_and_case():
    found = matching(INSTANCES, "h100-sxm US-EAST-1")
    assert found
    assert found == matching(INSTANCES, "us-east-1   H100-SXM")
    assert all(row.region == "us-east-1" and "H100-SXM" in row.accelerator for row in found)
    assert matching(INSTANCES, "") == list(INSTANCES.facts())


def test_the_filter_looks_into_sources_too():
    assert {row.region for row in matching(ELECTRICITY, "eurostat")}
    assert matching(ELECTRICITY, "no such word anywhere") == []


def test_it_says_how_many_more_there_are():
    n = len(catalog.cloud_instances())
    assert f"{MOST_ROWS} of {n} rows" in facts_html(INSTANCES)
    assert "nothing has all of these words" in facts_html(INSTANCES, "qwertz")
    few = matching(INSTANCES, "h100-sxm us-east-1")
    assert f": {len(few)} rows" in facts_html(INSTANCES, "h100-sxm us-east-1")


def test_what_is_not_known_is_a_dash():
    unknown = catalog.accelerator("V100-SXM2-32").fp8_dense_tflops
    assert unknown is None
    assert "<td>-</td>" in facts_html(ACCELERATORS, "V100-SXM2-32")


def test_everything_is_escaped():
    html = facts_html(evil())
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 6


def test_choosing_and_typing_show_other_rows():
    browse = Browse()
    assert "V100" in browse.table.value
    browse.subject.value = SUBJECTS.index(ELECTRICITY)
    assert "DE Germany" in browse.table.value
    browse.filter.value = "germany"
    assert "FI Finland" not in browse.table.value
    browse.filter.value = EVIL
    assert "<script" not in browse.table.value


def test_numbers_follow_the_language():
    use("de")
    try:
        assert "3.350" in facts_html(ACCELERATORS, "H100-SXM-80")
    finally:
        use("en")
