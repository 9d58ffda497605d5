"""The runner: first pictures, stale wishes, cancel, memory, errors; the loop keeps turning."""

import asyncio
import gc
import time
from collections.abc import Callable

import pytest

from aisim import replicate
from aisim.app.memory import MOST_OUTCOMES, Memory
from aisim.app.runner import SHOWN, Progress, Runner
from aisim.planning import DRAWS, Picture, preview_study
from aisim.scenario import parse_study
from tests.app.wide import at_rate, slow_study
from tests.small import small_data, small_study

SEEN = sorted({*SHOWN, DRAWS})
STUDY = small_study(warm_up_s=60, horizon_s=300)
BOTH = ("rented", "owned")


class Watched(Runner):
    """A runner that remembers all that it said, in order."""

    def __init__(self):
        self.pictures: list[Picture] = []
        self.told: list[Progress | None] = []
        self.words: list[str] = []
        self.lines: list[str] = []
        self.on_show: Callable[[Picture], None] = lambda picture: None
        self.on_tell: Callable[[Progress | None], None] = lambda progress: None
        super().__init__(self._shown, self._said, self.lines.append)

    def _shown(self, picture):
        self.pictures.append(picture)
        self.on_show(picture)

    def _said(self, progress, words=""):
        self.told.append(progress)
        self.words.append(words)
        self.on_tell(progress)

    def go(self, act, *then):
        """Do something, and the rest after it, each when the runner is idle."""

        async def main():
            for each in (act, *then):
                each()
                await self.idle()

        asyncio.run(main())
        return self


def rate(picture):
    return picture.study.workload.traffic["chat"].arrivals.rate_rps


def whole(pictures, study=STUDY):
    """The pictures of a preview after its first glimpse, which is of an even shorter study."""
    return [picture for picture in pictures if picture.study == preview_study(study)]


# --- previews ---------------------------------------------------------------------------------


def test_a_preview_grows_draw_by_draw():
    runner = Watched()
    runner.go(lambda: runner.preview(STUDY, BOTH))
    glimpse, *later = runner.pictures
    assert glimpse.replications == 1
    assert glimpse.study.run.horizon_s < preview_study(STUDY).run.horizon_s
    assert later == whole(runner.pictures)
    assert [picture.replications for picture in later] == SEEN
    for picture in runner.pictures:
        assert picture.preview
        assert list(picture.outcomes) == list(BOTH)
        assert all(picture.state(name) == "preview" for name in BOTH)
    assert not runner.pictures[-1].partial
    assert runner.told == []
    assert runner.lines == []


def test_a_preview_is_of_those_that_can_run():
    runner = Watched()
    runner.go(lambda: runner.preview(STUDY, ("owned",)))
    assert all(list(picture.outcomes) == ["owned"] for picture in runner.pictures)


def test_a_preview_of_nobody_shows_nothing():
    runner = Watched()
    runner.go(lambda: runner.preview(STUDY, ()))
    assert runner.pictures == []
    assert runner.lines == []


def test_a_newer_wish_is_shown_and_the_old_one_never_after_it():
    runner = Watched()
    newer = at_rate(STUDY, 1.0)

    def turn(picture):
        if rate(picture) == 0.5:
            runner.preview(newer, BOTH)

    runner.on_show = turn
    runner.go(lambda: runner.preview(STUDY, BOTH))
    rates = [rate(picture) for picture in runner.pictures]
    assert rates == sorted(rates)
    assert rates.count(0.5) <= 1
    assert rates[-1] == 1.0
    assert runner.pictures[-1].replications == DRAWS


def test_of_many_wishes_at_once_only_the_last_is_done():
    runner = Watched()
    studies = [at_rate(STUDY, 0.5 + i / 10) for i in range(20)]
    runner.go(lambda: [runner.preview(study, BOTH) for study in studies])
    assert {rate(picture) for picture in runner.pictures} == {0.5 + 19 / 10}


