"""A request on its journey."""

from typing import Any

import simpy


class Request:
    """What a request carries from component to component.

    `index` is its row in the request table. The fields from `scheduled_s` on are written by the
    replica that serves it (see replica.py). `paused_s` is what it waited at its pool after its
    first token, because its machine was taken back.
    """

    __slots__ = (
        "back", "context", "done", "finish_iteration", "first_token_s", "index", "input_tokens",
        "last_token_s", "output_tokens", "paused_s", "preemptions", "produced", "prompt_tokens",
        "queued_s", "scheduled_s", "traffic", "waited_s",
    )  # fmt: skip

    def __init__(
        self, index: int, input_tokens: int, output_tokens: int, traffic: Any = None
    ) -> None:
        self.index = index
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens
        self.traffic = traffic
        self.back: list[Any] | None = None
        self.done: simpy.Event | None = None
        self.queued_s: Any = 0
        self.waited_s: Any = 0
        self.paused_s: Any = 0
        self.scheduled_s: Any = None
        self.first_token_s: Any = None
        self.last_token_s: Any = None
        self.preemptions = 0
        self.produced = 0
        self.prompt_tokens = 0
        self.context = 0
        self.finish_iteration = -1

    def first_token(self, now_s: Any) -> None:
        """The replica has made the first token: the answer starts to stream back."""
        self.first_token_s = now_s
        if self.back:
            for leg in self.back:
                leg.stream(self)
