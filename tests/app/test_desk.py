"""The desk as a planner has it in hand, without kernel and browser."""

import asyncio
import json
import re

import ipywidgets as widgets
import pytest

from aisim import InvalidStudy, load_study
from aisim.app import Desk
from aisim.app.bar import REPLICATIONS
from aisim.app.store import MOST_PINS
from aisim.scenario import parse_study
from tests.app.desks import (
    all_controls,
    choose,
    control,
    everything,
    figures,
    markup,
    problem,
    rows,
    slide,
    type_in,
    words,
)
from tests.app.wide import PROMPT, RATE, REPLICAS, at_rate, slow_study
from tests.small import small_data, small_study

CHARTS = {"latency", "queue", "utilisation", "waterfall", "cost"}
INSTANCE = "candidates.rented.machines.gpu.instance"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """One draw a preview: these tests are of what is shown; a new desk puts no other away."""
    monkeypatch.setattr(Desk, "_last", None)
    monkeypatch.setattr("aisim.app.runner.draws_of", lambda _: 1)


SMALL = small_study(horizon_s=600)


@pytest.fixture(scope="module")
def shared():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aisim.app.runner.draws_of", lambda _: 1)
        return Desk(SMALL)


@pytest.fixture
def desk(shared):
    """A desk with the small study, as it was opened."""
    shared.store.open(SMALL)
    shared.store.select("rented")
    shared._results._tabs.selected_index = 0
    shared._results.page.measure.value = "ttft_s"
    shared._bar._wanted.value = REPLICATIONS
    return shared


@pytest.fixture
def still(monkeypatch):
    """A desk that simulates nothing: only its controls are looked at."""
    monkeypatch.setattr("aisim.app.runner.Runner.preview", lambda *_: None)
    return Desk(small_study())


def rate(desk):
    return desk.study.workload.traffic["chat"].arrivals.rate_rps


def candidates_in(desk, chart):
    return {row["candidate"] for row in rows(desk, chart)}


def text_of(html):
    return re.sub(r"<[^>]*>", " ", html)


# --- what is there ----------------------------------------------------------------------------


def test_a_desk_outside_a_loop_shows_its_preview_at_once(desk):
    assert set(desk._results.page.charts.rows) == CHARTS == set(desk._results.page.charts.specs)
    assert set(desk._results.page.charts.summaries) == CHARTS
    for chart in CHARTS:
        assert candidates_in(desk, chart) == {"rented", "owned"}
    assert "aisim-preview" in desk._results._status.value
    assert "TTFT p95, s" in figures(desk)
    assert desk._results._problem.value == ""


def test_what_goes_to_the_browser_is_json(desk):
    charts = desk._results.page.charts
    for trait in ("specs", "rows", "scales", "summaries"):
        json.dumps(getattr(charts, trait), allow_nan=False)


def test_a_desk_takes_a_study_a_name_or_a_file(tmp_path):
    assert Desk("assistant").study == load_study("assistant")
    with pytest.raises(InvalidStudy, match="no such file"):
        Desk("assitsant")
    with pytest.raises(InvalidStudy):
        Desk(str(tmp_path / "gone.yaml"))


def test_every_control_has_a_name_a_help_and_its_value(still):
    for path, found in all_controls(still).items():
        if found.field.choices:
            assert found._list.description
            assert found._list.tooltip
            assert found._list.options[found._list.index]
        else:
            view = found.view
            assert view.label
            assert view.help
            assert view.texts[view.position] == view.text, path
            assert view.problem == ""


def test_every_button_and_list_has_a_word_on_it(still):
    kinds = (widgets.Button, widgets.Dropdown, widgets.ToggleButtons, widgets.Text)
    found = [part for part in everything(still) if isinstance(part, kinds)]
    assert len(found) > 10
    assert all(part.description for part in found)


# --- controls ---------------------------------------------------------------------------------


def test_a_moved_slider_changes_the_study_and_the_charts(desk):
    before = {chart: rows(desk, chart) for chart in CHARTS}
    marks = control(desk, RATE).field.marks
    slide(desk, RATE, marks.index(8.0))
    assert rate(desk) == 8.0
    assert control(desk, RATE).view.text == "8"
    for chart in ("latency", "utilisation", "waterfall"):
        assert rows(desk, chart) != before[chart]
    assert "preview" in desk._results._status.value