def test_a_stream_of_quick_wishes_does_not_starve_the_picture():
    """A slider that is dragged: every 40 ms another value."""
    runner = Watched()

    async def drag():
        for i in range(16):
            runner.preview(at_rate(STUDY, 2.0 + i / 100), BOTH)
            await asyncio.sleep(0.04)
        during = len(runner.pictures)
        await runner.idle()
        return during

    assert asyncio.run(drag()) >= 2
    rates = [rate(picture) for picture in runner.pictures]
    assert rates == sorted(rates)
    assert rates[-1] == 2.0 + 15 / 100
    assert runner.pictures[-1].replications == DRAWS


def test_what_was_previewed_before_is_shown_whole_at_once():
    runner = Watched()
    other = at_rate(STUDY, 1.0)
    runner.go(lambda: runner.preview(STUDY, BOTH), lambda: runner.preview(other, BOTH))
    first = whole(runner.pictures)[-1]
    runner.pictures.clear()
    began = time.thread_time()
    runner.go(lambda: runner.preview(STUDY, BOTH))
    assert time.thread_time() - began < 0.2
    assert [picture.replications for picture in runner.pictures] == [DRAWS]
    assert runner.pictures[0].answer == first.answer


def test_a_change_of_one_candidate_simulates_only_that():
    runner = Watched()
    data = STUDY.model_dump(mode="json")
    data["candidates"]["rented"]["pools"]["pool"]["max_sequences"] = 8
    runner.go(lambda: runner.preview(STUDY, BOTH), lambda: runner.preview(parse_study(data), BOTH))
    before, after = whole(runner.pictures)[-1], runner.pictures[-1]
    pairs = zip(before.outcomes["owned"], after.outcomes["owned"], strict=True)
    assert all(a is b for a, b in pairs)
    assert before.outcomes["rented"][0] is not after.outcomes["rented"][0]


@pytest.mark.parametrize(
    ("part", "value"), [("run", {"seed": 2}), ("economics", {"price_level": "high"})]
)
def test_memory_knows_what_an_outcome_depends_on(part, value):
    runner = Watched()
    data = STUDY.model_dump(mode="json")
    data[part] |= value
    runner.go(lambda: runner.preview(STUDY, BOTH), lambda: runner.preview(parse_study(data), BOTH))
    assert whole(runner.pictures)[-1].answer != runner.pictures[-1].answer


def test_memory_has_an_end():
    memory = Memory()
    for i in range(MOST_OUTCOMES + 50):
        memory.keep((str(i),), i)
        memory.get(("0",))
    assert ("49",) not in memory
    assert memory.get(("50",)) is None
    assert memory.get((str(MOST_OUTCOMES + 49),)) == MOST_OUTCOMES + 49
    assert ("0",) in memory, "it was asked for all the time"


def slow_preview():
    """Prompts in small pieces: a preview of minutes."""
    data = small_data()
    data["workload"]["traffic"]["chat"]["sizes"]["input_tokens"] = 50_000
    for candidate in data["candidates"].values():
        candidate["pools"]["pool"] |= {"token_budget": 1, "max_sequences": 1}
    return parse_study(data)


@pytest.mark.parametrize("study", [slow_preview(), slow_study()])
def test_a_preview_in_a_dashboard_has_an_end(study, monkeypatch):
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    monkeypatch.setattr("aisim.app.runner.PREVIEW_S", 0.2)
    runner = Watched()
    began = time.monotonic()
    runner.go(lambda: runner.preview(study, BOTH))
    assert time.monotonic() - began < 5
    assert runner.lines == ["the preview took longer than 0.2 s and was stopped"]
    assert all(picture.replications < DRAWS for picture in runner.pictures)


def test_a_preview_in_a_notebook_and_a_full_run_take_their_time(monkeypatch):
    monkeypatch.setattr("aisim.app.runner.PREVIEW_S", 0.0)
    runner = Watched()
    runner.go(lambda: runner.preview(STUDY, BOTH))
    assert runner.pictures[-1].replications == DRAWS
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    runner.go(lambda: runner.run(STUDY, BOTH, 1))
    assert not runner.pictures[-1].partial
    assert runner.lines == []


# --- full runs --------------------------------------------------------------------------------


