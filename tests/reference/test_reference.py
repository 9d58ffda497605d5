"""The plain replica against small cases worked out by hand, in exact numbers."""

import math
from collections.abc import Sequence
from fractions import Fraction

import pytest

from .replica import Number, Outcome, Performance, Trace, serve
from .strategies import LinearPerf

ZERO = Fraction(0)
UNIT = LinearPerf(Fraction(1), ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)  # every iteration takes 1 s
RICH = LinearPerf(
    base_s=Fraction("1"),
    per_token_s=Fraction("0.1"),
    prompt_quadratic_s=Fraction("0.01"),
    decode_kv_s=Fraction("0.02"),
    mixed_kv_s=Fraction("0.05"),
    decode_local_kv_s=Fraction(99),  # never counted, as there is no window
    mixed_local_kv_s=Fraction(99),
)


def served(
    requests: Sequence[tuple[Number, int, int]], perf: Performance = UNIT, **given_limits: int
) -> tuple[list[Outcome], Trace]:
    """Serve under limits that are wide unless given."""
    wide = {"token_budget": 100, "max_sequences": 100, "blocks": 100, "block_tokens": 1}
    return serve(requests, perf, **(wide | given_limits))


def completed(
    scheduled_s: Number | str,
    first_token_s: Number | str,
    last_token_s: Number | str,
    preemptions: int = 0,
) -> Outcome:
    """Write an expected outcome with exact decimals."""
    times = (Fraction(scheduled_s), Fraction(first_token_s), Fraction(last_token_s))
    return Outcome("completed", *times, preemptions)


REJECTED = Outcome("rejected", None, None, None, 0)


def test_single_request() -> None:
    """One prompt iteration, then one iteration per further token."""
    outcomes, trace = served([(Fraction(2), 3, 3)], RICH, block_tokens=2)
    # prompt of 3:        1 + 0.3 + 0.01 * (1 + 2 + 3) = 1.36, from 2    to 3.36
    # decode, 3 in cache: 1 + 0.1 + 0.02 * 3           = 1.16, from 3.36 to 4.52
    # decode, 4 in cache: 1 + 0.1 + 0.02 * 4           = 1.18, from 4.52 to 5.70
    # The third token is never computed itself, so the cache ends at 5 tokens, in 3 blocks.
    assert outcomes == [completed(2, "3.36", "5.70")]
    assert trace.iterations == 3
    assert trace.steps == [
        (2, Fraction("3.36"), 1, 0, 2, 0, 1),
        (Fraction("3.36"), Fraction("4.52"), 1, 0, 2, 1, 0),
        (Fraction("4.52"), Fraction("5.70"), 1, 0, 3, 1, 0),
    ]
    assert trace.closest_tie_s == math.inf  # its only arrival woke an idle replica


def test_single_token_needs_no_decode() -> None:
    """The prompt itself gives the first token, which is here the last."""
    outcomes, _ = served([(Fraction(0), 5, 1)])
    assert outcomes == [completed(0, 1, 1)]


def test_two_requests_with_chunking() -> None:
    """The second prompt gets what the first leaves of the budget, then runs beside a decode."""
    outcomes, trace = served(
        [(Fraction(0), 3, 3), (Fraction(0), 4, 2)], RICH, token_budget=4, max_sequences=4
    )
    # A prompt 3, B chunk 1 of 4:    1 + 0.4 + 0.01 * (6 + 1)               = 1.47 -> 1.47
    # A decode on 3, B chunk 3 on 1: 1 + 0.4 + 0.01 * (2 + 3 + 4) + 0.05 * 3 = 1.64 -> 3.11
    # A decode on 4, B decode on 4:  1 + 0.2 + 0.02 * (4 + 4)               = 1.36 -> 4.47
    assert outcomes == [completed(0, "1.47", "4.47"), completed(0, "3.11", "4.47")]
    assert [step[2:] for step in trace.steps] == [
        (2, 0, 4, 0, 2),
        (2, 0, 8, 1, 1),
        (2, 0, 10, 2, 0),
    ]