def test_a_slider_of_hardware_changes_the_cost(desk):
    def machines_usd():
        paid = [r for r in rows(desk, "cost") if r["candidate"] == "rented"]
        return sum(row["usd"] for row in paid if row["category"] == "compute")

    before = machines_usd()
    slide(desk, "candidates.rented.machines.gpu.count", 2)
    assert machines_usd() == pytest.approx(3 * before)


def test_a_chosen_gpu_changes_the_study_and_the_cost(desk):
    before = rows(desk, "cost")
    values = [value for _, value in control(desk, INSTANCE).field.choices]
    choose(desk, INSTANCE, values.index("g6e.12xlarge"))
    assert desk.study.candidates["rented"].machines["gpu"].instance == "g6e.12xlarge"
    assert rows(desk, "cost") != before
    desk.store.undo()
    assert values[control(desk, INSTANCE)._list.index] == "g6e.xlarge"


def test_a_typed_value_may_lie_between_two_marks(still):
    type_in(still, RATE, "0.77 requests/s")
    assert rate(still) == 0.77
    view = control(still, RATE).view
    assert view.text == "0.77"
    assert view.texts[view.position] == "0.8"


@pytest.mark.parametrize("text", ["abc", "", "nan", "1e400", "-1", "x" * 5000], ids=range(6))
def test_a_wrong_typed_value_shows_a_line_and_leaves_the_study(still, text):
    before = still.study
    type_in(still, RATE, text)
    assert still.study is before
    assert problem(still, RATE).startswith("got ")
    assert "allowed" in problem(still, RATE)
    assert len(problem(still, RATE)) < 200
    assert all(not problem(still, path) for path in still._controls._controls if path != RATE)
    type_in(still, RATE, "0.6")
    assert problem(still, RATE) == ""
    assert rate(still) == 0.6


def test_a_refused_value_does_not_make_the_charts_old(desk):
    """The study is as it was, and so is what is shown of it."""
    full = full_run(desk)
    type_in(desk, RATE, "abc")
    assert desk.picture is full


def test_undo_puts_the_slider_back_and_redo_forth(still):
    view = control(still, RATE).view
    start = view.position
    slide(still, RATE, start + 4)
    still._bar._undo.click()
    assert (view.position, rate(still)) == (start, 0.5)
    still._bar._redo.click()
    assert view.position == start + 4
    still._bar._reset.click()
    assert (view.position, rate(still)) == (start, 0.5)


def test_undo_puts_the_slider_back_even_where_something_was_refused(still):
    view = control(still, RATE).view
    start = view.position
    slide(still, RATE, start + 4)
    type_in(still, RATE, "abc")
    still._bar._undo.click()
    assert rate(still) == 0.5
    assert (view.position, view.text, view.problem) == (start, "0.5", "")


def test_buttons_of_history_say_what_can_be_done(still):
    bar = still._bar
    assert (bar._undo.disabled, bar._redo.disabled) == (True, True)
    slide(still, RATE, 0)
    assert (bar._undo.disabled, bar._redo.disabled) == (False, True)
    bar._undo.click()
    assert (bar._undo.disabled, bar._redo.disabled) == (True, False)


def test_another_candidate_in_hand_has_its_own_controls(still):
    still._controls._candidate.value = "owned"
    assert still.store.selected == "owned"
    paths = list(all_controls(still))
    assert RATE in paths
    assert not [path for path in paths if path.startswith("candidates.rented.")]
    assert [path for path in paths if path.startswith("candidates.owned.")]
    assert still._bar._pin.description == "Pin owned"


def test_controls_stay_the_same_while_they_are_moved(still):
    """A slider that was made anew would lose the focus of the keyboard."""
    before = {path: found.view for path, found in all_controls(still).items()}
    slide(still, RATE, 3)
    slide(still, REPLICAS, 2)
    still._bar._undo.click()
    assert {path: found.view for path, found in all_controls(still).items()} == before