def test_a_full_run_is_what_replicate_gives():
    runner = Watched()
    runner.go(lambda: runner.run(STUDY, BOTH, 2))
    assert [picture.replications for picture in runner.pictures] == [1, 2]
    assert runner.pictures[0].partial
    last = runner.pictures[-1]
    assert not last.partial
    assert not last.preview
    assert last.study == STUDY
    assert [last.state(name) for name in BOTH] == ["sound", "sound"]
    assert last.answer == replicate(STUDY, 2)


def test_progress_rises_says_where_it_is_and_ends():
    runner = Watched()
    runner.go(lambda: runner.run(slow_study(horizon_s=1000), BOTH, 2))
    assert runner.told[-1] is None
    assert runner.told.count(None) == 1
    done = [progress.done for progress in runner.told[:-1]]
    assert len(done) > 10
    assert done == sorted(done)
    assert 0 <= done[0] < 0.2
    assert 0.8 < done[-1] <= 1
    words = [progress.words for progress in runner.told[:-1]]
    assert words[0] == "replication 1 of 2, rented"
    assert words[-1] == "replication 2 of 2, owned"


def test_a_preview_after_a_full_run_is_a_preview_again():
    runner = Watched()
    runner.go(lambda: runner.run(STUDY, BOTH, 1), lambda: runner.preview(STUDY, BOTH))
    previews = [picture.preview for picture in runner.pictures]
    assert previews == [False] + [True] * (len(previews) - 1)
    assert runner.pictures[-1].replications == DRAWS


def test_a_study_as_short_as_its_preview_keeps_both_apart():
    """Its preview is the study itself, but a preview seeks no saturation rate."""
    runner = Watched()
    short = small_study(warm_up_s=20, horizon_s=110)
    assert preview_study(short) == short
    runner.go(lambda: runner.preview(short, BOTH), lambda: runner.run(short, BOTH, 1))
    rates = [p.answer["candidates"]["rented"]["saturation_rps"] for p in runner.pictures]
    assert rates[0] is None
    assert rates[-1] is not None


def test_a_newer_wish_ends_a_full_run():
    runner = Watched()
    began = []

    def turn(progress):
        if progress is not None and not began:
            began.append(time.thread_time())
            runner.preview(STUDY, BOTH)

    runner.on_tell = turn
    runner.go(lambda: runner.run(slow_study(), BOTH, 50))
    assert all(picture.preview for picture in runner.pictures)
    assert runner.pictures[-1].replications == DRAWS
    assert runner.told[-1] is None
    assert time.thread_time() - began[0] < 3


# --- cancel -----------------------------------------------------------------------------------


def cancelled(study, replications, when, names=BOTH):
    """A full run that is cancelled when its progress says so; seconds from cancel to the end."""
    runner, asked = Watched(), []

    def stop(progress):
        if progress is not None and not asked and when(progress):
            asked.append((time.thread_time(), len(runner.told)))
            runner.cancel()

    runner.on_tell = stop
    runner.go(lambda: runner.run(study, names, replications))
    assert asked, "it was never cancelled"
    return runner, time.thread_time() - asked[0][0], len(runner.told) - asked[0][1]


def test_a_cancel_stops_within_a_few_slices_and_keeps_what_was_done():
    runner, took, told = cancelled(slow_study(), 5, lambda p: p.done > 0.05)
    assert took < 0.5
    assert told <= 3
    assert runner.told[-1] is None
    picture = runner.pictures[-1]
    assert picture.stopped
    assert picture.partial
    assert picture.answer["partial"]
    assert picture.state("rented") == "partial"
    arrived = picture.answer["candidates"]["rented"]["requests"]["arrived"]["mean"]
    assert 0 < arrived < 4 * 2500


def test_a_cancel_in_a_later_replication_shows_those_before_it():
    runner, took, _ = cancelled(STUDY, 5, lambda p: p.words.startswith("replication 3 of 5"))
    assert took < 0.5
    picture = runner.pictures[-1]
    assert (picture.replications, picture.wanted, picture.stopped) == (2, 5, True)
    assert [picture.state(name) for name in BOTH] == ["partial", "partial"]
    runner.on_tell = lambda progress: None
    runner.go(lambda: runner.run(STUDY, BOTH, 2))
    expected = runner.pictures[-1].answer["candidates"]
    assert picture.answer["candidates"] == {
        name: found | {"partial": True} for name, found in expected.items()
    }


