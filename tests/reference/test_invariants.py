"""What must hold for the plain replica, whatever it serves and however tight its limits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from .replica import Number, Outcome, Trace, serve
from .strategies import LinearPerf, limits, linear_perfs, request_lists

Requests = list[tuple[Number, int, int]]

CASE = (request_lists(), linear_perfs(), limits())
always = given(*CASE)


def times_s(outcome: Outcome) -> list[Number]:
    """Return the times of an outcome in their order; none for a rejected one."""
    times = [outcome.scheduled_s, outcome.first_token_s, outcome.last_token_s]
    return [time for time in times if time is not None]


@always
def test_every_request_ends_once(
    requests: Requests, perf: LinearPerf, some_limits: dict[str, int]
) -> None:
    """It is rejected if it could never fit, else its times follow each other."""
    outcomes, _ = serve(requests, perf, **some_limits)
    assert len(outcomes) == len(requests)
    capacity = some_limits["blocks"] * some_limits["block_tokens"]
    for (arrival_s, input_tokens, output_tokens), outcome in zip(requests, outcomes, strict=True):
        if input_tokens + output_tokens > capacity:
            assert outcome == Outcome("rejected", None, None, None, preemptions=0)
        else:
            assert outcome.status == "completed"
            scheduled_s, first_token_s, last_token_s = times_s(outcome)
            assert arrival_s <= scheduled_s < first_token_s <= last_token_s
            assert (first_token_s == last_token_s) == (output_tokens == 1)


@dataclass(frozen=True)
class CountingPerf(LinearPerf):
    """Remembers the tokens of each iteration."""

    tokens: list[int] = field(default_factory=list)

    def tokens_s(self, n: int) -> Number:
        """Note the tokens on the way."""
        self.tokens.append(n)
        return super().tokens_s(n)


@always
def test_limits_are_never_passed(
    requests: Requests, perf: LinearPerf, some_limits: dict[str, int]
) -> None:
    """Nor is any iteration empty."""
    counting = CountingPerf(**vars(perf))
    _, trace = serve(requests, counting, **some_limits)
    assert len(counting.tokens) == trace.iterations
    assert all(1 <= tokens <= some_limits["token_budget"] for tokens in counting.tokens)
    for step in trace.steps:
        assert 1 <= step.running <= some_limits["max_sequences"]
        assert 1 <= step.used_blocks <= some_limits["blocks"]
        assert step.n_decodes + step.n_chunks == step.running


@always
def test_tokens_add_up(requests: Requests, perf: LinearPerf, some_limits: dict[str, int]) -> None:
    """Each token but the last is computed once, and again where a preemption dropped it."""
    counting = CountingPerf(**vars(perf))
    outcomes, trace = serve(requests, counting, **some_limits)
    wanted = sum(
        input_tokens + output_tokens - 1
        for (_, input_tokens, output_tokens), outcome in zip(requests, outcomes, strict=True)
        if outcome.status == "completed"
    )
    assert sum(counting.tokens) == wanted + trace.dropped_tokens
    preemptions = sum(outcome.preemptions for outcome in outcomes)
    assert preemptions <= trace.dropped_tokens  # who runs has computed something


@always
def test_first_come_first_served(
    requests: Requests, perf: LinearPerf, some_limits: dict[str, int]
) -> None:
    """Nobody is scheduled before an earlier arrival."""
    outcomes, _ = serve(requests, perf, **some_limits)
    scheduled_s = [outcome.scheduled_s for outcome in outcomes if outcome.scheduled_s is not None]
    assert scheduled_s == sorted(scheduled_s)


@always
def test_never_idle_while_there_is_work(
    requests: Requests, perf: LinearPerf, some_limits: dict[str, int]
) -> None:
    """Iterations follow each other; a gap lies between the last completion and an arrival."""
    outcomes, trace = serve(requests, perf, **some_limits)
    spans = [
        (arrival_s, outcome.last_token_s)
        for (arrival_s, _, _), outcome in zip(requests, outcomes, strict=True)
        if outcome.last_token_s is not None
    ]
    for before, after in pairwise(trace.steps):
        assert before.end_s <= after.start_s
        if before.end_s < after.start_s:
            assert after.start_s in [arrival_s for arrival_s, _ in spans]
            assert all(last <= before.end_s or after.start_s <= first for first, last in spans)


@always
def test_floats_agree_unless_nearly_tied(
    requests: Requests, perf: LinearPerf, some_limits: dict[str, int]
) -> None:
    """Rounding changes nothing but the last digits where no arrival is near a boundary."""
    exact, trace = serve(requests, perf, **some_limits)
    if trace.closest_tie_s > 1e-6:
        in_floats = [(float(arrival_s), n_in, n_out) for arrival_s, n_in, n_out in requests]
        rounded, _ = serve(in_floats, perf.in_floats(), **some_limits)
        for one, other in zip(exact, rounded, strict=True):
            assert (one.status, one.preemptions) == (other.status, other.preemptions)
            assert [float(time) for time in times_s(one)] == pytest.approx(times_s(other), rel=1e-9)


@pytest.mark.parametrize(
    "happens",
    [
        lambda outcomes, trace: trace.closest_tie_s == 0,
        lambda outcomes, trace: any(outcome.preemptions > 1 for outcome in outcomes),
        lambda outcomes, trace: any(outcome.status == "rejected" for outcome in outcomes),
        lambda outcomes, trace: any(step.n_decodes and step.n_chunks for step in trace.steps),
        lambda outcomes, trace: any(a.end_s < b.start_s for a, b in pairwise(trace.steps)),
    ],
    ids=["tie", "preempted twice", "rejected", "mixed iteration", "idle gap"],
)
def test_the_strategies_reach(happens: Callable[[list[Outcome], Trace], bool]) -> None:
    """What the properties above are about does happen in the examples drawn for them."""
    find(
        st.tuples(*CASE),
        lambda case: happens(*serve(case[0], case[1], **case[2])),
        settings=settings(max_examples=1000, database=None, phases=[Phase.generate]),
    )
