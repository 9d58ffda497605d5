"""A replica under a steady closed load, in closed form: a first look before a simulation.

With C sequences of like length under way, each iteration decodes all of them at the middle of
their lengths, and while one sequence makes its O tokens the C - 1 others bring their prompts.
Against simulations of measured runs it is within 1 % of the mean TPOT (median), as long as the
KV cache holds all C.
"""

from typing import NamedTuple

from aisim.performance.iteration import IterationTime


class Steady(NamedTuple):
    """Mean times of a steady load; `rps` are requests per second of the replica."""

    ttft_s: float
    tpot_s: float
    rps: float


def steady_state(
    time: IterationTime, sequences: int, input_tokens: float, output_tokens: float
) -> Steady:
    """Return the means when `sequences` are always under way on a replica.

    Args:
        time: How long iterations take.
        sequences: Under way at once, all in the cache.
        input_tokens: Mean of the prompts.
        output_tokens: Mean of the answers.
    """
    context = input_tokens + output_tokens / 2
    decode_s = time.tokens_s(sequences) + _cache_s(time, sequences, context, mixed=False)
    prompt = max(1, round(input_tokens))
    chunk_s = time.mixed_tokens_s(sequences + prompt) + time.prompt_s(prompt, 0)
    chunk_s += _cache_s(time, sequences, context, mixed=True)
    tpot_s = decode_s + (sequences - 1) * (chunk_s - decode_s) / output_tokens
    wait_s = decode_s / 2 if sequences > 1 else 0.0
    made_s = wait_s + chunk_s
    ttft_s = made_s + time.host.delay_iterations * tpot_s
    return Steady(ttft_s, tpot_s, sequences / (made_s + (output_tokens - 1) * tpot_s))


def _cache_s(time: IterationTime, sequences: int, context: float, *, mixed: bool) -> float:
    whole_s = time.mixed_kv_s if mixed else time.decode_kv_s
    local_s = time.mixed_local_kv_s if mixed else time.decode_local_kv_s
    seen = min(context, time.window) if time.window else 0.0
    return sequences * (context * whole_s + seen * local_s)