def test_a_run_after_a_cancelled_one_is_whole():
    runner, _, _ = cancelled(STUDY, 3, lambda p: p.done > 0.05)
    runner.on_tell = lambda progress: None
    runner.go(lambda: runner.run(STUDY, BOTH, 1))
    again = Watched()
    again.go(lambda: again.run(STUDY, BOTH, 1))
    assert not runner.pictures[-1].partial
    assert runner.pictures[-1].answer == again.pictures[-1].answer


def test_a_cancel_in_the_second_candidate_shows_both():
    runner, _, _ = cancelled(slow_study(), 3, lambda p: "owned" in p.words)
    picture = runner.pictures[-1]
    assert list(picture.outcomes) == ["rented", "owned"]
    assert picture.stopped
    assert [picture.state(name) for name in BOTH] == ["partial", "partial"]


def test_no_picture_of_a_run_that_was_cut_short_looks_sound():
    for when in (lambda p: "owned" in p.words, lambda p: p.done > 0.91):
        runner, _, _ = cancelled(slow_study(), 1, when)
        for picture in runner.pictures:
            assert picture.partial
            assert picture.state("owned") == "partial"


def test_after_a_cancel_no_further_replication_begins():
    runner, _, _ = cancelled(slow_study(), 3, lambda p: "owned" in p.words)
    words = [progress.words for progress in runner.told if progress is not None]
    assert not [w for w in words if w.startswith("replication 2")]
    assert runner.pictures[-1].stopped
    assert all(picture.partial for picture in runner.pictures)


def test_a_cancel_before_the_first_slice_is_not_forgotten():
    """Between the click on Run fully and its first slice a preview may have to end."""
    runner = Watched()

    def both():
        runner.run(slow_study(), BOTH, 1)
        runner.cancel()

    began = time.thread_time()
    runner.go(both)
    assert time.thread_time() - began < 0.5
    assert runner.told[-1:] in ([], [None])


def test_a_cancel_in_the_warm_up_shows_nothing_wrong():
    study = slow_study(warm_up_s=2400)
    runner, _, _ = cancelled(study, 2, lambda p: p.done > 0.01)
    assert runner.lines == []
    found = runner.pictures[-1].answer["candidates"]["rented"]
    assert found["partial"]
    assert found["cost"]["usd_per_month"] is None
    assert found["ttft_s"]["p95"] is None


def test_cancel_with_nothing_to_cancel_does_nothing():
    runner = Watched()
    runner.cancel()
    runner.go(runner.cancel, lambda: runner.preview(STUDY, BOTH))
    assert runner.pictures[-1].replications == DRAWS


# --- errors -----------------------------------------------------------------------------------


def with_trace(file):
    data = small_data()
    chat = data["workload"]["traffic"]["chat"]
    chat["arrivals"] = {"kind": "replay", "file": str(file)}
    chat["sizes"] = {"kind": "trace"}
    return parse_study(data)


def test_a_trace_that_was_written_anew_is_simulated_anew(tmp_path):
    """A planner mends the file and asks again: the study is the same, its requests are not."""
    trace, header = tmp_path / "trace.csv", "arrival_s,input_tokens,output_tokens\n"
    trace.write_text(header + "".join(f"{i},100,10\n" for i in range(1300)))
    runner, study = Watched(), with_trace(trace)
    runner.go(lambda: runner.preview(study, BOTH))
    trace.write_text(header + "".join(f"{i},100,40\n" for i in range(1300)))
    runner.go(lambda: runner.preview(study, BOTH))
    assert runner.pictures[0].answer["candidates"] != runner.pictures[-1].answer["candidates"]
    first, last = (p.answer["candidates"]["owned"]["e2e_s"]["p50"]["mean"] for p in
                   (whole(runner.pictures, study)[0], runner.pictures[-1]))  # fmt: skip
    assert last > 2 * first


