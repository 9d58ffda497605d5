"""Cost against time: who is on the front, what is drawn and said."""

import re

import pytest

from aisim.catalog import usd_per
from aisim.charts import CASH, PARETO
from aisim.charts.theme import PALETTE
from tests.charts.pictured import picture
from tests.charts.test_pictures import strokes, svg, texts

POINTS = {
    "cloud": {"usd": 9_000.0, "ttft_s": 0.4},
    "own": {"usd": 4_000.0, "ttft_s": 0.9},
    "hybrid": {"usd": 6_000.0, "ttft_s": 0.6},
    "worst": {"usd": 9_500.0, "ttft_s": 0.7},
}


def seen(points=None, **changes):
    shown = picture(POINTS if points is None else points, **changes)
    frame = PARETO.frame(shown)
    return shown, frame.set_index("candidate", drop=False), PARETO.summary(shown, frame)


def drawn(points=None, **changes):
    shown, frame, _ = seen(points, **changes)
    return svg(PARETO.draw(shown, frame, list(shown.outcomes)))


def test_the_front_is_what_nothing_beats_in_both():
    _, frame, text = seen()
    assert frame["on_front"].tolist() == [True, True, True, False]
    assert frame.loc["worst", "beaten_by"] == "cloud, hybrid"
    assert "Nothing beats in both: cloud, own, hybrid. worst is beaten by cloud, hybrid." in text
    assert "cloud 9,000 USD and 0.4 s; own 4,000 USD and 0.9 s" in text
    assert "of one draw" in text


def test_equal_ones_do_not_beat_each_other_and_one_that_is_better_in_one_does():
    points = {"cloud": POINTS["own"], "own": POINTS["own"], "hybrid": {"usd": 4_000.0, "ttft_s": 1}}
    _, frame, _ = seen(points)
    assert frame["beaten_by"].tolist() == ["", "", "cloud, own"]


@pytest.mark.parametrize("why", [{"overloaded": True}, {"broken": ["over the budget"]}])
def test_who_is_no_choice_beats_nobody(why):
    best = {"usd": 1_000.0, "ttft_s": 0.1, **why}
    _, frame, text = seen({**POINTS, "cloud": best})
    assert not frame.loc["cloud", "on_front"]
    assert frame["beaten_by"].tolist() == ["", "", "", "hybrid"]
    assert "left out of this: cloud." in text


def test_what_has_no_figure_is_said_and_not_drawn():
    shown = picture(POINTS)
    cut = shown.outcomes["own"][0]
    cut.answer["ttft_s"]["p95"] = None
    frame = PARETO.frame(shown)
    assert "own 4,000 USD and no figure" in PARETO.summary(shown, frame)
    picture_ = svg(PARETO.draw(shown, frame, list(shown.outcomes)))
    assert PALETTE[1] not in strokes(picture_, "symbol")
    assert "NaN" not in picture_


def test_the_limit_and_the_budget_are_drawn_and_said_where_they_are():
    bare = drawn()
    assert "limit 1 s" in texts(bare)
    assert not [text for text in texts(bare) if text.startswith("budget")]
    limits = {"limits": {"budget_usd_per_month": 8_000.0}}
    assert "budget 8,000 USD" in texts(drawn(**limits))
    assert seen(**limits)[2].endswith("The limit is 1 s. The budget is 8,000 USD per month.")


@pytest.mark.parametrize("level", [{}, {"ttft_s": {"limit_s": 1.0, "percentile": 99}}])
def test_a_limit_of_another_percentile_is_none_of_this_chart(level):
    workload = picture(POINTS).study.workload.model_dump(mode="json")
    workload["traffic"]["chat"]["service_level"] = level
    assert not [text for text in texts(drawn(workload=workload)) if text.startswith("limit")]


def test_points_have_names_and_colours_and_the_front_is_one_line():
    found = drawn()
    assert {*POINTS, "USD per month", "Cost against time to first token"} <= set(texts(found))
    assert strokes(found, "symbol") == set(PALETTE[:4])
    front = re.findall(r'<g class="mark-line role-mark.*?</g>', found)
    path = re.search(r' d="([^"]*)"', front[0]).group(1)
    corners = [tuple(map(float, xy.split(","))) for xy in re.findall(r"[\d.]+,[\d.]+", path)]
    assert len(front) == 1
    assert len(corners) == 5, "three points and two steps"
    assert [x for x, _ in corners] == sorted(x for x, _ in corners)
    assert corners[1][1] == corners[0][1], "as slow until the next is paid for"


def bars(found):
    return set(re.findall(r'<line[^>]* stroke="(#\w+)"', found))


def test_intervals_are_drawn_where_there_are_some():
    assert not bars(drawn()) & set(PALETTE)
    draws = [{"usd": usd, "ttft_s": usd / 10_000} for usd in (8_000.0, 9_000.0, 10_000.0)]
    several = {"cloud": draws, "own": draws}
    assert set(PALETTE[:2]) <= bars(drawn(several))
    _, frame, text = seen({"cloud": draws, "own": [{"usd": 9_500.0, "ttft_s": 1.0}] * 3})
    assert frame.loc["cloud", "cost_low"] < 9_000 < frame.loc["cloud", "cost_high"]
    assert "by the means" in text


def test_amounts_are_in_the_currency_of_the_study():
    shown, frame, text = seen(economics={"currency": "EUR"})
    assert frame.loc["cloud", "cost"] == pytest.approx(9_000 / usd_per("EUR")[0])
    assert "EUR per month" in texts(svg(PARETO.draw(shown, frame, list(shown.outcomes))))
    assert "EUR" in text
    assert "USD" not in text
    assert PARETO.variant(shown) == "EUR"


def test_names_at_one_place_stand_apart():
    same = dict.fromkeys(POINTS, POINTS["hybrid"])
    _, frame, _ = seen(same)
    places = list(zip(frame["side"], frame["above"], strict=True))
    assert len(set(places)) == len(places)


def test_nobody_and_hostile_names():
    shown = picture(POINTS)
    empty = PARETO.frame(shown).head(0)
    assert PARETO.summary(shown, empty).endswith(": no result yet.")
    assert "NaN" not in svg(PARETO.draw(shown, empty, list(POINTS)))
    frame = PARETO.frame(shown).replace("cloud", "<b>x</b>")
    assert "<b>" not in svg(PARETO.draw(shown, frame, ["<b>x</b>"]))


@pytest.mark.parametrize("chart", [PARETO, CASH])
def test_rows_and_params_are_all_that_changes(chart):
    """A page draws the chart once, and puts new rows and ends of scales into it."""
    specs = []
    for points in (
        POINTS,
        {name: [{"usd": 50.0, "ttft_s": 30.0}] * 3 for name in ("cloud", "own")},
    ):
        shown = picture(points, limits={"budget_usd_per_month": 80.0})
        specs.append(chart.draw(shown, chart.frame(shown), list(POINTS)).to_dict())
    first, later = specs
    assert first["datasets"] != later["datasets"]
    for one, other in zip(first["params"], later["params"], strict=True):
        one["value"] = other["value"]
    assert {**first, "datasets": {}} == {**later, "datasets": {}}
