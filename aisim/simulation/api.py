"""An external API: it answers in times of its own, as long as its rate limits let requests in."""

from collections.abc import Generator
from math import inf
from typing import TYPE_CHECKING

import simpy

from aisim.catalog.api_models import api_model
from aisim.language import say
from aisim.scenario.apis import Api as ApiDeclaration
from aisim.scenario.candidate import Burst
from aisim.simulation.api_times import log_normal, ttft_and_token_s
from aisim.simulation.rate_limits import RateLimits
from aisim.simulation.records import Records
from aisim.simulation.request import Request
from aisim.simulation.serving import Failed
from aisim.workload import stream
from aisim.workload.table import Floats

if TYPE_CHECKING:
    from simpy.events import Event


class Api:
    """Each request has its own time to first token and per token, whatever else is under way.

    The limits on requests and on tokens per minute are token buckets. Input and output tokens
    count when the request is sent, as providers reserve them. A send that one of them has no room
    for gets a 429 at once: the client waits first_wait_s, each time twice as long and up to a half
    more, and sends again; after so many tries the request has failed. The wait is the API's; the
    links to it are crossed once.

    Attributes:
        waiting: requests that wait to be sent again.
        in_flight: requests that are being answered.
        sent: requests that were sent here, each counted once.
        retries: 429s, that of a last try too.
        failed: requests that were given up.
    """

    #: An API starts no machines.
    on_demand = False
    starting = False

    def __init__(
        self,
        env: simpy.Environment,
        name: str,
        number: int,
        *,
        declared: ApiDeclaration,
        provider: str,
        records: Records,
        seed: int,
    ) -> None:
        self.env = env
        self.name = name
        self.declared = declared
        self.provider = provider
        self.waiting = self.in_flight = self.sent = self.retries = self.failed = 0
        self.finished = self.finished_input_tokens = self.finished_output_tokens = 0
        #: Tokens of the longest request that it can serve, and what is said of a longer one.
        self.longest_tokens, self.too_long = _longest(name, declared, provider)
        self._number = number
        self._limits = RateLimits(env, declared.requests_per_minute, declared.tokens_per_minute)
        rows, draw = len(records.table), records.table.replication
        ttft, token, self._backoff_rng = (
            stream(seed, draw, f"api/{name}/{purpose}") for purpose in ("ttft", "token", "backoff")
        )
        ttft_s, token_s = ttft_and_token_s(declared, provider)
        self._ttft_s = log_normal(ttft_s, rows, ttft).data
        self._token_s = log_normal(token_s, rows, token).data
        self._backoffs: list[Floats] = []
        self._records = records

    # --- what the stage asks ----------------------------------------------------------------

    @property
    def ready(self) -> "tuple[Api]":
        """What can take requests: the API, always."""
        return (self,)

    def is_full(self, burst: Burst, tokens: int) -> bool:
        """Whether a request sent now would get a 429, or too many wait to be sent again."""
        if burst.queue is not None and self.waiting > burst.queue:
            return True
        return not self._limits.let_in(tokens)

    def want_more(self, queue: int) -> None:
        """There is no more of it to be had."""

    def serve(self, request: Request) -> "Generator[Event, None, None]":
        """Send the request until it is let in, and wait for its last token."""
        env, row, records = self.env, request.index, self._records
        records.pool[row] = self._number
        self.sent += 1
        yield from self._admission(request)
        began = env.now
        records.dispatched_s[row] = request.scheduled_s = began
        self.in_flight += 1
        yield env.timeout(self._ttft_s[row])
        request.first_token(env.now)
        yield env.timeout((request.output_tokens - 1) * self._token_s[row])
        request.last_token_s = env.now
        self.in_flight -= 1
        records.service_s[self.name][row] = env.now - began
        self.finished += 1
        self.finished_input_tokens += request.input_tokens
        self.finished_output_tokens += request.output_tokens

    # --- rate limits ------------------------------------------------------------------------

    def _admission(self, request: Request) -> "Generator[Event, None, None]":
        """Send until the limits let it in, at most as often as the client tries."""
        began, row, tries = self.env.now, request.index, self.declared.retries.tries
        tokens = request.input_tokens + request.output_tokens
        for retry in range(tries):
            if retry:
                self.waiting += 1
                yield self.env.timeout(self._backoff_s(row, retry))
                self.waiting -= 1
                self._records.wait_s[self.name][row] = self.env.now - began
            if self._limits.let_in(tokens):
                self._limits.count(tokens)
                return
            self.retries += 1
        self.failed += 1
        why = say("429: rate limit of {api} after {tries} tries", api=self.name, tries=tries)
        raise Failed(why)

    def _backoff_s(self, row: int, retry: int) -> float:
        """Seconds before the first retry, the second and so on."""
        # A vector for each: more tries leave the earlier waits as they are.
        while len(self._backoffs) < retry:
            self._backoffs.append(self._backoff_rng.random(len(self._records.table)))
        longer = 1 + float(self._backoffs[retry - 1][row]) / 2
        return self.declared.retries.first_wait_s * 2.0 ** (retry - 1) * longer


def _longest(name: str, declared: ApiDeclaration, provider: str) -> tuple[float, str]:
    """Tokens of the longest request, and what is said of a longer one."""
    context = declared.max_context or api_model(provider, declared.model).context_window or inf
    limit = declared.tokens_per_minute or inf
    if limit < context:
        return limit, say(
            "more tokens than the rate limit of {api} lets in within a minute", api=name
        )
    return context, say("longer than the context of {api}", api=name)
