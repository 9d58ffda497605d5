"""The stage that serves: which pool a request goes to, and over which link."""

from collections.abc import Generator, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aisim.language import say
from aisim.scenario.candidate import Burst
from aisim.simulation.link import Link
from aisim.simulation.request import Request
from aisim.simulation.traffic import TrafficFacts

if TYPE_CHECKING:
    from simpy.events import Event


class Rejected(Exception):
    """A request is turned away; the text says why."""


class Failed(Exception):
    """A request was sent in vain and is given up; the text says why."""


class Server(Protocol):
    """What the stage asks of a pool of replicas, and of an external API."""

    @property
    def ready(self) -> Sized:
        """What is up and takes requests."""

    @property
    def waiting(self) -> int:
        """Requests that nothing works on yet."""

    @property
    def starting(self) -> bool:
        """Whether more is on its way."""

    @property
    def on_demand(self) -> bool:
        """Whether it starts when it is asked."""

    @property
    def longest_tokens(self) -> float:
        """Tokens of the longest request that it can serve."""

    @property
    def too_long(self) -> str:
        """What is said of a longer one."""

    def is_full(self, burst: Burst, tokens: int) -> bool:
        """Whether a request of so many tokens should go on to the next."""

    def want_more(self, queue: int) -> None:
        """So many requests wait or spill over."""

    def serve(self, request: Request) -> "Generator[Event, None, None]":
        """Have the request answered."""


@dataclass(frozen=True)
class Choice:
    """A pool or API as the stage sees it: what it serves, what may not go there, the way there."""

    pool: Server
    serves: tuple[str, ...]
    refuses: tuple[str, ...]
    link: Link | None


class Serve:
    """Sends each request to the first pool or API in order that is not full.

    A pool is full when its queue per replica or its KV memory passes the declared threshold; an
    API when it would answer 429, or its queue passes the threshold. Where all are full, the
    request goes to the shortest queue per replica (of an API, that of retries); where none is up,
    to one that will be up soonest: starting, else on demand, else the first. A request whose data
    class a site refuses never goes there.
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
            raise Rejected(pool.too_long)
        if pool.on_demand:
            pool.want_more(pool.waiting + (not pool.ready))
        if choice.link is None:
            return pool.serve(request)
        return self._serve_far(choice.link, pool, request)

    def _serve_far(
        self, link: Link, pool: Server, request: Request
    ) -> "Generator[Event, None, None]":
        yield from link.send(request)
        yield from pool.serve(request)

    def _overflow(self, eligible: list[Choice], tokens: int) -> Choice:
        """The first that is not full; while nothing fits the length, any."""
        choices = [c for c in eligible if tokens <= c.pool.longest_tokens] or eligible
        waiting = 1 + sum(choice.pool.waiting for choice in choices)
        for choice in choices:
            if choice.pool.ready and not choice.pool.is_full(self._burst, tokens):
                return choice
            choice.pool.want_more(waiting)
        up = [choice for choice in choices if choice.pool.ready]
        if up:
            return min(up, key=_queue_per_replica)
        # max keeps the first of equals.
        return max(choices, key=lambda choice: (choice.pool.starting, choice.pool.on_demand))

    def _allowed(self, traffic: TrafficFacts) -> list[Choice]:
        allowed = [
            choice
            for choice in self._choices
            if traffic.service in choice.serves and traffic.data_class not in choice.refuses
        ]
        if not allowed:
            raise Rejected(say("data class refused by every site"))
        return allowed


def _queue_per_replica(choice: Choice) -> float:
    return choice.pool.waiting / len(choice.pool.ready)
