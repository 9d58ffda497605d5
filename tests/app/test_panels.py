"""Panels: a new subject needs a new panel, and nothing else; another language makes all anew."""

import ipywidgets as widgets
import pytest

from aisim import language
from aisim.app import Desk
from aisim.app.panel import Panel
from aisim.app.panels import ANSWER, DESK, LIMITS, groups
from aisim.charts import QUEUE
from tests.app.desks import all_controls, control, figures, slide, words
from tests.app.wide import RATE
from tests.small import small_data, small_study

SMALL = small_study(horizon_s=600)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(Desk, "_last", None)
    monkeypatch.setattr("aisim.app.runner.draws_of", lambda _: 1)
    yield
    language.use("en")


class Probe:
    """A view of somebody else's."""

    def __init__(self, context):
        self.context = context
        self.widget = widgets.Label()
        self.seen = []

    def show(self, picture):
        self.seen.append(picture)
        self.widget.value = f"{len(picture.outcomes)} candidates"


def test_a_panel_of_somebody_elses_is_on_the_desk():
    training = Panel(
        "Training", fields=("candidates.*.machines.*.count",), charts=(QUEUE,), views=(Probe,)
    )
    desk = Desk(SMALL, panels=[training])
    (page,) = desk._results.pages
    (probe,) = page.views
    assert probe.widget.value == "2 candidates"
    assert probe.seen[-1] is desk.picture
    assert probe.context.store is desk.store
    assert list(page.charts.specs) == ["queue"]
    assert set(all_controls(desk)) == {"candidates.rented.machines.gpu.count"}
    slide(desk, "candidates.rented.machines.gpu.count", 2)
    assert len(probe.seen) > 1


def test_only_the_page_that_is_looked_at_is_drawn():
    desk = Desk(SMALL)
    first, *others = desk._results.pages
    assert first.charts.specs
    assert first.children
    assert not any(page.children for page in others)
    assert not any({"charts", "views"} & set(vars(page)) for page in others)
    compare = next(page for page in others if "pareto" in [c.name for c in page._panel.charts])
    desk._results._tabs.selected_index = desk._results.pages.index(compare)
    assert compare.children
    assert compare.charts.rows["pareto"]
    before, rows = first.charts.rows, compare.charts.rows
    slide(desk, RATE, 0)
    assert compare.charts.rows != rows
    assert first.charts.rows is before or first.charts.rows == before
    desk._results._tabs.selected_index = 0
    assert first.charts.rows != before


def test_a_desk_may_have_controls_alone():
    desk = Desk(SMALL, panels=[LIMITS])
    assert set(groups([LIMITS])) == {"Limits"}
    assert all_controls(desk)
    assert desk.picture is not None
    assert not desk._results._problem.value


def test_every_panel_has_a_title_of_its_own_and_something_in_it():
    titles = [panel.title for panel in DESK]
    assert len(set(titles)) == len(titles)
    assert all(panel.fields or panel.is_seen for panel in DESK)
    assert list(groups([ANSWER, LIMITS])) == ["Limits"]


def test_another_language_keeps_the_study_the_history_and_what_was_simulated():
    desk = Desk(SMALL)
    slide(desk, RATE, 3)
    changed, known = desk.study, len(desk.runner.memory._kept)
    desk._language.value = "nl"
    assert desk.study == changed
    assert len(desk.runner.memory._kept) == known
    assert desk.picture is not None
    desk._bar._undo.click()
    assert desk.study == SMALL
    desk._language.value = "en"
    assert "TTFT p95, s" in figures(desk)


def test_numbers_follow_the_language_and_can_be_typed_in_it():
    desk = Desk(SMALL)
    desk._language.value = "da"
    view = control(desk, RATE).view
    assert view.text == "0,5"
    view.typed = ["0,125", 1]
    assert desk.study.workload.traffic["chat"].arrivals.rate_rps == 0.125
    assert view.problem == ""
    view.typed = ["1.250", 2]
    assert view.problem
    assert "0,5" in words(desk) or view.text


def test_a_limit_that_is_typed_says_who_is_out_and_by_how_much():
    desk = Desk(SMALL)
    month = desk.picture.answer["candidates"]["owned"]["cost"]["usd_per_month"]["mean"]
    desk.store.edit("limits.budget_usd_per_month", round(month) - 10)
    assert desk.picture.state("owned") == "excluded"
    assert "owned is out: an average month" in desk._results._out.value
    assert "over the budget of" in desk._results._out.value
    desk.store.edit("workload.traffic.chat.service_level", {"ttft_s": {"limit_s": 1e-6}})
    assert desk._results._out.value.count("<li>") == 2
    assert "over the promised" in desk._results._out.value
    desk.store.undo()
    desk.store.undo()
    assert desk._results._out.value == ""


def test_a_place_that_data_may_not_go_to_is_out():
    data = small_data()
    data["run"]["horizon_s"] = 600
    desk = Desk(SMALL)
    field = control(desk, "limits.data").field
    (own,) = [value for text, value in field.choices if text == "on own sites only"]
    assert desk.store.edit("limits.data", own)
    assert desk.picture.state("rented") == "excluded"
    assert "rented is out: " in desk._results._out.value
    assert "owned is out" not in desk._results._out.value
    assert control(desk, "limits.data").field.value == own