def test_the_page_of_controls_stays_open(still):
    still._controls._tabs.selected_index = 1
    slide(still, REPLICAS, 1)
    still._controls._candidate.value = "owned"
    assert still._controls._tabs.selected_index == 1


# --- what does not fit ------------------------------------------------------------------------


def test_a_pool_that_does_not_fit_is_said_and_the_others_are_shown(desk):
    slide(desk, REPLICAS, 8)
    assert "rented cannot run: " in desk._controls._problem.value
    assert "do not fit" in desk._controls._problem.value
    assert "role='alert'" in desk._controls._problem.value
    assert candidates_in(desk, "latency") == {"owned"}
    assert desk._results._problem.value == ""
    desk._bar._undo.click()
    assert desk._controls._problem.value == ""
    assert candidates_in(desk, "latency") == {"rented", "owned"}


def test_when_nobody_can_run_that_is_said(desk):
    slide(desk, REPLICAS, 8)
    desk._controls._candidate.value = "owned"
    slide(desk, "candidates.owned.pools.pool.replicas", 31)
    assert "No candidate can run." in desk._results._problem.value
    assert desk._controls._problem.value.count("cannot run") == 2
    desk._bar._reset.click()
    assert desk._results._problem.value == ""


def test_a_study_of_nobody_who_can_run_opens():
    data = small_data()
    for candidate in data["candidates"].values():
        candidate["pools"]["pool"]["replicas"] = 99
    desk = Desk(parse_study(data))
    assert "No candidate can run." in desk._results._problem.value
    assert "What is shown is old" not in desk._results._problem.value


def test_a_full_run_of_nobody_says_why(still):
    slide(still, REPLICAS, 8)
    still._controls._candidate.value = "owned"
    slide(still, "candidates.owned.pools.pool.replicas", 31)
    still._bar._run.click()
    assert "No candidate can run." in still._results._problem.value
    assert still._bar._cancel.disabled


# --- pins -------------------------------------------------------------------------------------


def test_a_pinned_candidate_is_compared_and_can_be_unpinned(desk):
    slide(desk, "candidates.rented.machines.gpu.count", 1)
    desk._bar._pin.click()
    assert list(desk.study.candidates) == ["rented", "owned", "rented-pin1"]
    assert candidates_in(desk, "cost") == {"rented", "owned", "rented-pin1"}
    assert "rented-pin1" in figures(desk)
    assert list(desk._controls._candidate.options) == ["rented", "owned"]
    (unpin,) = desk._bar._unpins.children
    assert unpin.description == "Unpin rented-pin1"
    unpin.click()
    assert candidates_in(desk, "cost") == {"rented", "owned"}
    assert desk._bar._unpins.children == ()
    desk._bar._undo.click()
    assert candidates_in(desk, "cost") == {"rented", "owned", "rented-pin1"}


def test_when_there_are_enough_pins_the_button_says_so(still):
    for _ in range(MOST_PINS):
        assert not still._bar._pin.disabled
        still._bar._pin.click()
    assert still._bar._pin.disabled
    still._bar._unpins.children[0].click()
    assert not still._bar._pin.disabled


def test_what_is_pinned_stands_while_the_candidate_in_hand_changes(desk):
    desk._bar._pin.click()
    pinned = [row for row in rows(desk, "cost") if row["candidate"] == "rented-pin1"]
    slide(desk, "candidates.rented.machines.gpu.count", 3)
    assert [row for row in rows(desk, "cost") if row["candidate"] == "rented-pin1"] == pinned


# --- full runs --------------------------------------------------------------------------------


def full_run(desk, replications=1):
    desk._bar._wanted.value = replications
    desk._bar._run.click()
    assert not desk.picture.preview
    return desk.picture


def test_a_full_run_is_shown_as_sound(desk):
    assert desk._bar.replications == REPLICATIONS
    picture = full_run(desk, 2)
    assert picture.replications == 2
    assert "aisim-sound" in desk._results._status.value
    assert '"state": "sound"' in figures(desk)
    assert "PARTIAL" not in figures(desk)
    assert {row["state"] for row in rows(desk, "latency")} == {"sound"}
    assert desk._bar._cancel.disabled
    assert desk._bar._words.value == ""


