"""One replica alone: what a benchmark of a serving engine would see."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.simulation.alone import Limits, Served, serve_alone
from tests.reference.replica import serve
from tests.reference.strategies import LinearPerf, limits, linear_perfs, request_lists

THOROUGH = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
#: A client answers at once, though not before the engine has begun its next iteration.
AT_ONCE = Fraction(1, 2**40)


def sixty_fourths(n):
    """The strategies divide by ten; sums of sixty-fourths are exact in floats."""
    return Fraction(10 * n, 64)


def columns(requests):
    sizes = np.array([size for _, *size in requests], dtype=np.int64).reshape(-1, 2)
    return sizes[:, 0], sizes[:, 1]


def fits(request, shape):
    return request[1] + request[2] <= shape["blocks"] * shape["block_tokens"]


@THOROUGH
@given(request_lists(sixty_fourths), linear_perfs(sixty_fourths), limits())
def test_an_open_loop_is_that_of_the_reference(requests, perf, shape):
    outcomes, _ = serve(requests, perf, **shape)
    arrivals = np.array([float(arrival) for arrival, _, _ in requests])
    found = serve_alone(perf.in_floats(), Limits(**shape), *columns(requests), arrival_s=arrivals)
    for i, outcome in enumerate(outcomes):
        times = found.sent_s[i], found.first_s[i], found.last_s[i]
        if outcome.status == "rejected":
            assert np.isnan(times).all()
        else:
            expected = arrivals[i], outcome.first_token_s, outcome.last_token_s
            assert [Fraction(float(time)) for time in times] == list(map(Fraction, expected))


def closed_loop(sizes, perf, shape, clients):
    """By the reference: each next request comes with the end of one that was under way."""
    sent = [Fraction(0)] * min(clients, len(sizes))
    while True:
        requests = [(at, *size) for at, size in zip(sent, sizes, strict=False)]
        outcomes, _ = serve(requests, perf, **shape)
        if len(sent) == len(sizes):
            return sent, outcomes
        ended = sorted(outcome.last_token_s for outcome in outcomes)
        sent.append(ended[len(sent) - clients] + AT_ONCE)


@THOROUGH
@given(
    request_lists(sixty_fourths, max_size=10),
    linear_perfs(sixty_fourths),
    limits(),
    st.integers(1, 5),
)
def test_a_closed_loop_is_that_of_the_reference(requests, perf, shape, clients):
    found = serve_alone(perf.in_floats(), Limits(**shape), *columns(requests), clients=clients)
    served = [fits(request, shape) for request in requests]
    sizes = [request[1:] for request, fit in zip(requests, served, strict=True) if fit]
    sent, outcomes = closed_loop(sizes, perf, shape, clients)
    close = {"abs": 1e-6}
    assert found.sent_s[served] == pytest.approx([float(at) for at in sent], **close)
    for column, name in ((found.first_s, "first_token_s"), (found.last_s, "last_token_s")):
        expected = [float(getattr(outcome, name)) for outcome in outcomes]
        assert column[served] == pytest.approx(expected, **close)
        assert np.isnan(column[[not fit for fit in served]]).all()


def test_a_client_alone_by_hand():
    """Iterations of 1 s and 0.1 s a token: two requests of 3 tokens in and 3 out."""
    zero = Fraction(0)
    perf = LinearPerf(Fraction(1), Fraction(1, 10), zero, zero, zero, zero, zero).in_floats()
    found = serve_alone(perf, Limits(100, 10, 100, 1), np.array([3, 3]), np.array([3, 3]))
    assert found.sent_s == pytest.approx([0, 3.5])
    assert found.ttft_s == pytest.approx([1.3, 1.3])
    assert found.tpot_s == pytest.approx([1.1, 1.1])
    assert found.e2e_s == pytest.approx([3.5, 3.5])


def test_answers_of_one_token_have_no_time_per_further_token():
    served = Served(
        np.array([0.0, 1.0]), np.array([1.0, 3.0]), np.array([1.0, 9.0]), np.array([1, 4])
    )
    assert np.isnan(served.tpot_s[0])
    assert served.tpot_s[1] == 2
    assert served.ttft_s.tolist() == [1, 2]


def test_limits():
    assert Limits(100, 10, 7, 16).kv_tokens == 112


def test_nothing_to_serve():
    none = np.array([], dtype=np.int64)
    zero = Fraction(0)
    perf = LinearPerf(Fraction(1), zero, zero, zero, zero, zero, zero)
    assert len(serve_alone(perf, Limits(100, 10, 7, 16), none, none).sent_s) == 0
