"""Slices: short whatever the study, equal in number every time, and without an effect."""

import time
from importlib import import_module

import pytest

from aisim.scenario import parse_study
from aisim.simulation import Simulation
from aisim.workload import draw_requests
from tests.app.wide import wide_study
from tests.small import small_data

STUDY = wide_study()


def long_prompts():
    """Eight prompts of 30,000 tokens, one token in each iteration: 240,000 events."""
    data = small_data()
    chat = data["workload"]["traffic"]["chat"]
    chat["sizes"] |= {"input_tokens": 30_000}
    chat["arrivals"]["rate_rps"] = 0.0005
    data["candidates"]["rented"]["pools"]["pool"] |= {"token_budget": 1, "max_sequences": 1}
    data["run"] |= {"horizon_s": 16_000, "warm_up_s": 0}
    return parse_study(data)


def simulation(study):
    return Simulation(study.candidates["rented"], draw_requests(study), study.run.seed)


def test_a_slice_is_short_and_progress_rises():
    shares, pauses, last = [], [], time.thread_time()
    for done in simulation(long_prompts()).slices():
        now = time.thread_time()
        pauses.append(now - last)
        shares.append(done)
        last = now
    assert sum(pauses) > 10 * 0.02, "long enough to tell"
    assert sorted(pauses)[-3] < 0.02, "but for a pause of the machine"
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len({share for share in shares if share < 1.0}) > 100


@pytest.mark.parametrize("events", [1, 7])
def test_how_it_is_sliced_changes_nothing_and_a_run_is_whole_after_each(events, monkeypatch):
    whole = simulation(STUDY)
    count = len(list(whole.slices()))
    monkeypatch.setattr(import_module("aisim.simulation.steps"), "STEPS", events)
    sliced = simulation(STUDY)
    number = 0
    for number, _ in enumerate(sliced.slices(), 1):
        if number % (2_000 // events) == 0:
            sliced.finish()
    assert number > 10 * count
    first, second = whole.finish(), sliced.finish()
    assert first.requests.equals(second.requests)
    assert first.usage.equals(second.usage)
    assert first.series.equals(second.series)
    assert (first.end_s, first.iterations) == (second.end_s, second.iterations)


def test_slices_are_as_many_every_time():
    assert len({len(list(simulation(STUDY).slices())) for _ in range(2)}) == 1
