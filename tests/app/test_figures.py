"""The table of the desk, and a figure opened in it, without kernel and browser."""

import json
from functools import cache

import pytest

from aisim.app.figures import Figures
from aisim.app.panel import Context
from aisim.app.store import Store
from aisim.catalog import usd_per
from aisim.language import use
from aisim.planning import Picture, Trial
from aisim.report.table import row_groups
from aisim.scenario import parse_study
from aisim.workload import draw_requests
from tests.small import small_data

EVIL = """<script>alert("x")</script>"""


def study(currency="USD"):
    data = small_data()
    data["run"]["horizon_s"] = 600
    data["economics"] = {"currency": currency}
    data["limits"] = {"budget_upfront_usd": 100}
    return parse_study(data)


@cache
def outcome(name, replication, currency):
    asked = study(currency)
    trial = Trial(asked, name, draw_requests(asked, replication), saturate=True)
    list(trial.slices())
    return trial.finish()


def picture(replications=1, wanted=None, currency="USD", **flags):
    asked = study(currency)
    found = {n: [outcome(n, r, currency) for r in range(replications)] for n in asked.candidates}
    return Picture(asked, found, wanted or replications, **flags)


@pytest.fixture
def figures(monkeypatch):
    """A table with its messages to the page kept."""
    made = Figures(Context(Store(study()), {}))
    made.sent = []
    monkeypatch.setattr(made.widget, "send", made.sent.append)
    return made


def rows(figures):
    return {row["figure"]: row for group in figures.widget.table["groups"] for row in group}


def opened(figures, candidate, figure):
    figures._asked(figures.widget, {"candidate": candidate, "figure": figure}, [])
    json.dumps(figures.sent[-1], allow_nan=False)
    return figures.sent[-1]


def test_the_rows_are_those_of_the_answer(figures):
    shown = picture(2)
    figures.show(shown)
    table = figures.widget.table
    json.dumps(table, allow_nan=False)
    expected = [row for group in row_groups(list(shown.answer["candidates"].values()))
                for row in group]  # fmt: skip
    assert [row["label"] for row in rows(figures).values()] == [row.label for row in expected]
    assert [row["cells"] for row in rows(figures).values()] == [
        [cell.plain for cell in row.cells] for row in expected
    ]
    assert [head["name"] for head in table["heads"]] == ["rented", "owned"]
    assert table["caption"].startswith("small, seed 1, 2 replications")


def test_every_row_has_its_formula_where_the_mouse_rests(figures):
    figures.show(picture())
    hints = figures.widget.hints
    assert set(hints) == set(rows(figures))
    assert all(hints.values())
    assert hints["load"] == "requests_per_s / saturation_rps"


def test_a_state_is_a_word_beside_the_name(figures):
    figures.show(picture())
    assert [head["state"] for head in figures.widget.table["heads"]] == ["sound", "excluded"]
    figures.show(picture(preview=True))
    assert [head["state"] for head in figures.widget.table["heads"]] == ["preview", "excluded"]
    figures.show(picture(wanted=2))
    assert figures.widget.table["heads"][0]["state"] == "partial"
    assert rows(figures)["broken_limits"]["bad"] == [1]


def test_the_same_picture_is_not_sent_again(figures):
    figures.show(picture())
    changes = []
    figures.widget.observe(changes.append)
    figures.show(picture())
    assert changes == []


@pytest.mark.parametrize("replications", [1, 2])
def test_every_figure_opens(figures, replications):
    figures.show(picture(replications))
    for candidate in ("rented", "owned"):
        for figure in rows(figures):
            answer = opened(figures, candidate, figure)
            assert (answer["candidate"], answer["figure"]) == (candidate, figure)
            first = answer["sections"][0]
            assert f", {candidate}: " in first["title"]
            assert first["value"].startswith(f"{figure} = ")
            assert first["formula"]


def test_money_comes_down_to_prices_with_sources(figures):
    figures.show(picture())
    (section,) = opened(figures, "owned", "cost.usd_per_month")["sections"]
    shown = rows(figures)["cost.usd_per_month"]["cells"][1]
    assert section["title"] == f"USD per month, owned: {shown}"
    assert len(section["parts"]) > 3
    for part in section["parts"]:
        assert part["amount"].endswith("USD a month")
        assert all(price["source"] and price["key"] for price in part["prices"])
    assert "seed 1" in section["sources"][0]["what"]


def test_dollars_are_told_in_the_currency_of_the_table(figures):
    figures.show(picture(currency="DKK"))
    rate, day = usd_per("DKK")
    (section,) = opened(figures, "rented", "cost.usd_per_month")["sections"]
    shown = rows(figures)["cost.usd_per_month"]["cells"][0]
    assert section["title"] == f"DKK per month, rented: {shown}"
    usd = outcome("rented", 0, "DKK").answer["cost"]["usd_per_month"]
    assert float(shown.replace(",", "")) == pytest.approx(usd / rate, abs=0.5)
    assert section["value"] == f"cost.usd_per_month = {usd:,.2f}"
    assert section["sources"][-1] == {
        "what": f"1 DKK = {rate:.6g} USD", "source": "ECB", "about": day,
    }  # fmt: skip
    (share,) = opened(figures, "rented", "cost.estimated_share")["sections"][:1]
    assert not any(source["source"] == "ECB" for source in share["sources"])


def test_a_title_says_the_figure_in_the_unit_of_its_row(figures):
    figures.show(picture())
    (section,) = opened(figures, "rented", "tpot_s.p95")["sections"]
    value_s = outcome("rented", 0, "USD").answer["tpot_s"]["p95"]
    assert section["title"] == f"TPOT p95, ms, rented: {value_s * 1e3:.0f}"
    assert section["value"] == f"tpot_s.p95 = {value_s:.6g}"


@pytest.mark.parametrize(
    ("candidate", "figure"),
    [("rented", "zzz"), ("nobody", "ttft_s.p95"), (EVIL, EVIL), ("rented", "against.owned.x.y")],
)
def test_what_is_not_there_is_a_line(figures, candidate, figure):
    figures.show(picture())
    answer = opened(figures, candidate, figure)
    assert answer["problem"] == "This figure is no longer there."
    assert "sections" not in answer


@pytest.mark.parametrize("content", [{}, {"candidate": 1, "figure": []}, {"closed": True}])
def test_a_message_that_asks_nothing_is_not_answered(figures, content):
    figures.show(picture())
    figures._asked(figures.widget, content, [])
    assert figures.sent == []


def test_what_stands_open_follows_the_last_picture_until_it_is_closed(figures):
    figures.show(picture())
    opened(figures, "rented", "ttft_s.p95")
    figures.show(picture(1, wanted=2))
    assert len(figures.sent) == 1
    figures.show(picture(2))
    assert len(figures.sent) == 2
    assert [one["title"] for one in figures.sent[-1]["sections"]][1:] == [
        f"replication {picture(2).typical.replication + 1}"
    ]
    figures._asked(figures.widget, {"closed": True}, [])
    figures.show(picture())
    assert len(figures.sent) == 2


def test_it_speaks_the_language_in_use():
    use("de")
    try:
        made = Figures(Context(Store(study()), {}))
        made.show(picture())
        arrived = rows(made)["requests.arrived"]["cells"]
    finally:
        use("en")
    assert arrived == rows(made)["requests.arrived"]["cells"]
    assert "." in rows(made)["cost.present_cost_usd"]["cells"][0]


def test_the_page_takes_nothing_for_markup():
    script = made_script()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"):
        assert way not in script


def made_script():
    return str(Figures(Context(Store(study()), {})).widget._esm)
