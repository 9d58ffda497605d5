"""The studies that ship: whole, described, with named sources and promises."""

import re

import pytest

from aisim.scenario import dump_study, load_study, read_study, shipped_studies
from aisim.scenario.files import study_path

PRESETS = (
    "code_completion",
    "customer_chat",
    "personal_data",
    "reasoning",
    "staff_assistant",
    "workstation",
)
#: Publications that the lengths of prompts and answers come from.
SOURCES = re.compile("azure|mlperf|mooncake", re.IGNORECASE)
MOST_CHARACTERS = 300


def workload_text(name):
    """The workload as it is written, comments too."""
    text = study_path(name).read_text(encoding="utf-8")
    return text[text.index("\nworkload:") : text.index("\ncandidates:")]


def test_the_presets_ship():
    assert set(PRESETS) <= set(shipped_studies())


@pytest.mark.parametrize("name", shipped_studies())
def test_a_study_is_whole(name):
    study = load_study(name)
    assert study.name == name
    assert read_study(dump_study(study)) == study
    assert SOURCES.search(workload_text(name))
    assert study.description
    assert all(candidate.description for candidate in study.candidates.values())
    assert all(t.service_level.ttft_s for t in study.workload.traffic.values())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_brief_and_offers_a_choice(name):
    study = load_study(name)
    assert 2 <= len(study.candidates) <= 4
    for words in (study.description, *(c.description for c in study.candidates.values())):
        assert len(words) < MOST_CHARACTERS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_what_is_an_estimate(name):
    """No source tells how often the planner's people ask."""
    assert "an estimate" in workload_text(name)