def test_input_larger_than_the_budget() -> None:
    """A long prompt is cut; each chunk attends to those before it."""
    outcomes, trace = served([(Fraction(0), 9, 2)], RICH, token_budget=4, max_sequences=1)
    # 4 new on 0:     1 + 0.4 + 0.01 * (1 + 2 + 3 + 4) = 1.50 -> 1.50
    # 4 new on 4:     1 + 0.4 + 0.01 * (5 + 6 + 7 + 8) = 1.66 -> 3.16
    # 1 new on 8:     1 + 0.1 + 0.01 * 9               = 1.19 -> 4.35, a chunk although one token
    # 1 decode on 9:  1 + 0.1 + 0.02 * 9               = 1.28 -> 5.63
    assert outcomes == [completed(0, "4.35", "5.63")]
    # Blocks (here of 1 token) are taken for the chunk only.
    assert [step[2:] for step in trace.steps] == [
        (1, 0, 4, 0, 1),
        (1, 0, 8, 0, 1),
        (1, 0, 9, 0, 1),
        (1, 0, 10, 1, 0),
    ]


def test_preemption_with_recompute() -> None:
    """The last admitted loses its cache, keeps its tokens, and nobody is admitted meanwhile."""
    outcomes, trace = served([(Fraction(0), 2, 4), (Fraction(0), 2, 3)], blocks=6)
    # 0-1  A 2, B 2 prompt tokens: 4 blocks; both have 1 token
    # 1-2  A, B decode: 6 blocks, the cache is full; both have 2 tokens
    # 2-3  A needs a 4th block, so B gives up its 3; A holds 4 of 6, B waits; A has 3 tokens
    # 3-4  A takes a 5th block; B wants 2 + 2 tokens, 1 block is free; A has its 4th and last
    # 4-5  B computes its 4 tokens once more and samples its 3rd and last
    assert outcomes == [completed(0, 1, 4), completed(0, 1, 5, preemptions=1)]
    assert [step[2:] for step in trace.steps] == [
        (2, 0, 4, 0, 2),
        (2, 0, 6, 2, 0),
        (1, 1, 4, 1, 0),
        (1, 1, 5, 1, 0),
        (1, 0, 4, 0, 1),
    ]
    assert trace.dropped_tokens == 3


def test_a_sequence_preempts_itself() -> None:
    """The last admitted has nobody to take blocks from but itself."""
    outcomes, trace = served([(Fraction(0), 1, 3), (Fraction(0), 4, 2)], blocks=2, block_tokens=4)
    # 0-1  A 1, B 4 prompt tokens: 1 block each
    # 1-2  A decodes in its block; B needs a 2nd block and goes back; the block it frees stays free
    # 2-3  A decodes and ends; B wants 5 tokens in 2 blocks, 1 is free
    # 3-4  B computes 5 tokens and samples its 2nd and last
    assert outcomes == [completed(0, 1, 3), completed(0, 1, 4, preemptions=1)]
    assert [step[2:] for step in trace.steps] == [
        (2, 0, 2, 0, 2),
        (1, 1, 1, 1, 0),
        (1, 1, 1, 1, 0),
        (1, 0, 2, 0, 1),
    ]


def test_two_preempted_at_once_keep_their_order() -> None:
    """Each goes to the head of the queue, the last admitted first."""
    outcomes, _ = served([(Fraction(0), 1, 3)] * 4, blocks=4)
    # 0-1  A, B, C, D: 1 block each
    # 1-2  A takes the block of D, B that of C; C, D wait with 1 token each
    # 2-3  A takes a block of B and ends; B, C, D wait
    # 3-4  B computes 1 + 2 tokens and ends; C wants 1 + 1 in the one free block
    # 4-5  C and D compute 2 tokens each, and have 2 tokens
    # 5-6  C takes a block of D and ends
    # 6-7  D computes 1 + 2 tokens and ends
    assert outcomes == [
        completed(0, 1, 3),
        completed(0, 1, 4, preemptions=1),
        completed(0, 1, 6, preemptions=1),
        completed(0, 1, 7, preemptions=2),
    ]


def test_the_last_single_token_of_a_recomputation_is_a_chunk() -> None:
    """A recomputation is a prompt to its end, even where a single token is left of it."""
    _, trace = served(
        [(Fraction(0), 1, 3), (Fraction(0), 3, 3)], token_budget=4, max_sequences=2, blocks=6
    )
    # 0-1  A 1, B 3 prompt tokens;  1-2  both decode, 6 blocks;  2-3  A preempts B and ends
    # 3-4  B computes 4 of its 3 + 2 tokens, a chunk;  4-5  B computes the 5th, a chunk
    assert [(step.n_decodes, step.n_chunks) for step in trace.steps[2:]] == [(1, 0), (0, 1), (0, 1)]


