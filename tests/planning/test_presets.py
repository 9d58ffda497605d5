"""The preset studies, as a preview shows them."""

from functools import cache

import pytest

from aisim.planning import Trial, preview_study
from aisim.scenario import load_study
from aisim.workload import draw_requests

PRESETS = (
    "code_completion",
    "customer_chat",
    "personal_data",
    "reasoning",
    "staff_assistant",
    "workstation",
)
#: Enough to tell who keeps the promises.
REQUESTS = 500


@cache
def answers(name):
    """The answers of one draw of a preview, by candidate."""
    study = preview_study(load_study(name), REQUESTS)
    requests = draw_requests(study)
    found = {}
    for candidate in study.candidates:
        trial = Trial(study, candidate, requests, saturate=False)
        list(trial.slices())
        found[candidate] = trial.finish().answer
    return found


def keeps_all(answer):
    """Whether a candidate keeps its promises and its limits."""
    promises = [p for level in answer["service_level"].values() for p in level.values()]
    assert promises
    return all(promise["kept"] for promise in promises) and not answer["broken_limits"]


@pytest.mark.parametrize("name", PRESETS)
def test_a_candidate_keeps_its_promises_and_limits(name):
    assert any(keeps_all(answer) for answer in answers(name).values())


@pytest.mark.parametrize("name", PRESETS)
def test_no_candidate_is_absurd(name):
    """None is overloaded, and the dearest costs less than ten times the cheapest."""
    found = answers(name).values()
    assert not any(answer["overloaded"] for answer in found)
    months = [answer["cost"]["usd_per_month"] for answer in found]
    assert 0 < max(months) < 10 * min(months)


def test_only_the_public_cloud_breaks_the_rule_on_personal_data():
    found = answers("personal_data")
    assert [name for name, answer in found.items() if answer["broken_limits"]] == ["cloud"]
    assert "personal data may reach region" in found["cloud"]["broken_limits"][0]


def test_a_code_completion_by_an_api_comes_too_late():
    found = answers("code_completion")
    assert not keeps_all(found["api"])
    assert keeps_all(found["h100"])
