"""One replica alone, without links or storage: what benchmarks of serving engines measure."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import simpy

from aisim.simulation.iteration_model import IterationModel
from aisim.simulation.replica import Replica
from aisim.simulation.request import Request
from aisim.workload.table import Floats, Ints

if TYPE_CHECKING:
    from simpy.events import Event


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a replica: tokens of an iteration, sequences at once, blocks of KV cache."""

    token_budget: int
    max_sequences: int
    blocks: int
    block_tokens: int

    @property
    def kv_tokens(self) -> int:
        """Tokens that the KV cache can hold."""
        return self.blocks * self.block_tokens


@dataclass(frozen=True, slots=True)
class Served:
    """When each request was sent, got its first and its last token; seconds; nan if rejected."""

    sent_s: Floats
    first_s: Floats
    last_s: Floats
    output_tokens: Ints

    @property
    def ttft_s(self) -> Floats:
        """Time to first token."""
        return self.first_s - self.sent_s

    @property
    def e2e_s(self) -> Floats:
        """Time from sending to the last token."""
        return self.last_s - self.sent_s

    @property
    def tpot_s(self) -> Floats:
        """Time per output token after the first; nan for answers of one token."""
        after = np.where(self.output_tokens > 1, self.output_tokens - 1.0, np.nan)
        return (self.last_s - self.first_s) / after


def serve_alone(
    time: IterationModel,
    limits: Limits,
    input_tokens: Ints,
    output_tokens: Ints,
    *,
    arrival_s: Floats | None = None,
    clients: int = 1,
) -> Served:
    """Send requests to one replica and return when they were served.

    Args:
        time: How long iterations take.
        limits: What bounds the replica.
        input_tokens: Of each request.
        output_tokens: Of each request.
        arrival_s: When each is sent (open loop); None: a closed loop.
        clients: Of a closed loop: each sends its next request when the last is answered.
    """
    env = simpy.Environment()
    replica = Replica(
        env,
        time,
        token_budget=limits.token_budget,
        max_sequences=limits.max_sequences,
        blocks=limits.blocks,
        block_tokens=limits.block_tokens,
    )
    sizes = zip(input_tokens.tolist(), output_tokens.tolist(), strict=True)
    requests = [Request(i, *size) for i, size in enumerate(sizes)]
    sent_s = np.full(len(requests), np.nan)
    fitting = [r for r in requests if r.input_tokens + r.output_tokens <= limits.kv_tokens]
    if arrival_s is not None:
        env.process(_arrive(env, replica, fitting, arrival_s, sent_s))
    else:
        queue = iter(fitting)
        for _ in range(min(clients, len(fitting))):
            env.process(_client(env, replica, queue, sent_s))
    env.run()
    first = np.array([_or_nan(r.first_token_s) for r in requests])
    last = np.array([_or_nan(r.last_token_s) for r in requests])
    return Served(sent_s, first, last, output_tokens)


def _or_nan(seconds: float | None) -> float:
    return np.nan if seconds is None else seconds


def _arrive(
    env: simpy.Environment,
    replica: Replica,
    requests: list[Request],
    arrival_s: Floats,
    sent_s: Floats,
) -> "Generator[Event, None, None]":
    for request in requests:
        delay_s = float(arrival_s[request.index]) - env.now
        if delay_s > 0:
            yield env.timeout(delay_s)
        sent_s[request.index] = env.now
        replica.submit(request)


def _client(
    env: simpy.Environment,
    replica: Replica,
    queue: Iterator[Request],
    sent_s: Floats,
) -> "Generator[Event, None, None]":
    for request in queue:
        sent_s[request.index] = env.now
        request.done = env.event()
        replica.submit(request)
        yield request.done
