"""The report: a page that stands alone, with all of the answer, and what was written is text."""

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest

from aisim import language
from aisim.planning import Picture, Trial
from aisim.planning.limits import missed_promises
from aisim.report import all_charts, report_page
from aisim.report.against import marked
from aisim.report.page_money import money_parts, priced_of
from aisim.report.page_prices import figure, linked, prices_table, used_prices
from aisim.scenario import dump_study
from aisim.workload import draw_requests
from tests.priced import priced_study

EVIL = "<img src=x onerror=alert(1)> & 'so' on"
FORMULA = '=HYPERLINK("http://evil.example","x")'
VOID = {"meta", "br", "img", "link", "hr", "input", "base"}
CHANGES = {
    "description": f"{EVIL}\n{FORMULA}",
    "candidates.own.description": EVIL,
    "workload.traffic.chat.service_level": {"ttft_s": {"limit_s": 0.1}},
}


@cache
def outcomes(count=2, saturate=False):
    study = priced_study(CHANGES)
    found = {name: [] for name in study.candidates}
    for replication in range(count):
        requests = draw_requests(study, replication)
        for name, kept in found.items():
            trial = Trial(study, name, requests, saturate=saturate)
            list(trial.slices())
            kept.append(trial.finish())
    return found


def picture(**flags):
    return Picture(priced_study(CHANGES), outcomes(), 2, **flags)


@cache
def whole():
    return report_page(picture(), all_charts())


class Page(HTMLParser):
    """Tags, attributes and texts; whatever is opened has to be closed."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text, self.ids = [], [], "", []
        self.language = ""
        self._open = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag == "html":
            self.language = dict(attrs)["lang"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] != "style":
            self.text += data


@cache
def page():
    return Page(whole())


def test_it_is_well_formed_and_names_are_its_own():
    assert len(page().ids) == len(set(page().ids)) > 10
    pointed = re.findall(r"url\(#([^)]*)\)", whole())
    assert pointed
    assert set(pointed) <= set(page().ids)


def test_it_asks_for_nothing_and_runs_nothing():
    assert not {"script", "iframe", "object", "embed", "link", "base", "form", "img"} & {
        *page().tags
    }
    policy = next(v for t, n, v in page().attributes if t == "meta" and v.startswith("default-src"))
    assert policy.startswith("default-src 'none'; base-uri 'none'")
    assert "unsafe" not in policy
    for tag, name, value in page().attributes:
        assert name not in ("src", "srcset", "data", "action", "style", "ping")
        assert not name.startswith("on")
        if name in ("href", "xlink:href"):
            assert tag == "a"
            assert value.startswith(("http://", "https://"))
    style = whole()[whole().index("<style>") : whole().index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_what_a_planner_wrote_is_text():
    assert "<img" not in whole()
    assert page().text.count(EVIL) == 3  # under the title, and twice in the study
    assert FORMULA in page().text


def test_the_whole_answer_is_there():
    answer, text = picture().answer, page().text
    for name, candidate in answer["candidates"].items():
        assert name in text
        lines = [*candidate["broken_limits"], *missed_promises(candidate), *candidate["notes"]]
        assert candidate["broken_limits"] or missed_promises(candidate) or name == "hybrid"
        assert all(line in text for line in lines)
        assert candidate["bottleneck"]["reason"] in text
    assert picture().study.run.seed == 1
    assert answer["represents"] in text
    assert "2 of 2" in text
    assert dump_study(picture().study) in text


def test_every_chart_is_there_with_its_words():
    assert page().tags.count("svg") == page().tags.count("figure") == len(all_charts())
    for chart in all_charts():
        summary = chart.summary(picture(), chart.frame(picture()))
        assert len(summary) > 20
        assert summary in page().text
    named = [value for tag, name, value in page().attributes if name == "aria-labelledby"]
    assert named == [f"chart{i}" for i in range(len(all_charts()))]
    assert set(named) <= set(page().ids)


def test_every_price_in_use_is_there_once_by_what_it_moves():
    used = used_prices(picture().typical)
    keys = {p.key for b in picture().typical.bills.values() for c in b.charges for p in c.inputs}
    listed = [one.price.key for one in used]
    assert len(listed) == len(set(listed))
    assert keys <= set(listed)
    swings = [one.swing_usd for one in used]
    assert swings == sorted(swings, reverse=True)
    assert swings[0] > 0
    for one in used:
        assert one.price.key in page().text
        assert one.price.source in page().text


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.25, "0.25"), (100.0, "100"), (0.0, "0"), (65000.0, "65,000"), (1234.5, "1,234"),
     (0.0000123456, "0.00001235"), (2.0000000000000004, "2")],
)  # fmt: skip
def test_a_price_is_shown_to_four_digits(value, shown):
    assert figure(value) == shown


def test_only_addresses_of_the_web_become_links():
    found = linked("https://a.example/x?y=1&z=2; see http://b.example. javascript:alert(1)")
    assert re.findall("href='([^']*)'", found) == [
        "https://a.example/x?y=1&amp;z=2", "http://b.example",
    ]  # fmt: skip
    assert "href" not in linked("javascript:alert(1) data:text/html,x //c.example ftp://d.example")
    hostile = linked("""https://e.example/'onclick='x' <b>"https://f.example/"><script>""")
    assert set(Page(f"<p>{hostile}</p>").tags) == {"p", "a"}
    assert all(n in ("href", "rel") for _, n, _ in Page(f"<p>{hostile}</p>").attributes)


