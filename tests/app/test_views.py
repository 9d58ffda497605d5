"""What is shown beside the charts: differences, years, prices that matter, growth, help."""

import asyncio
import re
from dataclasses import replace
from html import unescape

import pytest

from aisim import language
from aisim.app.compare import Compare, differences_html
from aisim.app.experiment import Experiment
from aisim.app.fields import desk_fields
from aisim.app.growth import GrowthView
from aisim.app.guide import Guide, guide_html
from aisim.app.panel import Context
from aisim.app.panels import DESK, groups
from aisim.app.sensitivity import Sensitivity
from aisim.app.store import Store
from aisim.app.years import against_html, excluded_html
from aisim.planning import BadInput, Picture, Trial
from aisim.scenario import parse_study
from aisim.workload import draw_requests
from tests.small import small_data, small_study

STUDY = small_study(horizon_s=600)


def picture_of(study, replications=1):
    outcomes = {name: [] for name in study.candidates}
    for replication in range(replications):
        requests = draw_requests(study, replication)
        for name in outcomes:
            trial = Trial(study, name, requests, saturate=False)
            list(trial.slices())
            outcomes[name].append(trial.finish())
    return Picture(study, outcomes, replications)


@pytest.fixture(scope="module")
def picture():
    return picture_of(STUDY, 3)


@pytest.fixture
def context():
    return Context(Store(STUDY), groups(DESK))


def cells(html):
    """Text of the rows of a table."""
    found = re.findall(r"<tr>(.*?)</tr>", html, re.S)
    split = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in found]
    return [[unescape(cell.replace("<br>", "\n")) for cell in row] for row in split]


# --- differences ------------------------------------------------------------------------------


def test_differences_are_those_of_the_answer_with_their_intervals(picture):
    rows = {row[0]: row[1] for row in cells(differences_html(picture, "rented"))[1:]}
    month = picture.answer["differences"]["owned - rented"]["cost"]["usd_per_month"]
    mean, low_high, *_ = rows["Cost per month, USD"].split("\n")
    assert float(mean.replace(",", "")) == pytest.approx(month["mean"], abs=1)
    low, high = (float(end) for end in low_high.strip("[]").replace(",", "").split(" ")
                 ) if "," not in low_high[1:-1].replace(", ", " ") else (None, None)  # fmt: skip
    if low is not None:
        assert low <= float(mean.replace(",", "")) <= high


def test_the_baseline_can_be_changed_and_the_signs_turn(picture, context):
    view = Compare(context)
    view.show(picture)
    assert view.baseline.value == "rented"
    before = {row[0]: row[1].split("\n")[0] for row in cells(view.table.value)[1:]}
    view.baseline.value = "owned"
    assert context.store.baseline == "owned"
    after = {row[0]: row[1].split("\n")[0] for row in cells(view.table.value)[1:]}
    turned = {"+": "-", "-": "+"}
    for label, text in before.items():
        if text in ("-", "0"):
            assert after[label] == text
        else:
            assert after[label] == turned[text[0]] + text[1:]


def test_one_candidate_has_nothing_to_compare_with(picture):
    alone = replace(picture, outcomes={"owned": picture.outcomes["owned"]})
    assert "no other candidate" in differences_html(alone, "owned")


# --- years ------------------------------------------------------------------------------------


def test_years_hold_every_level_of_the_other(picture):
    rows = cells(against_html(picture, "owned"))
    assert [row[0] for row in rows[1:]] == ["rented, on demand"] or len(rows) > 2
    assert all(row[0].startswith("rented, ") for row in rows[1:])
    assert all(len(row) == 5 for row in rows)


def test_years_carry_the_state_of_who_is_out(picture):
    broken = {
        name: [replace(o, answer=o.answer | {"broken_limits": ["too dear"]}) for o in found]
        for name, found in picture.outcomes.items()
    }
    out = replace(picture, outcomes=broken)
    html = against_html(out, "owned")
    assert "owned (excluded) instead of another" in html
    assert all(row[0].startswith("rented (excluded), ") for row in cells(html)[1:])
    assert "(excluded)" not in against_html(picture, "owned")


def test_a_level_that_is_the_studys_own_has_one_row(picture):
    levels = [row[0] for row in cells(against_html(picture, "owned"))[1:]]
    assert sum("as in the study" in level for level in levels) == 1
    assert "rented, on demand, as in the study" in levels


def test_what_is_of_one_draw_names_it(picture, context):
    said = f"Of draw {picture.typical.replication + 1}, the one nearest to the mean."
    alone = replace(picture, outcomes={n: o[:1] for n, o in picture.outcomes.items()}, wanted=1)
    assert against_html(picture, "owned").count(said) == 1
    assert "Of draw" not in against_html(alone, "owned")
    view = Sensitivity(context)
    view.show(picture)
    assert all(words.endswith(said) for words in view.charts.summaries.values())
    view.show(alone)
    assert not any("Of draw" in words for words in view.charts.summaries.values())


def test_what_is_left_out_is_said_by_candidate(picture):
    rows = dict(row for row in cells(excluded_html(picture))[1:])
    for name, candidate in picture.answer["candidates"].items():
        for item in candidate["cost"]["excluded"]:
            assert item in rows[name]