@pytest.mark.parametrize("full", [False, True])
def test_a_missing_trace_is_told_in_a_line(full, tmp_path):
    runner, study = Watched(), with_trace(tmp_path / "gone.csv")
    runner.go(lambda: runner.run(study, BOTH, 2) if full else runner.preview(study, BOTH))
    assert len(runner.lines) == 1
    assert "gone.csv: No such file" in runner.lines[0]
    assert "\n" not in runner.lines[0]
    assert runner.pictures == []
    assert runner.told == ([None] if full else [])


def test_too_many_requests_are_told_in_a_line():
    runner = Watched()
    study = at_rate(small_study(horizon_s=31_536_000, resolution_s=3600), 1e5)
    runner.go(lambda: runner.run(study, BOTH, 2))
    assert "at most 20,000,000 fit" in runner.lines[0]


def test_a_pool_that_does_not_fit_is_told_in_a_line():
    data = small_data()
    data["candidates"]["rented"]["pools"]["pool"]["replicas"] = 9
    runner = Watched()
    runner.go(lambda: runner.preview(parse_study(data), BOTH))
    assert "do not fit" in runner.lines[0]


def test_a_fault_of_aisim_is_told_and_the_next_wish_is_done(monkeypatch):
    runner = Watched()
    with monkeypatch.context() as broken:
        broken.setattr("aisim.app.runner.draw_requests", lambda *_: 1 / 0)
        runner.go(lambda: runner.run(STUDY, BOTH, 2))
    assert runner.lines == ["aisim failed: ZeroDivisionError: division by zero"]
    assert runner.told == [None]
    runner.go(lambda: runner.preview(STUDY, BOTH))
    assert runner.pictures[-1].replications == DRAWS


def test_an_error_of_whoever_shows_is_told():
    runner = Watched()

    def refuse(picture):
        raise KeyError("no such chart")

    runner.on_show = refuse
    runner.go(lambda: runner.preview(STUDY, BOTH))
    assert "no such chart" in runner.lines[0]


# --- the loop ---------------------------------------------------------------------------------


def test_without_a_loop_it_is_done_at_once():
    runner = Watched()
    runner.preview(STUDY, BOTH)
    assert [picture.replications for picture in whole(runner.pictures)] == SEEN
    runner.run(STUDY, BOTH, 1)
    assert runner.pictures[-1].answer["candidates"]["owned"]["saturation_rps"] is not None


def longest_pause(wish):
    """Seconds for which other tasks of the loop had to wait, those of other processes left out."""
    pauses = []

    async def tick():
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            pauses.append(time.thread_time() - before)

    async def main():
        runner = Watched()
        ticking = asyncio.get_running_loop().create_task(tick())
        await asyncio.sleep(0.01)
        wish(runner)
        await runner.idle()
        ticking.cancel()

    gc.collect()
    gc.disable()  # what other tests left behind is not searched meanwhile
    try:
        asyncio.run(main())
    finally:
        gc.enable()
    return max(pauses)


def test_other_tasks_go_on_while_a_preview_is_drawn():
    """Twelve draws of two candidates, each as short as a breath, must not be held in one."""
    assert longest_pause(lambda runner: runner.preview(STUDY, BOTH)) < 0.15


def test_other_tasks_go_on_while_a_full_run_is_simulated():
    assert longest_pause(lambda runner: runner.run(slow_study(), BOTH, 1)) < 0.3


def test_other_tasks_go_on_while_what_is_known_is_shown():
    runner = Watched()
    runner.go(lambda: runner.preview(STUDY, BOTH))

    def again(other):
        other.memory = runner.memory
        other.preview(STUDY, BOTH)

    assert longest_pause(again) < 0.15


def test_a_wish_that_comes_while_short_draws_are_made_is_seen_soon():
    """A key press a moment after another: its picture does not wait for twelve old draws."""
    runner, newer = Watched(), at_rate(STUDY, 1.0)

    async def main():
        runner.preview(STUDY, BOTH)
        await asyncio.sleep(0.001)
        runner.preview(newer, BOTH)
        await runner.idle()

    asyncio.run(main())
    old = [picture.replications for picture in runner.pictures if rate(picture) == 0.5]
    assert old in ([], [1], [1, 1]), "the glimpse, and at most one draw"
