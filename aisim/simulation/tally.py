"""What a replica has counted, for the balance at the end."""

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Tally:
    """Tokens by what became of them, the requests that are through, and the time by phase.

    Attributes:
        prompt_tokens: tokens computed in prompt chunks, recomputation included.
        sampled_tokens: output tokens that a prompt brought with its end.
        dropped_tokens: tokens that were in the cache when their sequence was preempted or its
            machine taken back; then those of the chunks in work too.
        finished: requests that have their last token.
        finished_input_tokens: their prompts.
        finished_output_tokens: their answers.
        prefill_s: seconds of the iterations that held prompt chunks.
        decode_s: seconds of the iterations that held decodes alone.
        decode_sequence_s: the latter, each second times the sequences that decoded in it.
    """

    prompt_tokens: int = 0
    sampled_tokens: int = 0
    dropped_tokens: int = 0
    finished: int = 0
    finished_input_tokens: int = 0
    finished_output_tokens: int = 0
    prefill_s: Any = 0
    decode_s: Any = 0
    decode_sequence_s: Any = 0
