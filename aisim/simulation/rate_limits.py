"""The rate limits of an account with an external API."""

import simpy

MINUTE_S = 60.0
#: Rounding of the level, as a share of the capacity.
ROUNDING = 1e-9


class TokenBucket:
    """Holds at most what the limit allows in a minute, is full at first, and fills continuously.

    So a minute may see twice the limit, once, after a minute without use; a longer time sees no
    more than the limit.
    """

    def __init__(self, env: simpy.Environment, per_minute: float) -> None:
        self._env = env
        self._capacity = float(per_minute)
        self._level = self._capacity
        self._at_s = env.now

    def holds(self, amount: float) -> bool:
        """Whether so much can be taken now."""
        return self._now() >= amount - ROUNDING * self._capacity

    def take(self, amount: float) -> None:
        """Take what it holds."""
        self._level = max(self._now() - amount, 0.0)
        self._at_s = self._env.now

    def _now(self) -> float:
        filled = (self._env.now - self._at_s) * self._capacity / MINUTE_S
        return min(self._level + filled, self._capacity)


class RateLimits:
    """Requests and tokens per minute; a limit that is None limits nothing."""

    def __init__(
        self, env: simpy.Environment, requests: float | None, tokens: float | None
    ) -> None:
        self._requests = None if requests is None else TokenBucket(env, requests)
        self._tokens = None if tokens is None else TokenBucket(env, tokens)

    def let_in(self, tokens: int) -> bool:
        """Whether a request of so many tokens would be let in now."""
        if self._requests is not None and not self._requests.holds(1):
            return False
        return self._tokens is None or self._tokens.holds(tokens)

    def count(self, tokens: int) -> None:
        """Count a request that was let in."""
        if self._requests is not None:
            self._requests.take(1)
        if self._tokens is not None:
            self._tokens.take(tokens)