def test_a_preview_does_not_say_that_it_was_stopped(desk, monkeypatch):
    """It is as short as it is meant to be, and it goes on by itself."""
    monkeypatch.setattr("aisim.app.runner.draws_of", lambda _: 2)
    seen = []
    show = desk.runner.show
    monkeypatch.setattr(desk.runner, "show", lambda picture: (show(picture), seen.append(picture)))
    slide(desk, RATE, 3)
    assert any(picture.replications < picture.wanted for picture in seen)
    for picture in seen:
        assert not picture.partial
        assert not picture.answer["partial"]


def test_a_look_at_another_candidate_keeps_the_full_run(desk):
    """The study is the same: minutes of simulation are not thrown away for a preview."""
    picture = full_run(desk)
    desk._controls._candidate.value = "owned"
    assert desk.picture is picture
    assert "aisim-sound" in desk._results._status.value


def test_another_latency_can_be_shown(desk):
    before = rows(desk, "latency")
    full = full_run(desk)
    desk._results.page.measure.value = "e2e_s"
    assert desk.picture is full
    after = rows(desk, "latency")
    assert {row["limit_s"] for row in after} == {None}
    assert max(row["seconds"] for row in after) > 3 * max(row["seconds"] for row in before)
    assert "End to end" in desk._results.page.charts.summaries["latency"]


def test_prompts_that_no_cache_holds_are_said(desk):
    type_in(desk, PROMPT, "5,000,000")
    assert desk._results._problem.value == ""
    assert "every request was rejected" in figures(desk)
    assert {row["seconds"] for row in rows(desk, "latency")} <= {None}


def test_overload_is_said(desk):
    slide(desk, RATE, len(control(desk, RATE).field.marks) - 1)
    type_in(desk, RATE, "60")
    assert {row["state"] for row in rows(desk, "latency") if row["candidate"] == "rented"} == {
        "overloaded"
    }
    assert '"state": "overloaded"' in figures(desk)
    assert "(overloaded)" in desk._results.page.charts.summaries["latency"]


# --- in a notebook, where a loop runs ---------------------------------------------------------


async def until(true):
    for _ in range(2000):
        if true():
            return
        await asyncio.sleep(0.001)
    raise TimeoutError


def test_a_full_run_shows_progress_and_can_be_cancelled():
    async def main():
        desk = Desk(slow_study())
        await desk.runner.idle()
        assert desk._bar._cancel.disabled
        desk._bar._run.click()
        await until(lambda: not desk._bar._cancel.disabled)
        assert desk._bar._bar.layout.visibility == "visible"
        assert "replication 1 of 5, rented" in desk._bar._words.value
        desk._bar._cancel.click()
        await asyncio.wait_for(desk.runner.idle(), 2)
        await asyncio.sleep(0.01)
        return desk

    desk = asyncio.run(main())
    assert desk._bar._cancel.disabled
    assert desk._bar._bar.layout.visibility == "hidden"
    assert "aisim-partial" in desk._results._status.value
    assert '"state": "partial"' in figures(desk)
    assert {row["state"] for row in rows(desk, "latency")} == {"partial"}


def test_a_full_run_that_a_change_ends_is_said_to_be_over():
    async def main():
        desk = Desk(slow_study())
        await desk.runner.idle()
        desk._bar._run.click()
        await until(lambda: not desk._bar._cancel.disabled)
        slide(desk, RATE, 3)
        await desk.runner.idle()
        await asyncio.sleep(0.01)
        return desk

    desk = asyncio.run(main())
    assert desk._bar._cancel.disabled
    assert "aisim-preview" in desk._results._status.value
    assert desk.picture.study.workload == desk.study.workload


def test_a_look_at_another_candidate_does_not_end_a_full_run():
    async def main():
        desk = Desk(slow_study())
        await desk.runner.idle()
        desk._bar._wanted.value = 1
        desk._bar._run.click()
        await until(lambda: not desk._bar._cancel.disabled)
        desk._controls._candidate.value = "owned"
        await desk.runner.idle()
        return desk

    assert not asyncio.run(main()).picture.preview


