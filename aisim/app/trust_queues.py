"""One replica whose iterations all last the same is a queue of the textbook."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import factorial

import numpy as np

from aisim.app.check import WIDE_LEVEL, Check, exact, verdict_of
from aisim.language import mark
from aisim.results import mean_interval
from aisim.simulation.alone import Limits, serve_alone
from aisim.workload import stream
from aisim.workload.table import Floats, Ints

REPLICATIONS, REQUESTS, WARM_UP = 50, 800, 150
ITERATION_S, TOKENS, LOAD = 1e-3, 1000, 0.7
SERVICE_S = TOKENS * ITERATION_S
BLOCK_TOKENS, PLENTY = 16, 10**9


@dataclass(frozen=True)
class LinearTime:
    """Iterations of a fixed time, and so much more for each token and each cached token.

    As `aisim.simulation.iteration_model` asks for it.
    """

    base_s: float
    token_s: float = 0.0
    decode_kv_s: float = 0.0
    mixed_kv_s: float = 0.0
    decode_local_kv_s: float = 0.0
    mixed_local_kv_s: float = 0.0
    window: None = None

    def tokens_s(self, n: int) -> float:
        """Of an iteration of n tokens."""
        return self.base_s + n * self.token_s

    def mixed_tokens_s(self, n: int) -> float:
        """The same where prompts are among them."""
        return self.tokens_s(n)

    def prompt_s(self, new: int, context: int) -> float:
        """Nothing more for a prompt."""
        return 0.0


@dataclass(frozen=True)
class Queue:
    """A queue with a formula for its mean wait.

    Attributes:
        what: in English, as a sentence.
        servers: sequences at once.
        is_even: whether all answers are of one length; else of memoryless ones.
        wait_s: by the formula.
    """

    what: str
    servers: int
    is_even: bool
    wait_s: float


def mm1_wait_s(load: float, service_s: float) -> float:
    """Mean wait in M/M/1: rho S / (1 - rho)."""
    return load * service_s / (1 - load)


def mmc_wait_s(servers: int, load: float, service_s: float) -> float:
    """Mean wait in M/M/c, by Erlang's C; `load` is that of each server."""
    offered = servers * load
    terms = [offered**n / factorial(n) for n in range(servers)]
    full = offered**servers / factorial(servers) / (1 - load)
    return full / (sum(terms) + full) * service_s / (servers * (1 - load))


QUEUES = (
    Queue(mark("M/M/1: mean wait for one server at load 0.7, answers of random length"),
          1, False, mm1_wait_s(LOAD, SERVICE_S)),
    Queue(mark("M/D/1: the same, answers of one length"),
          1, True, mm1_wait_s(LOAD, SERVICE_S) / 2),
    Queue(mark("M/M/4: mean wait for one of four servers at load 0.7, random lengths"),
          4, False, mmc_wait_s(4, LOAD, SERVICE_S)),
)  # fmt: skip

STEPPED = mark("Continuous batching: farthest end of 60 answers from a count of every iteration")


def queue_check(queue: Queue, seed: int, found: Callable[[Check], None]) -> Iterator[float]:
    """Simulate replications and hold their mean wait against the formula.

    Args:
        queue: what to simulate.
        seed: of arrivals and lengths.
        found: takes the check at the end.

    Yields:
        the share of the replications that are done.
    """
    waits = []
    for i in range(REPLICATIONS):
        waits.append(_mean_wait_s(queue, seed, i))
        yield (i + 1) / REPLICATIONS
    interval = mean_interval(waits)
    verdict = verdict_of(queue.wait_s, interval, mean_interval(waits, WIDE_LEVEL))
    found(Check(queue.what, queue.wait_s, interval, "s", ".3f", verdict))


def _mean_wait_s(queue: Queue, seed: int, replication: int) -> float:
    rng = stream(seed, replication, queue.what)
    arrival_s = _arrivals(rng, LOAD * queue.servers / SERVICE_S, REQUESTS)
    tokens = np.full(REQUESTS, TOKENS)
    if not queue.is_even:
        tokens = rng.geometric(1 / TOKENS, REQUESTS)
    served = serve_alone(
        LinearTime(ITERATION_S),
        Limits(BLOCK_TOKENS, queue.servers, PLENTY, BLOCK_TOKENS),
        np.ones(REQUESTS, dtype=np.int64),
        tokens,
        arrival_s=arrival_s,
    )
    # The first token comes with the first iteration of the service.
    return float((served.ttft_s - ITERATION_S)[WARM_UP:].mean())


def _arrivals(rng: np.random.Generator, rate_rps: float, n: int) -> Floats:
    gaps: Floats = rng.exponential(1 / rate_rps, n)
    return np.cumsum(gaps)


def stepped_check(seed: int, found: Callable[[Check], None]) -> Iterator[float]:
    """Hold the replica, which jumps from change to change, against one iteration after another."""
    n, sequences, time = 60, 4, LinearTime(0.01, 0.002, 1e-5, 2e-5)
    rng = stream(seed, 0, STEPPED)
    arrival_s = _arrivals(rng, 4.0, n)
    prompts, answers = rng.integers(5, 50, n), rng.integers(1, 40, n)
    limits = Limits(1000, sequences, PLENTY, BLOCK_TOKENS)
    served = serve_alone(time, limits, prompts, answers, arrival_s=arrival_s)
    yield 0.5
    plain_s = plain_end_s(time, sequences, arrival_s, prompts, answers)
    apart_s = float(np.abs(served.last_s - plain_s).max())
    found(exact(STEPPED, 0.0, apart_s, "s", ".2g"))
    yield 1.0


def plain_end_s(
    time: LinearTime, sequences: int, arrival_s: Floats, prompts: Ints, answers: Ints
) -> Floats:
    """When each answer ends, counted iteration by iteration, with memory for all.

    In each iteration those who run make a token; who has come takes a free place, first come
    first served, and computes its whole prompt, which makes its first token.
    """
    made, end_s = np.zeros(len(answers), dtype=np.int64), np.zeros(len(answers))
    to_come, running, now_s = deque(range(len(answers))), list[int](), 0.0
    while to_come or running:
        if not running:
            now_s = max(now_s, float(arrival_s[to_come[0]]))
        new = list[int]()
        while to_come and arrival_s[to_come[0]] <= now_s and len(running + new) < sequences:
            new.append(to_come.popleft())
        tokens = len(running) + int(prompts[new].sum())
        cached = int((prompts[running] + made[running]).sum()) - len(running)
        kv_s = time.mixed_kv_s if new else time.decode_kv_s
        now_s += time.tokens_s(tokens) + cached * kv_s
        running += new
        made[running] += 1
        end_s[running] = now_s
        running = [i for i in running if made[i] < answers[i]]
    return end_s
