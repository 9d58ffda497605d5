"""The stage that serves: which pool a request goes to, and over which link."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aisim.scenario.candidate import Burst
from aisim.simulation.link import Link
from aisim.simulation.pool import Pool
from aisim.simulation.request import Request
from aisim.simulation.traffic import TrafficFacts

if TYPE_CHECKING:
    from simpy.events import Event


class Rejected(Exception):
    """A request is turned away; the text says why."""


@dataclass(frozen=True)
class Choice:
    """A pool as the stage sees it: whom it serves, what may not go there, how it is reached."""

    pool: Pool
    serves: tuple[str, ...]
    refuses: tuple[str, ...]
    link: Link | None


class Serve:
    """Sends each request to the first pool in order that is not full.

    A pool is full when its queue per replica or its KV memory passes the declared threshold. Where
    all are full, the request goes to the shortest queue per replica; where none is up, to one that
    will be up soonest: starting, else on demand, else the first. A request whose data class a site
    refuses never goes there.
    """

    def __init__(self, choices: list[Choice], burst: Burst) -> None:
        self._choices = choices
        self._burst = burst
        self._eligible: dict[TrafficFacts, list[Choice]] = {}

    def serve(self, request: Request) -> "Generator[Event, None, None]":
        """Have the request answered."""
        eligible = self._eligible.get(request.traffic)
        if eligible is None:
            eligible = self._eligible[request.traffic] = self._allowed(request.traffic)
        tokens = request.input_tokens + request.output_tokens
        choice = eligible[0] if len(eligible) == 1 else self._overflow(eligible, tokens)
        pool = choice.pool
        if tokens > pool.longest_tokens:
            raise Rejected("longer than the model's context or the KV cache")
        if pool.on_demand:
            pool.want_more(pool.waiting + (not pool.ready))
        if choice.link is None:
            return pool.serve(request)
        return self._serve_far(choice.link, pool, request)

    def _serve_far(
        self, link: Link, pool: Pool, request: Request
    ) -> "Generator[Event, None, None]":
        yield from link.send(request)
        yield from pool.serve(request)

    def _overflow(self, eligible: list[Choice], tokens: int) -> Choice:
        """The first that is not full; while nothing fits the length, any."""
        choices = [c for c in eligible if tokens <= c.pool.longest_tokens] or eligible
        waiting = 1 + sum(choice.pool.waiting for choice in choices)
        for choice in choices:
            if choice.pool.ready and not self._full(choice.pool):
                return choice
            choice.pool.want_more(waiting)
        up = [choice for choice in choices if choice.pool.ready]
        if up:
            return min(up, key=_queue_per_replica)
        # max keeps the first of equals.
        return max(choices, key=lambda choice: (choice.pool.starting, choice.pool.on_demand))

    def _full(self, pool: Pool) -> bool:
        burst = self._burst
        if burst.queue is not None and pool.waiting > burst.queue * len(pool.ready):
            return True
        return burst.utilisation is not None and pool.kv_share() > burst.utilisation

    def _allowed(self, traffic: TrafficFacts) -> list[Choice]:
        allowed = [
            choice
            for choice in self._choices
            if traffic.service in choice.serves and traffic.data_class not in choice.refuses
        ]
        if not allowed:
            raise Rejected("data class refused by every site")
        return allowed


def _queue_per_replica(choice: Choice) -> float:
    return choice.pool.waiting / len(choice.pool.ready)
