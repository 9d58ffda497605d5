"""Do 95 % intervals hold the truth 95 % of the time?

200 small studies of M/M/1 at load 0.5, each of five replications of 500 requests on a replica;
the first 50 requests are warm-up.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest

from aisim.results import mean_interval
from aisim.workload.table import Floats
from tests.theory import queueing as theory
from tests.theory.replications import LEVEL, assert_tells
from tests.theory.systems import ITERATION_S, memoryless_tokens, poisson, queue

STUDIES, REPLICATIONS, WARM_UP, N = 200, 5, 50, 500
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
    """The first requests in an empty system are quick; those after the warm-up no longer are."""
    begin, after, kept = (
        mean_interval(sojourns_s[:, part].mean(axis=1), LEVEL)
        for part in (slice(10), slice(WARM_UP, WARM_UP + 100), slice(WARM_UP, None))
    )
    assert begin.high < TRUTH_S
    assert_tells(after, TRUTH_S, without_warm_up=begin.mean)
    assert_tells(kept, TRUTH_S, without_warm_up=begin.mean)


def test_intervals_hold_the_truth_as_often_as_they_say(sojourns_s):
    means = sojourns_s[:, WARM_UP:].mean(axis=1).reshape(STUDIES, REPLICATIONS)
    held = coverage([mean_interval(study)[1:] for study in means])
    assert 0.92 <= held <= 0.98


def test_normal_quantiles_for_students_would_be_noticed(sojourns_s):
    means = sojourns_s[:, WARM_UP:].mean(axis=1).reshape(STUDIES, REPLICATIONS)
    half = NormalDist().inv_cdf(0.975) * means.std(axis=1, ddof=1) / sqrt(REPLICATIONS)
    centre = means.mean(axis=1)
    assert coverage(list(zip(centre - half, centre + half, strict=True))) < 0.92


def test_intervals_over_the_requests_of_one_run_would_be_noticed(sojourns_s):
    """Requests of one run depend on each other: such an interval is far too narrow."""
    naive = [mean_interval(run)[1:] for run in sojourns_s[:STUDIES, WARM_UP:]]
    assert coverage(naive) < 0.6