# --- prices that matter -----------------------------------------------------------------------


def test_the_tornado_and_the_map_are_of_the_candidate_in_hand(picture, context):
    view = Sensitivity(context)
    context.store.select("owned")
    view.show(picture)
    assert list(view.charts.specs) == ["tornado", "map"]
    assert "owned" in view.charts.summaries["tornado"]
    assert len(view.charts.rows["tornado"]) >= 2
    assert view.x.value != view.y.value


def test_other_prices_make_another_map(picture, context):
    view = Sensitivity(context)
    view.show(picture)
    before = view.charts.rows["map"]
    view.y.value = next(p for p in view.y.options if p not in (view.x.value, view.y.value))
    assert view.charts.rows["map"] != before
    assert view._problem.value == ""


def test_nothing_is_made_of_a_picture_that_is_not_the_last(picture, context):
    view = Sensitivity(context)
    view.show(replace(picture, wanted=9))
    assert view.charts.specs == {}


# --- growth -----------------------------------------------------------------------------------


def test_growth_is_simulated_when_asked_for(picture, context, monkeypatch):
    view = GrowthView(context)
    view.show(picture)
    assert view.charts.specs == {}
    view.experiment.button.click()
    assert {row["candidate"] for row in view.charts.rows["growth"]} == {"rented", "owned"}
    assert "the load grows" in view.charts.summaries["growth"]


def test_growth_of_a_study_that_has_changed_is_marked(picture, context):
    view = GrowthView(context)
    other = parse_study(small_data() | {"name": "other"})
    view.show(replace(picture, asked=other))
    assert "aisim-old" not in view._place._dom_classes
    view.experiment.button.click()
    assert view._old.value == ""
    view.show(replace(picture, asked=other))
    assert "aisim-old" in view._place._dom_classes
    assert "let the load grow again" in view._old.value
    view.show(replace(picture, asked=STUDY.model_copy(deep=True)))
    assert "aisim-old" not in view._place._dom_classes
    assert view._old.value == ""


def stopped(steps):
    """Run an experiment in a loop and stop it after its first sign of life."""

    async def run():
        experiment = Experiment("Go", lambda: steps, lambda: None)
        experiment.start()
        experiment.start()
        await asyncio.sleep(0.1)
        assert not experiment.cancel.disabled
        experiment.cancel.click()
        task = experiment.task
        await asyncio.wait_for(task, 0.5)
        return experiment

    return asyncio.run(run())


def slow(log):
    import time

    for i in range(10_000):
        time.sleep(0.005)
        log.append(i)
        yield i / 10_000


def test_an_experiment_can_be_stopped():
    log = []
    experiment = stopped(slow(log))
    assert 1 < len(log) < 200
    assert experiment._words.value == "Stopped."
    assert not experiment.button.disabled


def test_a_fault_in_an_experiment_is_a_line():
    def failing():
        raise BadInput("no <such> thing")
        yield 0.0

    experiment = Experiment("Go", failing, lambda: None)
    experiment.start()
    assert "no &lt;such&gt; thing" in experiment._problem.value
    assert not experiment.button.disabled

    def broken():
        yield 1 / 0

    experiment = Experiment("Go", broken, lambda: None)
    experiment.start()
    assert "aisim failed: ZeroDivisionError" in experiment._problem.value


# --- help -------------------------------------------------------------------------------------


@pytest.mark.parametrize("candidate", ["rented", "owned"])
def test_the_help_has_every_control_and_nothing_else(candidate):
    rows = cells(guide_html(STUDY, candidate, groups(DESK)))[1:]
    fields = desk_fields(STUDY, candidate, groups(DESK))
    assert [row[3] for row in rows] == [field.path for field in fields]
    assert [row[1] for row in rows] == [field.help for field in fields]


def test_the_ranges_of_the_help_are_those_of_the_sliders(picture, context):
    path = "workload.traffic.chat.arrivals.rate_rps"
    view = Guide(context)
    view.show(picture)
    before = {row[3]: row[2] for row in cells(view.widget.value)[1:]}
    assert context.store.edit(path, 40.0)
    view.show(picture)
    after = {row[3]: row[2] for row in cells(view.widget.value)[1:]}
    assert after[path] == before[path]
    edited = guide_html(context.store.study, "rented", context.groups)
    moved = {row[3]: row[2] for row in cells(edited)[1:]}
    assert moved[path] != before[path]


def test_the_help_is_made_anew_only_if_it_may_be_another(picture, context, monkeypatch):
    made = []
    monkeypatch.setattr("aisim.app.guide.guide_html", lambda *given: made.append(given) or "")
    view = Guide(context)
    for _ in range(3):
        view.show(picture)
    assert len(made) == 1
    context.store.select("owned")
    view.show(picture)
    context.store.edit("workload.traffic.chat.arrivals.rate_rps", 0.25)
    view.show(picture)
    language.use("nl")
    try:
        view.show(picture)
    finally:
        language.use("en")
    assert len(made) == 4


def test_names_of_the_planner_are_escaped():
    data = small_data()
    data["candidates"]["owned"]["description"] = "<b>"
    html = guide_html(parse_study(data), "owned", groups(DESK))
    assert "<b>" not in html