def test_a_recomputation_is_cut_like_a_prompt() -> None:
    """A later piece of several tokens is a chunk, although output exists already."""
    _, trace = served(
        [(Fraction(0), 1, 3), (Fraction(0), 4, 2)], token_budget=3, max_sequences=2, blocks=6
    )
    # 0-1  A 1, B 2 prompt tokens;  1-2  A decodes, B 2 more, 6 blocks;  2-3  A preempts B and ends
    # 3-4  B computes 3 of its 4 + 1 tokens;  4-5  the other 2
    assert [(step.n_decodes, step.n_chunks) for step in trace.steps[2:]] == [(1, 0), (0, 1), (0, 1)]


def test_rejection() -> None:
    """What the whole cache could not hold is rejected, what just fits is served."""
    outcomes, trace = served(
        [(Fraction(0), 5, 4), (Fraction(0), 5, 3), (Fraction(9), 8, 1)], blocks=2, block_tokens=4
    )
    # 5 + 4 > 2 * 4, 5 + 3 = 2 * 4, 8 + 1 > 2 * 4; the second needs 1 prompt and 2 decodes
    assert outcomes == [REJECTED, completed(0, 1, 3), REJECTED]
    assert trace.iterations == 3


def test_sequence_limit() -> None:
    """The third starts in the iteration after the first completion."""
    outcomes, _ = served(
        [(Fraction(0), 1, 3), (Fraction(0), 1, 2), (Fraction(0), 1, 1)], max_sequences=2
    )
    # 0-1 and 1-2  A, B, and B ends at 2;  2-3  A's third token, C's only one
    assert outcomes == [completed(0, 1, 3), completed(0, 1, 2), completed(2, 3, 3)]


def test_the_head_of_the_queue_holds_back_the_others() -> None:
    """A small request does not overtake a large one that lacks blocks."""
    outcomes, _ = served([(Fraction(0), 3, 2), (Fraction(0), 4, 1), (Fraction(0), 1, 1)], blocks=5)
    # 0-2  A takes 3, then 4 blocks; B wants 4; C would fit at 0 but waits behind B
    assert outcomes == [completed(0, 1, 2), completed(2, 3, 3), completed(2, 3, 3)]


def test_tie_at_a_boundary() -> None:
    """An arrival at the start of an iteration is seen by it, one just later is not."""
    late = Fraction("1.001")
    outcomes, trace = served([(Fraction(0), 1, 3), (Fraction(1), 1, 1), (late, 1, 1)])
    assert outcomes == [completed(0, 1, 3), completed(1, 2, 2), completed(2, 3, 3)]
    assert trace.closest_tie_s == 0


@pytest.mark.parametrize(
    ("arrival", "closest"), [("1.25", "0.25"), ("1.9", "0.1"), ("3", "0"), ("3.001", "inf")]
)
def test_distance_to_the_closest_tie(arrival: str, closest: str) -> None:
    """It is measured to both sides, while iterations run (here from 0 to 3)."""
    _, trace = served([(Fraction(0), 1, 3), (Fraction(arrival), 1, 1)])
    assert trace.closest_tie_s == (math.inf if closest == "inf" else Fraction(closest))


def test_sliding_window() -> None:
    """Local layers read no more of the cache than the window."""
    perf = LinearPerf(
        base_s=Fraction(1),
        per_token_s=ZERO,
        prompt_quadratic_s=ZERO,
        decode_kv_s=Fraction("0.01"),
        mixed_kv_s=Fraction("0.02"),
        decode_local_kv_s=Fraction("0.1"),
        mixed_local_kv_s=Fraction("0.2"),
        window=4,
    )
    outcomes, _ = served([(Fraction(0), 3, 4), (Fraction(3), 2, 1)], perf)
    # A prompt                    1                       -> 1
    # A decode on 3               1 + 0.01 * 3 + 0.1 * 3  -> 2.33
    # A decode on 4               1 + 0.01 * 4 + 0.1 * 4  -> 3.77
    # A decode on 5, B prompt     1 + 0.02 * 5 + 0.2 * 4  -> 5.67
    assert outcomes == [completed(0, 1, "5.67"), completed("3.77", "5.67", "5.67")]


@pytest.mark.parametrize("max_sequences", [0, 5])
def test_sequence_limit_must_fit_the_budget(max_sequences: int) -> None:
    """Each running sequence must get a token."""
    with pytest.raises(ValueError, match="max_sequences"):
        served([], token_budget=4, max_sequences=max_sequences)
