"""The rate at which one replica alone saturates, and what it does then."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import simpy

from aisim.simulation.alone import Limits
from aisim.simulation.iteration_model import IterationModel
from aisim.simulation.replica import Replica
from aisim.simulation.request import Request
from aisim.simulation.saturation import ROUNDS

if TYPE_CHECKING:
    from simpy.events import Event

LEAST_COMPLETIONS = 400


@dataclass(frozen=True, slots=True)
class Saturated:
    """A replica under a backlog that never ends.

    Attributes:
        rps: Completions per second.
        prefill_share: Share of its time in iterations that hold prompt chunks.
        decode_sequences: Mean sequences in an iteration of decodes alone, None without any.
    """

    rps: float
    prefill_share: float
    decode_sequences: float | None


def saturate_alone(
    time: IterationModel,
    limits: Limits,
    input_tokens: int,
    output_tokens: int,
    clients: int | None = None,
) -> Saturated | None:
    """Return what one replica does when more clients ask than it holds; None where none fits.

    A closed loop of clients that never think, all requests alike. The rate is that between the
    first round, in which everything comes at once, and the last request that is sent.

    Args:
        time: How long iterations take.
        limits: What bounds the replica.
        input_tokens: Of each request.
        output_tokens: Of each request.
        clients: That ask; None: a quarter more than the replica holds, and eight.
    """
    if input_tokens + output_tokens > limits.kv_tokens:
        return None
    if clients is None:
        held = min(limits.max_sequences, limits.kv_tokens / (input_tokens + output_tokens / 2))
        clients = int(1.25 * held) + 8
    if clients < 1:
        return None
    loop = _Loop(time, limits, clients, clients + max(ROUNDS * clients, LEAST_COMPLETIONS))
    return loop.run(input_tokens, output_tokens)


class _Loop:
    """Clients around one replica, and its meters after the first round and at the end."""

    def __init__(self, time: IterationModel, limits: Limits, clients: int, wanted: int) -> None:
        self._env = env = simpy.Environment()
        self._replica = Replica(
            env,
            time,
            token_budget=limits.token_budget,
            max_sequences=limits.max_sequences,
            blocks=limits.blocks,
            block_tokens=limits.block_tokens,
        )
        self._clients, self._wanted = clients, wanted
        self._ends_s: list[float] = []
        self._phases: list[tuple[float, float, float]] = []
        self._through = env.event()

    def run(self, input_tokens: int, output_tokens: int) -> Saturated | None:
        for index in range(self._clients):
            self._env.process(self._client(index, input_tokens, output_tokens))
        self._env.run(until=self._through)
        begin_s, end_s = self._ends_s[self._clients - 1], self._ends_s[-1]
        if end_s <= begin_s:
            return None
        counted = np.array(self._ends_s[self._clients - 1 :]) - begin_s
        slope, _ = np.polyfit(counted, np.arange(len(counted)), 1)
        first, last = self._phases
        prefill_s, decode_s, sequence_s = (b - a for a, b in zip(first, last, strict=True))
        return Saturated(
            rps=float(slope),
            prefill_share=float(prefill_s / (prefill_s + decode_s)),
            decode_sequences=float(sequence_s / decode_s) if decode_s > 0 else None,
        )

    def _client(
        self, index: int, input_tokens: int, output_tokens: int
    ) -> "Generator[Event, None, None]":
        while True:
            request = Request(index, input_tokens, output_tokens)
            request.done = self._env.event()
            self._replica.submit(request)
            yield request.done
            self._ends_s.append(self._env.now)
            if len(self._ends_s) == self._clients:
                self._phases.append(self._replica.phases())
            if len(self._ends_s) == self._wanted:
                self._phases.append(self._replica.phases())
                self._through.succeed()
                return
