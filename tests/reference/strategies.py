"""Hypothesis strategies for a replica: limits that run short, requests and times that collide.

Times lie on a grid of tenths, so that arrivals at the very boundary of an iteration are common.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from hypothesis import strategies as st

from .replica import Number


@dataclass(frozen=True)
class LinearPerf:
    """A performance model whose every part is linear in what it counts; seconds per unit."""

    base_s: Number
    per_token_s: Number
    prompt_quadratic_s: Number
    decode_kv_s: Number
    mixed_kv_s: Number
    decode_local_kv_s: Number
    mixed_local_kv_s: Number
    window: int | None = None
    mixed_base_s: Number = 0

    def tokens_s(self, n: int) -> Number:
        """A constant, and so much per token."""
        return self.base_s + n * self.per_token_s

    def mixed_tokens_s(self, n: int) -> Number:
        """The same, and so much more where prompts are."""
        return self.mixed_base_s + self.tokens_s(n)

    def prompt_s(self, new: int, context: int) -> Number:
        """So much per pair of a new token and a token that it attends to, itself included."""
        return (new * context + new * (new + 1) // 2) * self.prompt_quadratic_s

    def in_floats(self) -> "LinearPerf":
        """Return the same model with rounded constants."""
        return LinearPerf(
            float(self.base_s),
            float(self.per_token_s),
            float(self.prompt_quadratic_s),
            float(self.decode_kv_s),
            float(self.mixed_kv_s),
            float(self.decode_local_kv_s),
            float(self.mixed_local_kv_s),
            self.window,
            float(self.mixed_base_s),
        )


@st.composite
def limits(draw: st.DrawFn) -> dict[str, int]:
    """Draw the keyword arguments of `serve`: budgets of a few tokens and a cache soon full."""
    token_budget = draw(st.integers(1, 12))
    block_tokens = draw(st.integers(1, 8))
    cache_tokens = draw(st.integers(10, 40))
    return {
        "token_budget": token_budget,
        "max_sequences": draw(st.integers(1, min(token_budget, 6))),
        "blocks": -(-cache_tokens // block_tokens),
        "block_tokens": block_tokens,
    }


@st.composite
def request_lists(
    draw: st.DrawFn, number: Callable[[int], Number] = Fraction, max_size: int = 12
) -> list[tuple[Number, int, int]]:
    """Draw requests in order of arrival; `number` makes the times (Fraction or float).

    Bursts are common. A `number` that also scales, by an irrational factor say, makes ties with
    the iterations rare.
    """
    sizes = st.tuples(st.integers(1, 20), st.integers(1, 12))
    gaps = st.sampled_from([0, 0, 1, 2, 3, 5, 10, 20, 50, 200])
    drawn = draw(st.lists(st.tuples(gaps, sizes), max_size=max_size))
    arrivals = accumulate(gap for gap, _ in drawn)
    return [(number(at) / 10, *size) for at, (_, size) in zip(arrivals, drawn, strict=True)]


def linear_perfs(number: Callable[[int], Number] = Fraction) -> st.SearchStrategy[LinearPerf]:
    """Draw performance models of a few tenths, about half of them with a sliding window.

    Zeros are common: short iterations meet more arrivals at their boundaries.
    """
    small = st.sampled_from([0, 0, 0, 1, 2]).map(lambda tenths: number(tenths) / 10)
    return st.builds(
        LinearPerf,
        base_s=st.integers(1, 5).map(lambda tenths: number(tenths) / 10),
        per_token_s=small,
        prompt_quadratic_s=small,
        decode_kv_s=small,
        mixed_kv_s=small,
        decode_local_kv_s=small,
        mixed_local_kv_s=small,
        window=st.none() | st.integers(1, 12),
        mixed_base_s=small,
    )
