"""A study with external APIs, from its trials to its tables and charts."""

from dataclasses import replace
from functools import cache
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from aisim.charts.frames import cost_frame, latency_frame, levels_frame, spent_frame
from aisim.charts.latency import latency_summary
from aisim.charts.levels import queue_summary, utilisation_summary
from aisim.planning import Picture, Trial, preview_study
from aisim.report.answer import answer_notes
from aisim.report.table import answer_table
from aisim.scenario import parse_study
from aisim.workload import draw_requests
from tests.scenario.small import put, small

API = {"site": "provider", "model": "gpt-5-mini", "serves": ["chat"], "requests_per_minute": 45}
PROVIDER = {"kind": "api", "provider": "openai"}


def study():
    data = small()
    own = data["candidates"]["site"]
    data["candidates"]["bought"] = {
        "sites": {"provider": PROVIDER},
        "apis": {"gpt": {**API, "retries": {"tries": 3}}},
        "links": own["links"],
        "path": {
            "office": {"kind": "transfer", "link": "wan"},
            "answering": {"kind": "serve", "pools": ["gpt"]},
        },
    }
    put(own, "sites.provider", PROVIDER)
    put(own, "apis.gpt", API)
    put(own, "path.answering", {"kind": "serve", "pools": ["gpt", "llm"]})
    return parse_study(data)


@cache
def picture(preview=False):
    asked = study()
    shown = preview_study(asked) if preview else asked
    outcomes = {}
    for name in shown.candidates:
        trials = [Trial(shown, name, draw_requests(shown, r), saturate=True) for r in range(2)]
        for trial in trials:
            list(trial.slices())
        outcomes[name] = [trial.finish() for trial in trials]
    return Picture(shown, outcomes, 2, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_the_answer_of_an_api_and_of_a_hybrid(preview):
    found = picture(preview).answer["candidates"]
    bought, hybrid = found["bought"], found["site"]
    assert bought["gpus"]["in_machines"]["mean"] == bought["gpus"]["in_replicas"]["mean"] == 0
    assert bought["utilisation"] == {}
    assert bought["saturation_rps"] is None
    assert bought["apis"]["gpt"]["retries"]["mean"] > 0
    assert bought["requests"]["failed"]["mean"] > 0
    assert [n["mean"] > 0 for n in bought["failures"].values()] == [True]
    assert hybrid["apis"]["gpt"]["retries"]["mean"] == 0
    assert 0 < hybrid["apis"]["gpt"]["sent"]["mean"] < hybrid["requests"]["arrived"]["mean"]
    assert hybrid["requests"]["failed"]["mean"] == 0


def test_tables_notes_and_charts_have_it():
    answer = picture().answer
    console = Console(width=200, record=True, file=StringIO())
    console.print(answer_table(answer))
    text = console.export_text()
    assert "0 / 0" in text
    notes = " ".join(answer_notes(answer))
    assert "requests failed: 429: rate limit of gpt after 3 tries" in notes
    assert "does not depend on this load" in notes
    levels = levels_frame(picture(), "minutes")
    of_api = levels[levels["candidate"] == "bought"]
    assert np.isnan(of_api["gpu_busy"].astype(float)).all()
    assert of_api["waiting"].max() > 0
    assert "bought no replica is up" in utilisation_summary(levels)
    assert "bought" in queue_summary(levels, "minutes")
    assert "bought" in latency_summary(latency_frame(picture(), "ttft_s"), "TTFT")
    assert set(spent_frame(picture())["component"]) >= {"gpt", "llm", "wan"}
    assert len(cost_frame(picture()))


def test_an_overloaded_api_is_said_by_its_failures():
    """45 of 60 a minute are let in: the rest fails, and nothing piles up."""
    of_api = picture().outcomes["bought"]
    assert replace(picture(), outcomes={"bought": of_api}).state("bought") == "sound"
    assert max(outcome.answer["slo_attainment"] for outcome in of_api) < 0.95
