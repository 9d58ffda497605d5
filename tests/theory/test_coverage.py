"""Do 95 % intervals hold the truth 95 % of the time?

200 small studies of M/M/1 at load 0.5, each of five replications of 600 requests on a replica;
the first 50 requests are warm-up.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest

from aisim.results import mean_interval
from tests.theory import queueing as theory
from tests.theory.replications import LEVEL, assert_tells
from tests.theory.systems import ITERATION_S, Floats, memoryless_tokens, poisson, queue

STUDIES, REPLICATIONS, WARM_UP, N = 200, 5, 50, 600
TOKENS = 1000
SERVICE_S = TOKENS * ITERATION_S
TRUTH_S = theory.mm1_wait_s(0.5, SERVICE_S) + SERVICE_S


@pytest.fixture(scope="module")
def sojourns_s() -> Floats:
    """Times of all requests, warm-up included: one row a replication, of all studies."""
    n = WARM_UP + N
    return np.array(
        [
            queue(poisson(i, 0.5, n), memoryless_tokens(i, TOKENS, n), warm_up=0).sojourn_s
            for i in range(STUDIES * REPLICATIONS)
        ]
    )


def coverage(intervals: Sequence[tuple[float, float]]) -> float:
    """Share of the intervals that hold the truth."""
    return float(np.mean([low < TRUTH_S < high for low, high in intervals]))


def test_warm_up_suffices(sojourns_s):
    """The requests right after it are as slow as theory says; those in it are not yet."""
    first = mean_interval(sojourns_s[:, WARM_UP : 2 * WARM_UP].mean(axis=1), LEVEL)
    assert_tells(first, TRUTH_S, without_warm_up=sojourns_s[:, :WARM_UP].mean())
    kept = mean_interval(sojourns_s[:, WARM_UP:].mean(axis=1), LEVEL)
    assert kept.low < TRUTH_S < kept.high


def test_intervals_hold_the_truth_as_often_as_they_say(sojourns_s):
    means = sojourns_s[:, WARM_UP:].mean(axis=1).reshape(STUDIES, REPLICATIONS)
    assert 0.92 <= coverage([mean_interval(study)[1:] for study in means]) <= 0.98


def test_normal_quantiles_for_students_would_be_noticed(sojourns_s):
    means = sojourns_s[:, WARM_UP:].mean(axis=1).reshape(STUDIES, REPLICATIONS)
    half = NormalDist().inv_cdf(0.975) * means.std(axis=1, ddof=1) / sqrt(REPLICATIONS)
    centre = means.mean(axis=1)
    assert coverage(list(zip(centre - half, centre + half, strict=True))) < 0.92


def test_intervals_over_the_requests_of_one_run_would_be_noticed(sojourns_s):
    """Requests of one run depend on each other: such an interval is far too narrow."""
    naive = [mean_interval(run)[1:] for run in sojourns_s[:STUDIES, WARM_UP:]]
    assert coverage(naive) < 0.6
