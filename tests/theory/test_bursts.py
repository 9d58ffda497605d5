"""Arrivals of a declared burstiness before one memoryless server: a G/M/1 of the textbook."""

import pytest

from aisim.scenario.workload import PoissonArrivals
from aisim.workload import arrivals, stream
from aisim.workload.table import Floats
from tests.theory import queueing as theory
from tests.theory.replications import SEED, assert_tells, replicate
from tests.theory.systems import ITERATION_S, memoryless_tokens, queue

TOKENS = 1000
SERVICE_S = TOKENS * ITERATION_S
RATE_RPS = 0.7
LOAD = RATE_RPS * SERVICE_S
HORIZON_S = 10_000 / RATE_RPS


def declared(replication: int, burstiness: float) -> Floats:
    """Arrivals as a study declares them."""
    traffic = PoissonArrivals(rate_rps=RATE_RPS, burstiness=burstiness)
    return arrivals.poisson(traffic, HORIZON_S, stream(SEED, replication, "arrivals"))


@pytest.mark.parametrize("burstiness", [0.1, 4.0])
def test_gamma_m1_wait(burstiness):
    def wait_s(i: int) -> float:
        times = declared(i, burstiness)
        return queue(times, memoryless_tokens(i, TOKENS, len(times))).wait_s.mean()

    truth = theory.gamma_m1_wait_s(RATE_RPS, burstiness, SERVICE_S)
    assert_tells(
        replicate(wait_s),
        truth,
        poisson=theory.mm1_wait_s(RATE_RPS, SERVICE_S),
        no_waiting=0.0,
        root_of_the_burstiness=theory.gamma_m1_wait_s(RATE_RPS, burstiness**0.5, SERVICE_S),
        work_at_a_random_time=LOAD * (truth + SERVICE_S),
    )