def test_no_picture_of_a_study_that_was_put_away_is_shown(monkeypatch):
    """Its candidates are not on the desk any more, however nearly there it was."""
    monkeypatch.setattr("aisim.app.runner.PATIENCE_S", 10.0)
    monkeypatch.setattr("aisim.app.runner.GLIMPSE_BREATH_S", 0.01, raising=False)
    shown = []

    async def main():
        desk = Desk(at_rate(slow_study(), 15.0))
        show = desk.runner.show

        def watched(picture):
            show(picture)
            if desk.picture is picture:
                shown.append((desk.study.name, picture.study.name))

        desk.runner.show = watched
        await asyncio.sleep(0.001)
        desk.store.open(parse_study(small_data() | {"name": "other"}))
        await desk.runner.idle()

    asyncio.run(main())
    assert shown[-1] == ("other", "other")
    assert all(on_the_desk == of for on_the_desk, of in shown)


def test_the_word_that_nobody_can_run_outlives_an_older_picture(monkeypatch):
    """The glimpse of the study before may be nearly there: it is not what was asked for last."""
    monkeypatch.setattr("aisim.app.runner.PATIENCE_S", 10.0)
    monkeypatch.setattr("aisim.app.runner.GLIMPSE_BREATH_S", 0.001, raising=False)
    data = slow_study().model_dump(mode="json")
    del data["candidates"]["owned"]

    async def main():
        desk = Desk(at_rate(parse_study(data), 15.0))
        await asyncio.sleep(0)
        desk.store.edit(REPLICAS, 9)
        await desk.runner.idle()
        await asyncio.sleep(0.01)
        return desk

    assert "No candidate can run." in asyncio.run(main())._results._problem.value


# --- more than one desk -------------------------------------------------------------------------


def test_a_desk_that_could_not_be_made_leaves_the_one_before_alone():
    desk = Desk(SMALL)
    before = rows(desk, "latency")
    with pytest.raises(InvalidStudy):
        Desk("assitsant")
    slide(desk, RATE, 20)
    assert rows(desk, "latency") != before


def test_a_desk_that_was_put_away_is_not_silent():
    """Two desks in one notebook: the first shows new figures, or says why it does not."""
    desk = Desk(SMALL)
    before = rows(desk, "latency")
    Desk(SMALL)
    slide(desk, RATE, 20)
    assert rows(desk, "latency") != before or desk._results._problem.value


# --- what others wrote ------------------------------------------------------------------------

EVIL = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


def test_what_an_opened_study_says_is_never_taken_for_html():
    data = small_data()
    data["description"] = EVIL
    for candidate in data["candidates"].values():
        candidate["description"] = EVIL
    desk = Desk(parse_study(data))
    full_run(desk)
    assert "<img" not in markup(desk)
    assert "<script" not in markup(desk)
    assert "alert(1)" not in words(desk)


def test_what_is_typed_is_never_taken_for_html(still):
    type_in(still, RATE, EVIL)
    assert "<img" not in markup(still)
    still._results.fail(EVIL)
    assert "<img" not in markup(still)
    assert "&lt;img" in still._results._problem.value


def test_problems_are_read_to_who_cannot_see_them(desk):
    desk._results.fail("no such trace")
    assert "role='alert'" in desk._results._problem.value
    assert text_of(desk._results._problem.value).strip() == "no such trace"


def test_what_is_old_is_said_to_be_old(desk, monkeypatch):
    monkeypatch.setattr("aisim.app.runner.draw_requests", lambda *_: 1 / 0)
    slide(desk, RATE, 7)
    line = text_of(desk._results._problem.value).strip()
    assert line == "What is shown is old. aisim failed: ZeroDivisionError: division by zero"
    assert "aisim-old" in desk._results._dom_classes
    assert "aisim-waiting" not in desk._results._dom_classes


def test_a_desk_that_could_not_be_opened_is_in_nobodys_way():
    """A notebook keeps the last error, and with it the desk that was never finished."""
    with pytest.raises(InvalidStudy) as kept:
        Desk("typo")
    assert Desk(small_study()).picture is not None
    assert kept.value._render_traceback_() == [str(kept.value)]
