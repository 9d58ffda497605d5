"""A GPU replica with continuous batching that steps through every iteration.

The order is that of vLLM V1. Each iteration first goes on with the sequences that run, then admits
from the queue, first come first served, while token budget, sequence limit and KV blocks last.
When blocks run short the last admitted sequence is preempted: it loses its KV cache, goes to the
head of the queue, and computes everything again.

Nothing here is fast, and nothing is clever. Numbers are only added, multiplied and compared, so
times may be `fractions.Fraction` (exact) as well as float.
"""

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

Number = float | Fraction


class Performance(Protocol):
    """How long the parts of an iteration take, in seconds."""

    @property
    def window(self) -> int | None:
        """Tokens that local attention looks back, or None where no layer is local."""

    @property
    def decode_kv_s(self) -> Number:
        """Time per KV token that decodes read, in an iteration without prompt chunks."""

    @property
    def mixed_kv_s(self) -> Number:
        """Time per KV token that decodes read, in an iteration with prompt chunks."""

    @property
    def decode_local_kv_s(self) -> Number:
        """As `decode_kv_s`, per KV token inside the window."""

    @property
    def mixed_local_kv_s(self) -> Number:
        """As `mixed_kv_s`, per KV token inside the window."""

    def tokens_s(self, n: int) -> Number:
        """Time of an iteration of n decoding sequences, attention apart."""

    def mixed_tokens_s(self, n: int) -> Number:
        """Time of an iteration of n tokens with prompt chunks, attention apart."""

    def prompt_s(self, new: int, context: int) -> Number:
        """Attention time of a prompt chunk of `new` tokens after `context` cached ones."""


@dataclass(frozen=True)
class Outcome:
    """What became of a request; the times are None when it was rejected."""

    status: str
    scheduled_s: Number | None
    first_token_s: Number | None
    last_token_s: Number | None
    preemptions: int


class Step(NamedTuple):
    """One iteration; the counts are those just after its scheduling."""

    start_s: Number
    end_s: Number
    running: int
    waiting: int
    used_blocks: int
    n_decodes: int
    n_chunks: int


@dataclass(frozen=True)
class Trace:
    """All iterations of a run, and what cannot be read from them.

    `closest_tie_s` is the smallest distance between an arrival at the busy replica and the start
    of an iteration (infinite without such an arrival): where it is tiny, rounding may decide
    which iteration sees the arrival. `dropped_tokens` were in the KV cache when their sequence
    was preempted; each of them is computed again.
    """

    steps: list[Step]
    closest_tie_s: Number
    dropped_tokens: int

    @property
    def iterations(self) -> int:
        """Number of iterations."""
        return len(self.steps)


@dataclass(eq=False)
class _Sequence:
    """A request and how far it has come."""

    arrival_s: Number
    input_tokens: int
    output_tokens: int
    computed: int = 0  # tokens whose KV is in the cache
    produced: int = 0  # output tokens sampled so far
    prefill: int = 0  # tokens that existed on admission: until they are computed, it is a prompt
    blocks: int = 0
    status: str = "waiting"
    scheduled_s: Number | None = None
    first_token_s: Number | None = None
    last_token_s: Number | None = None
    preemptions: int = 0

    @property
    def target(self) -> int:
        """Every token that exists, cached or not."""
        return self.input_tokens + self.produced

    def outcome(self) -> Outcome:
        times = (self.scheduled_s, self.first_token_s, self.last_token_s)
        return Outcome(self.status, *times, self.preemptions)


class _Item(NamedTuple):
    """The share of one sequence in an iteration; `context` is what it had computed before."""

    sequence: _Sequence
    tokens: int
    context: int
    is_decode: bool


