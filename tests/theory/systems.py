"""Pieces of the simulation, each alone and under a stream of work."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np
import simpy

from aisim.simulation.replica import Replica
from aisim.simulation.request import Request
from aisim.workload import stream
from aisim.workload.table import Floats
from tests.reference.strategies import LinearPerf
from tests.theory.replications import SEED

ITERATION_S = 1e-3
WARM_UP = 300


def poisson(replication: int, rate_rps: float, n: int) -> Floats:
    """Times of n arrivals."""
    return np.cumsum(stream(SEED, replication, "arrivals").exponential(1 / rate_rps, n))


def memoryless_tokens(replication: int, mean: float, n: int) -> list[int]:
    """Answers of geometric length: the next token may always be the last."""
    return stream(SEED, replication, "tokens").geometric(1 / mean, n).tolist()


def memoryless_work(replication: int, mean_s: float, n: int) -> Floats:
    """Work of exponential size."""
    return stream(SEED, replication, "work").exponential(mean_s, n)


def two_point_work(replication: int, small_s: float, large_s: float, n: int) -> Floats:
    """Work of two sizes, one in twenty large."""
    large = stream(SEED, replication, "work").random(n) < 0.05
    return np.where(large, large_s, small_s)


def come(env: simpy.Environment, times: Floats, begin: Callable[[int], object]) -> None:
    """Let `begin(i)` happen at each time."""

    def coming() -> Generator[simpy.Event, None, None]:
        for i, time in enumerate(times.tolist()):
            yield env.timeout(time - env.now)
            begin(i)

    env.process(coming())


def steady_replica(env: simpy.Environment, sequences: int = 1) -> Replica:
    """A replica with memory enough, whose every iteration takes ITERATION_S.

    A request of n iterations holds one of `sequences` servers for exactly n * ITERATION_S.
    """
    return Replica(
        env,
        LinearPerf(ITERATION_S, *(0.0,) * 6),
        token_budget=16,
        max_sequences=sequences,
        blocks=10**9,
        block_tokens=16,
    )


@dataclass(frozen=True)
class Times:
    """What the requests met in one replication, those of the warm-up left out."""

    wait_s: Floats
    sojourn_s: Floats


def queue(
    arrivals_s: Floats,
    tokens: Sequence[int],
    *,
    sequences: int = 1,
    replicas: int = 1,
    prompt_tokens: int = 1,
    pick: Callable[[Sequence[Replica]], int] = lambda replicas: 0,
    warm_up: int = WARM_UP,
) -> Times:
    """Serve answers of so many tokens, each by the replica that `pick` chooses."""
    env = simpy.Environment()
    servers = [steady_replica(env, sequences) for _ in range(replicas)]
    requests = [Request(i, prompt_tokens, n) for i, n in enumerate(tokens)]
    come(env, arrivals_s, lambda i: servers[pick(servers)].submit(requests[i]))
    env.run()
    scheduled, last = (
        np.array([getattr(request, field) for request in requests])
        for field in ("scheduled_s", "last_token_s")
    )
    return Times((scheduled - arrivals_s)[warm_up:], (last - arrivals_s)[warm_up:])


def share(
    env: simpy.Environment,
    arrivals_s: Floats,
    start: Callable[[int], simpy.Event],
    warm_up: int = WARM_UP,
) -> Floats:
    """Times from each arrival to the end of the work that `start(i)` begins, after warm-up."""
    ended_s = np.empty(len(arrivals_s))

    def job(i: int) -> Generator[simpy.Event, None, None]:
        yield start(i)
        ended_s[i] = env.now

    come(env, arrivals_s, lambda i: env.process(job(i)))
    env.run()
    return (ended_s - arrivals_s)[warm_up:]