def test_each_is_held_against_each():
    text = Page("<p>" + "".join(money_parts(picture(), picture().typical)) + "</p>").text
    names = list(picture().outcomes)
    for own in names:
        for other in names:
            pair = f"{marked(picture(), own)} instead of {marked(picture(), other)}"
            assert (pair in text) == (own != other)
    assert text.count("as in the study") >= 12


def test_names_in_money_carry_what_is_wrong_with_them():
    assert "excluded" in {picture().state(name) for name in picture().outcomes}
    for name in picture().outcomes:
        state = picture().state(name)
        assert marked(picture(), name) == (name if state == "sound" else f"{name} ({state})")
    unlimited = Picture(priced_study(), {"own": [_unbroken(outcomes()["own"][0])]}, 1, preview=True)
    assert unlimited.state("own") == "preview"
    assert marked(unlimited, "own") == "own"


def _unbroken(outcome):
    return replace(
        outcome,
        answer=outcome.answer | {"broken_limits": [], "service_level": {}, "overloaded": False},
    )


def test_the_draw_is_named_under_what_is_of_one_draw():
    n = picture().typical.replication + 1
    assert page().text.count(f"Of draw {n}, the one nearest to the mean.") == 3
    alone = {name: found[:1] for name, found in outcomes().items()}
    single = Page(report_page(Picture(priced_study(CHANGES), alone, 1), all_charts()))
    assert "Of draw" not in single.text
    assert "first draw" not in page().text + single.text


def test_what_is_not_priced_is_not_held_against_others():
    cut = outcomes()["own"][1]
    cut = replace(cut, answer=cut.answer | {"partial": True})
    short = Picture(priced_study(CHANGES), outcomes() | {"own": [outcomes()["own"][0], cut]}, 2)
    assert list(priced_of(short).bills) == ["gpt", "hybrid", "managed"]
    assert priced_of(short).replication == short.typical.replication
    text = Page(report_page(short, ())).text
    assert "own instead of" not in text
    assert f"{marked(short, 'gpt')} instead of {marked(short, 'hybrid')}" in text


@pytest.mark.parametrize(
    ("flags", "said"),
    [({"preview": True}, "A preview"), ({"stopped": True}, "Partial"), ({}, "A full run")],
)
def test_it_says_what_it_is_worth(flags, said):
    text = Page(report_page(picture(**flags), ())).text
    worths = ("A preview", "Partial: stopped", "A full run")
    assert [worth for worth in worths if worth in text] == [w for w in worths if w.startswith(said)]


def test_who_was_not_simulated_is_said():
    few = {name: found for name, found in outcomes().items() if name != "own"}
    assert "own was not simulated" in Page(report_page(Picture(priced_study(), few, 2), ())).text


def test_before_there_is_anything_there_is_the_study():
    text = Page(report_page(Picture(priced_study(), {}, 2), all_charts())).text
    assert "Stopped before there was anything to show." in text
    assert "gpt-5-mini" in text


def test_it_has_a_date_only_if_one_is_given():
    assert "Date" not in page().text
    dated = report_page(picture(), (), date="21 November <2026>")
    assert "21 November <2026>" in Page(dated).text
    assert report_page(picture(), all_charts()) == whole()


def test_currency_is_that_of_the_study():
    study = priced_study(CHANGES | {"economics.currency": "EUR"})
    text = Page(report_page(Picture(study, outcomes(), 2), ())).text
    assert "3 years from 2027-01-01, in EUR" in text
    assert re.search(r"1 EUR = 1\.\d+ USD on", text)


def test_it_speaks_the_language_in_use(monkeypatch):
    words = {
        "Figures": "Cijfers", "Prices": "Prijzen",
        "{own} instead of {other}": "{own} i.p.v. {other}",
    }  # fmt: skip
    monkeypatch.setattr("aisim.language.speech._words", lambda _: words)
    language.use("nl")
    try:
        found = Page(report_page(picture(), all_charts()[-1:]))
    finally:
        language.use("en")
    assert found.language == "nl"
    assert page().language == "en"
    pair = f"{marked(picture(), 'own')} i.p.v. {marked(picture(), 'gpt')}"
    for said in ("Cijfers", "Prijzen", pair, "65.000"):
        assert said in found.text


def test_it_prints_and_is_small():
    assert "@page { size: A4" in whole()
    assert "thead { display: table-header-group; }" in whole()
    assert re.search(r"tr, figure, \.verdict, li \{ break-inside: avoid; \}", whole())
    assert len(whole().encode()) < 1_500_000


def test_long_tables_may_go_on_on_the_next_page():
    assert "<table class='long'>" in prices_table(picture().typical)