class _Replica:
    """The queue, the running sequences and the free KV blocks."""

    def __init__(
        self, token_budget: int, max_sequences: int, blocks: int, block_tokens: int
    ) -> None:
        self.token_budget = token_budget
        self.max_sequences = max_sequences
        self.blocks = blocks
        self.block_tokens = block_tokens
        self.free_blocks = blocks
        self.waiting: deque[_Sequence] = deque()
        self.running: list[_Sequence] = []  # in order of admission
        self.dropped_tokens = 0

    def arrive(self, sequence: _Sequence) -> None:
        """Queue a request, or reject it if the whole cache could not hold it."""
        if sequence.input_tokens + sequence.output_tokens > self.blocks * self.block_tokens:
            sequence.status = "rejected"
        else:
            self.waiting.append(sequence)

    def schedule(self, start_s: Number) -> list[_Item]:
        """Choose the work of the iteration that starts now."""
        n_before = len(self.running)
        items = self._continue_running()
        if len(self.running) == n_before:  # nothing was preempted
            budget = self.token_budget - sum(item.tokens for item in items)
            items += self._admit_waiting(budget, start_s)
        return items

    def _continue_running(self) -> list[_Item]:
        """Give each running sequence its tokens; a shortage of blocks preempts from the end.

        Only the last one can be partly prefilled. All others decode one token each, and the
        budget is not below the sequence limit, so that each gets at least one token.
        """
        items = []
        budget = self.token_budget
        for sequence in list(self.running):  # a copy, since a preemption shortens the list
            tokens = min(sequence.target - sequence.computed, budget)
            needed = self._blocks_needed(sequence, tokens)
            while sequence in self.running and needed > self.free_blocks:
                self._preempt_last()
            if sequence in self.running:
                is_decode = sequence.computed >= sequence.prefill
                items.append(self._assign(sequence, tokens, is_decode))
                budget -= tokens
        return items

    def _admit_waiting(self, budget: int, start_s: Number) -> list[_Item]:
        """Admit from the head of the queue until something runs out."""
        items = []
        while self.waiting and budget > 0 and len(self.running) < self.max_sequences:
            sequence = self.waiting[0]
            tokens = min(sequence.target, budget)
            if self._blocks_needed(sequence, tokens) > self.free_blocks:
                break
            self.running.append(self.waiting.popleft())
            sequence.prefill = sequence.target
            if sequence.scheduled_s is None:
                sequence.scheduled_s = start_s
            items.append(self._assign(sequence, tokens, is_decode=False))
            budget -= tokens
        return items

    def _blocks_needed(self, sequence: _Sequence, tokens: int) -> int:
        """Blocks that a sequence lacks for so many more tokens."""
        return math.ceil(Fraction(sequence.computed + tokens, self.block_tokens)) - sequence.blocks

    def _assign(self, sequence: _Sequence, tokens: int, is_decode: bool) -> _Item:
        """Take the blocks for so many more tokens and schedule them."""
        needed = self._blocks_needed(sequence, tokens)
        self.free_blocks -= needed
        sequence.blocks += needed
        return _Item(sequence, tokens, sequence.computed, is_decode)

    def _preempt_last(self) -> None:
        """Send the last admitted sequence back to the head of the queue, without its cache."""
        sequence = self.running.pop()
        self._free(sequence)
        self.dropped_tokens += sequence.computed
        sequence.computed = 0
        sequence.preemptions += 1
        self.waiting.appendleft(sequence)

    def _free(self, sequence: _Sequence) -> None:
        self.free_blocks += sequence.blocks
        sequence.blocks = 0

    def finish(self, items: list[_Item], end_s: Number) -> None:
        """Book the work of the iteration that ends now; sample where all is computed."""
        for sequence, tokens, _, _ in items:
            sequence.computed += tokens
            if sequence.computed == sequence.target:
                self._sample(sequence, end_s)

    def _sample(self, sequence: _Sequence, end_s: Number) -> None:
        """Produce one token; the last one completes the request."""
        sequence.produced += 1
        if sequence.produced == 1:
            sequence.first_token_s = end_s
        if sequence.produced == sequence.output_tokens:
            sequence.last_token_s = end_s
            sequence.status = "completed"
            self.running.remove(sequence)
            self._free(sequence)


def _duration_s(items: list[_Item], perf: Performance) -> Number:
    """Time that the scheduled work takes."""
    decodes = [item for item in items if item.is_decode]
    chunks = [item for item in items if not item.is_decode]
    kv_s, local_kv_s, tokens_s = perf.decode_kv_s, perf.decode_local_kv_s, perf.tokens_s
    if chunks:
        kv_s, local_kv_s, tokens_s = perf.mixed_kv_s, perf.mixed_local_kv_s, perf.mixed_tokens_s
    kv = sum(item.context for item in decodes)
    window = perf.window
    local = 0 if window is None else sum(min(item.context, window) for item in decodes)
    return (
        tokens_s(sum(item.tokens for item in items))
        + sum(perf.prompt_s(item.tokens, item.context) for item in chunks)
        + kv * kv_s
        + local * local_kv_s
    )


def _closest_tie_s(arrivals_s: list[Number], steps: list[Step]) -> Number:
    """Smallest distance between an arrival at the busy replica and the start of an iteration."""
    starts_s = [step.start_s for step in steps]
    closest_s: Number = math.inf
    for arrival_s in arrivals_s:
        after = bisect_left(starts_s, arrival_s)  # the first iteration not to start before it
        if after > 0 and arrival_s <= steps[after - 1].end_s:
            for start_s in starts_s[after - 1 : after + 1]:
                distance_s = arrival_s - start_s if start_s < arrival_s else start_s - arrival_s
                if distance_s < closest_s:
                    closest_s = distance_s
    return closest_s


def serve(
    requests: Sequence[tuple[Number, int, int]],
    perf: Performance,
    *,
    token_budget: int,
    max_sequences: int,
    blocks: int,
    block_tokens: int,
) -> tuple[list[Outcome], Trace]:
    """Serve (arrival_s, input_tokens, output_tokens), given in order of arrival, to the end.

    Raises ValueError unless 1 <= max_sequences <= token_budget: each running sequence must get
    at least one token in every iteration.
    """
    if not 1 <= max_sequences <= token_budget:
        raise ValueError(f"{max_sequences=} must lie between 1 and {token_budget=}")
    replica = _Replica(token_budget, max_sequences, blocks, block_tokens)
    sequences = [_Sequence(*request) for request in requests]
    to_come = deque(sequences)
    steps: list[Step] = []
    clock_s: Number = -math.inf
    while to_come or replica.waiting or replica.running:
        while to_come and to_come[0].arrival_s <= clock_s:
            replica.arrive(to_come.popleft())
        if replica.waiting or replica.running:
            steps.append(_iterate(replica, perf, clock_s))
            clock_s = steps[-1].end_s
        elif to_come:
            clock_s = to_come[0].arrival_s
    closest_tie_s = _closest_tie_s([sequence.arrival_s for sequence in sequences], steps)
    outcomes = [sequence.outcome() for sequence in sequences]
    return outcomes, Trace(steps, closest_tie_s, replica.dropped_tokens)


def _iterate(replica: _Replica, perf: Performance, start_s: Number) -> Step:
    """Run one iteration."""
    items = replica.schedule(start_s)
    end_s = start_s + _duration_s(items, perf)
    n_decodes = sum(item.is_decode for item in items)
    step = Step(
        start_s,
        end_s,
        running=len(replica.running),
        waiting=len(replica.waiting),
        used_blocks=replica.blocks - replica.free_blocks,
        n_decodes=n_decodes,
        n_chunks=len(items) - n_decodes,
    )
    replica.finish(items, end_s)
    return step
