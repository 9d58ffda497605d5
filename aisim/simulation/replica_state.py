"""What a replica holds, and what others ask of it."""

from collections import deque
from collections.abc import Callable
from typing import Any

import simpy

from aisim.simulation.batch import DecodeBatch
from aisim.simulation.iteration_model import IterationModel
from aisim.simulation.jump import Jump
from aisim.simulation.request import Request
from aisim.simulation.tally import Tally


class ReplicaState:
    """The queue, the batch, the KV blocks and the iterations under way of one replica."""

    def __init__(
        self,
        env: simpy.Environment,
        time: IterationModel,
        *,
        token_budget: int,
        max_sequences: int,
        blocks: int,
        block_tokens: int,
        on_state: Callable[[bool], None] | None = None,
    ) -> None:
        if token_budget < max_sequences:
            raise ValueError(f"token budget {token_budget} below sequence limit {max_sequences}")
        self.env = env
        self.time = time
        self.token_budget = token_budget
        self.max_sequences = max_sequences
        self.blocks = blocks
        self.block_tokens = block_tokens
        self.waiting: deque[Request] = deque()
        self.running: dict[Request, None] = {}
        self.batch = DecodeBatch(block_tokens, time.window)
        self.tally = Tally()
        self._decode_kv_s = time.decode_kv_s
        self._mixed_kv_s = time.mixed_kv_s
        self._on_state = on_state
        self._free = blocks
        self._partial: Request | None = None
        self._chunks: list[Request] = []
        self._jump: Jump | None = None
        self._mixed_since_s: Any = None
        self._busy = False
        self._wakes = 0

    # --- what others ask -------------------------------------------------------------------

    @property
    def outstanding(self) -> int:
        """Requests waiting or running."""
        return len(self.waiting) + len(self.running)

    @property
    def kv_tokens(self) -> int:
        """Tokens that the KV cache can hold; a longer request can never be served."""
        return self.blocks * self.block_tokens

    @property
    def iterations(self) -> int:
        """Iterations that have ended, those of a jump in the middle not yet counted."""
        return self.batch.iterations

    def kv_share(self) -> float:
        """Share of the KV blocks in use, in the middle of a jump too."""
        used = self.blocks - self._free
        if self._jump is not None:
            started = min(self._jump.completed_at(self.env.now) + 1, self._jump.iterations)
            used += self.batch.blocks_for(started)
        return used / self.blocks

    def phases(self) -> tuple[Any, Any, Any]:
        """Prefill, decode and decode-sequence seconds of the tally, up to now."""
        tally, now, jump = self.tally, self.env.now, self._jump
        prefill_s, decode_s, sequence_s = tally.prefill_s, tally.decode_s, tally.decode_sequence_s
        if jump is not None:
            elapsed_s = now - jump.start_s
            return prefill_s, decode_s + elapsed_s, sequence_s + elapsed_s * self.batch.size
        if self._mixed_since_s is not None:
            prefill_s += now - self._mixed_since_s
        return prefill_s, decode_s, sequence_s

    def tokens_produced(self, request: Request) -> int:
        """Output tokens that a request on this replica has, in the middle of a jump too."""
        if request.finish_iteration < 0:
            return request.produced
        ended = 0 if self._jump is None else self._jump.completed_at(self.env.now)
        return self.batch.produced(request) + ended
