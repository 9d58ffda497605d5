"""A candidate on one draw, slice by slice, and what is kept of it."""

import pickle

import numpy as np
import pytest

from aisim.planning import Trial, compare
from aisim.results import SHARES
from aisim.scenario import InvalidStudy, parse_study
from aisim.workload import draw_requests
from tests.small import small_data, small_study

STUDY = small_study(horizon_s=600)
REQUESTS = draw_requests(STUDY)


def trial(name="rented", saturate=False, study=STUDY, requests=REQUESTS):
    return Trial(study, name, requests, saturate=saturate)


@pytest.fixture(scope="module")
def whole():
    """A trial that is through, and its outcome."""
    done = trial(saturate=True)
    shares = list(done.slices())
    return shares, done.finish()


def test_a_trial_is_what_compare_gives(whole):
    _, outcome = whole
    comparison = compare(STUDY)
    assert outcome.answer == comparison.answer()["candidates"]["rented"]
    assert outcome.represents == comparison.runs["rented"].represents
    assert (outcome.candidate, outcome.replication) == ("rented", 0)


def test_without_saturation_all_else_is_the_same(whole):
    _, outcome = whole
    quick = trial()
    list(quick.slices())
    assert quick.finish().answer == outcome.answer | {"saturation_rps": None}


def test_shares_rise_to_the_end(whole):
    shares, _ = whole
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.2
    assert shares[-1] == pytest.approx(1.0)
    quick = list(trial().slices())
    assert quick == sorted(quick)
    assert quick[-1] == 1.0


@pytest.mark.parametrize("slices", [0, 1, 3, 12])
def test_it_can_be_stopped_after_any_slice(slices):
    stopped = trial(saturate=True)
    for number, _ in enumerate(stopped.slices(), 1):
        if number > slices:
            break
    outcome = stopped.finish()
    assert outcome.answer["partial"]
    assert outcome.answer["requests"]["arrived"] < len(REQUESTS)
    assert outcome.answer["saturation_rps"] is None


def test_a_trial_that_never_began_has_an_outcome():
    outcome = trial().finish()
    assert outcome.answer["partial"]
    assert outcome.answer["cost"]["usd_per_month"] is None
    assert len(outcome.levels) == 0
    assert len(outcome.spent) == 0
    assert np.isnan(outcome.quantiles["ttft_s"]).all()


def test_a_stop_in_the_search_for_saturation_is_partial():
    """All requests are through; the figure that is missing has not been sought to its end."""
    stopped = trial(saturate=True)
    for done in stopped.slices():
        if done > 0.9:
            break
    outcome = stopped.finish()
    assert outcome.answer["saturation_rps"] is None
    assert outcome.answer["partial"]


def test_an_outcome_is_small_and_goes_between_processes(whole):
    _, outcome = whole
    again = pickle.loads(pickle.dumps(outcome))
    assert again.answer == outcome.answer
    assert again.levels.equals(outcome.levels)
    assert len(pickle.dumps(outcome)) < 50_000
    assert {len(values) for values in outcome.quantiles.values()} == {len(SHARES)}


def test_a_pool_that_does_not_fit_is_a_fault():
    data = small_data()
    data["candidates"]["rented"]["pools"]["pool"]["replicas"] = 9
    with pytest.raises(InvalidStudy, match="do not fit"):
        trial(study=parse_study(data))
