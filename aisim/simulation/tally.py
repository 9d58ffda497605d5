"""What a replica has counted, for the balance at the end."""

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Tokens by what became of them, and the requests that are through.

    Attributes:
        prompt_tokens: tokens computed in prompt chunks, recomputation included.
        sampled_tokens: output tokens that a prompt brought with its end.
        dropped_tokens: tokens that were in the cache when their sequence was preempted.
        finished: requests that have their last token.
        finished_input_tokens: their prompts.
        finished_output_tokens: their answers.
    """

    prompt_tokens: int = 0
    sampled_tokens: int = 0
    dropped_tokens: int = 0
    finished: int = 0
    finished_input_tokens: int = 0
    finished_output_tokens: int = 0
