"""Balancers over replicas of one sequence each: order, and theory where there is one."""

from aisim.simulation.balancer import balancer
from aisim.workload import stream
from tests.theory import queueing as theory
from tests.theory.replications import SEED, assert_tells, replicate, replicate_all
from tests.theory.systems import ITERATION_S, Times, memoryless_tokens, poisson, queue

TOKENS = 1000
SERVICE_S = TOKENS * ITERATION_S
LOAD = 0.8


def balanced(name: str, i: int, replicas: int, n: int, warm_up: int) -> Times:
    """One replication of memoryless work on so many replicas."""
    return queue(
        poisson(i, LOAD * replicas / SERVICE_S, n),
        memoryless_tokens(i, TOKENS, n),
        replicas=replicas,
        pick=balancer(name, stream(SEED, i, "balancer")),
        warm_up=warm_up,
    )


def test_round_robin_is_a_queue_of_even_arrivals():
    rate = LOAD * 4 / SERVICE_S
    assert_tells(
        replicate(lambda i: balanced("round_robin", i, 4, 4000, 300).wait_s.mean()),
        theory.em1_wait_s(4, rate, SERVICE_S),
        random_choice=theory.mm1_wait_s(rate / 4, SERVICE_S),
        one_queue_for_all=theory.mmc_wait_s(4, rate, SERVICE_S),
        evenly_spaced=theory.em1_wait_s(100, rate * 25, SERVICE_S),
    )


def test_who_looks_at_more_queues_waits_less():
    """Least outstanding < power of two < round robin, and none beats a single queue."""

    def differences(i: int) -> tuple[float, float, float]:
        turn, two, least = (
            balanced(name, i, 4, 2000, 300).wait_s.mean()
            for name in ("round_robin", "power_of_two", "least_outstanding")
        )
        single = theory.mmc_wait_s(4, LOAD * 4 / SERVICE_S, SERVICE_S)
        return turn - two, two - least, least - single

    for difference in replicate_all(differences):
        assert difference.low > 0


def test_power_of_two_choices():
    """Of many replicas; fifty differ from infinitely many by about a hundredth."""

    def sojourn_s(i: int) -> float:
        return balanced("power_of_two", i, 50, 10_000, 3000).sojourn_s.mean()

    assert_tells(
        replicate(sojourn_s, replications=10),
        theory.power_of_two_sojourn_s(LOAD, SERVICE_S),
        one_choice=SERVICE_S / (1 - LOAD),
        all_choices=SERVICE_S,
        three_choices=SERVICE_S * sum(LOAD ** ((3**i - 3) / 2) for i in range(1, 8)),
    )
