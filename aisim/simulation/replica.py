"""A replica: one running copy of a model, serving by continuous batching.

The order is that of vLLM V1. Running sequences come first, in the order of their admission, one
token each; then the prompt that is partly done; then the waiting, first come first served, while
token budget, sequence limit and KV blocks last. On a shortage of blocks the last admitted is
preempted (recompute) to the head of the queue, and none is admitted in that iteration.

Between two changes of the batch all iterations are pure decode, and their durations grow linearly:
the replica takes them in one jump (see jump.py). Nothing costs per token. What makes that possible
is that all decoding sequences advance together:

- a sequence that needs r more tokens finishes at iteration `now + r`: a heap;
- a sequence needs a new block when its length is a multiple of the block size: a histogram of
  (length - iteration) modulo the block size, which does not change while it decodes.
"""

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Protocol

import simpy

from aisim.simulation.jump import Jump
from aisim.simulation.request import Request
from aisim.simulation.wake import LAST, Wake


class IterationModel(Protocol):
    """How long an iteration takes, in seconds; see aisim.performance.IterationTime."""

    @property
    def decode_kv_s(self) -> Any:
        """Per KV token read by a batch of decodes alone."""

    @property
    def mixed_kv_s(self) -> Any:
        """Per KV token read by decodes in a batch with prompt chunks."""

    @property
    def decode_local_kv_s(self) -> Any:
        """As `decode_kv_s`, for tokens inside the window of the local layers."""

    @property
    def mixed_local_kv_s(self) -> Any:
        """As `mixed_kv_s`, for tokens inside the window of the local layers."""

    @property
    def window(self) -> int | None:
        """Tokens that the local layers look back; None without local layers."""

    def tokens_s(self, n: int) -> Any:
        """The part that depends on the number of tokens in the batch alone."""

    def prompt_s(self, new: int, context: int) -> Any:
        """Attention of one prompt chunk of `new` tokens after `context` tokens."""


class Replica:
    """One scheduler and one KV cache.

    `token_budget` tokens an iteration, at most `max_sequences` running, `blocks` KV blocks of
    `block_tokens` tokens. `on_state(busy)` is told when the replica turns busy or idle.
    """

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
        self._decode_kv_s = time.decode_kv_s
        self._mixed_kv_s = time.mixed_kv_s
        self.token_budget = token_budget
        self.max_sequences = max_sequences
        self.blocks = blocks
        self.block_tokens = block_tokens
        self.waiting: deque[Request] = deque()
        self.running: dict[Request, None] = {}
        self.iterations = 0
        self.prompt_tokens_done = 0
        self.decode_tokens_done = 0
        self.sampled_tokens = 0
        self.recomputed_tokens = 0
        self.finished_requests = 0
        self.finished_input_tokens = 0
        self.finished_output_tokens = 0
        self._on_state = on_state
        self._free = blocks
        self._decoding = 0
        self._kv_tokens = 0
        self._local_tokens = 0
        self._growing_local = 0
        self._residues = [0] * block_tokens
        self._finishing: list[tuple[int, int, Request]] = []
        self._reaching: list[tuple[int, int, Request, int]] = []
        self._partial: Request | None = None
        self._chunks: list[Request] = []
        self._jump: Jump | None = None
        self._mixed = False
        self._busy = False
        self._wakes = 0
        self._order = 0

    # --- what others ask -------------------------------------------------------------------

    @property
    def outstanding(self) -> int:
        """Requests waiting or running."""
        return len(self.waiting) + len(self.running)

    @property
    def kv_tokens(self) -> int:
        """Tokens that the KV cache can hold; a longer request can never be served."""
        return self.blocks * self.block_tokens

    def kv_share(self) -> float:
        """Share of the KV blocks in use, in the middle of a jump too."""
        used = self.blocks - self._free
        if self._jump is not None:
            started = min(self._jump.completed_at(self.env.now) + 1, self._jump.iterations)
            used += self._blocks_for(started)
        return used / self.blocks

    def tokens_produced(self, request: Request) -> int:
        """Output tokens that a request on this replica has, in the middle of a jump too."""
        if request.finish_iteration < 0:
            return request.produced
        ended = self.iterations
        if self._jump is not None:
            ended += self._jump.completed_at(self.env.now)
        return request.output_tokens - (request.finish_iteration - ended)

    def cached_tokens(self) -> int:
        """Tokens in the KV cache, those of the chunks in work included, at the last boundary."""
        return sum(
            self._length(request) if request.finish_iteration >= 0 else request.context
            for request in self.running
        )

    def made_tokens(self) -> int:
        """Output tokens that the requests still here had at the last boundary."""
        made = sum(request.produced for request in self.waiting)
        for request in self.running:
            left = request.finish_iteration - self.iterations
            decoding = request.finish_iteration >= 0
            made += request.output_tokens - left if decoding else request.produced
        return made

    def submit(self, request: Request) -> None:
        """Queue a request that fits; its `done` event happens with its last token."""
        waiting = self.waiting
        request.queued_s = self.env.now
        waiting.append(request)
        if not self._busy:
            self._turn(busy=True)
            self._wake_in(0)
        elif len(waiting) == 1 and len(self.running) < self.max_sequences:
            self.interrupt("arrival")

    def interrupt(self, reason: str) -> None:
        """End the jump at the next iteration boundary. `reason` is for whoever reads a trace."""
        jump = self._jump
        if jump is None or jump.iterations == 1:
            return
        now = self.env.now
        k = jump.boundary_from(now)
        if k < jump.iterations:
            jump.iterations = k
            left = jump.start_s + jump.elapsed_s(k) - now
            self._wake_in(left if left > 0 else 0)

    # --- from boundary to boundary ----------------------------------------------------------

    def _wake_in(self, delay_s: Any) -> None:
        self._wakes = number = self._wakes + 1
        Wake(self.env, number, self._on_boundary, delay_s, LAST)

    def _on_boundary(self, wake: Wake) -> None:
        if wake.number != self._wakes:
            return
        now = self.env.now
        jump = self._jump
        if jump is not None:
            self._free -= self._blocks_for(jump.iterations)
            self._jump = None
            self._settle(jump.iterations, now)
        elif self._mixed:
            self._mixed = False
            self._settle(1, now)
        if self.waiting or self.running:
            self._begin(now)
        else:
            self._turn(busy=False)

    def _turn(self, *, busy: bool) -> None:
        self._busy = busy
        if self._on_state is not None:
            self._on_state(busy)

    def _settle(self, k: int, now_s: Any) -> None:
        """Book the k iterations that have ended: lengths, chunks, completions."""
        self.iterations = iterations = self.iterations + k
        grown = k * self._decoding
        self._kv_tokens += grown
        self.decode_tokens_done += grown
        if self._growing_local:
            self._local_tokens += k * self._growing_local
        if self._chunks:
            for request in self._chunks:
                if request.context == request.prompt_tokens:
                    self._end_prompt(request, now_s)
            self._chunks = []
        if self._reaching:
            self._leave_window()
        finishing = self._finishing
        while finishing and finishing[0][0] <= iterations:
            finish, _, request = heappop(finishing)
            if request.finish_iteration == finish:
                self._leave_decode(request)
                self._finish(request, now_s)

    def _begin(self, now_s: Any) -> None:
        """Schedule the next iteration, or as many as the batch stays the same."""
        needed = self._residues[-self.iterations % self.block_tokens]
        preempted = needed > self._free
        if preempted:
            needed = self._preempt_for_decodes()
        budget = self.token_budget - self._decoding
        self._free -= needed
        attention_s: Any = 0
        if self._partial is not None:
            budget, attention_s, lost = self._continue_prompt(budget)
            preempted = preempted or lost
        if self.waiting and not preempted:
            budget, attention_s = self._admit(budget, attention_s, now_s)
        if self._chunks:
            self._start_mixed(self.token_budget - budget, attention_s)
        else:
            self._free += needed
            self._start_decode(now_s, single=preempted)

    def _start_mixed(self, tokens: int, attention_s: Any) -> None:
        """One iteration with prompt chunks: its length is known, and nothing can end it early."""
        time = self.time
        duration = time.tokens_s(tokens) + attention_s
        if self._decoding:
            duration += self._kv_tokens * self._mixed_kv_s
            if self._local_tokens:
                duration += self._local_tokens * time.mixed_local_kv_s
        self._mixed = True
        self._wake_in(duration)

    def _start_decode(self, now_s: Any, *, single: bool) -> None:
        """Pure decode until the batch changes: a completion, a shortage, a full window."""
        time, n, kv_s = self.time, self._decoding, self._decode_kv_s
        first = time.tokens_s(n) + self._kv_tokens * kv_s
        step = n * kv_s
        if self._local_tokens:
            first += self._local_tokens * time.decode_local_kv_s
            step += self._growing_local * time.decode_local_kv_s
        k = 1 if single else self._next_change()
        self._jump = Jump(now_s, first, step, k)
        self._wake_in(k * first + step * (k * (k - 1) // 2))

    def _next_change(self) -> int:
        finishing, iterations = self._finishing, self.iterations
        while finishing[0][2].finish_iteration != finishing[0][0]:
            heappop(finishing)
        k = finishing[0][0] - iterations
        if self._reaching:
            self._leave_window()
            if self._reaching:
                k = min(k, self._reaching[0][0] - iterations)
        if self._decoding * (k // self.block_tokens + 1) > self._free:
            k = self._iterations_with_blocks(k)
        return k

    # --- KV blocks --------------------------------------------------------------------------

    def _blocks_for(self, k: int) -> int:
        """Blocks that the decoding sequences take in the next k iterations."""
        size, residues = self.block_tokens, self._residues
        full, rest = divmod(k, size)
        taken = full * self._decoding
        if rest:
            # Iteration i takes one for each sequence whose residue is -i: a run that goes down.
            end = -self.iterations % size + 1
            taken += sum(residues[max(end - rest, 0) : end])
            if rest > end:
                taken += sum(residues[end - rest :])
        return taken

    def _iterations_with_blocks(self, limit: int) -> int:
        """The most iterations (up to `limit`) for which the free blocks suffice."""
        size, residues = self.block_tokens, self._residues
        full = self._free // self._decoding
        k, free = full * size, self._free - full * self._decoding
        while k < limit:
            free -= residues[-(self.iterations + k) % size]
            if free < 0:
                break
            k += 1
        return min(k, limit)

    def _preempt_for_decodes(self) -> int:
        """Give each sequence its block in the order of admission; the last admitted pay for it.

        Returns the blocks that the sequences still decoding take in this iteration.
        """
        granted = 0
        for request in list(self.running):
            if request not in self.running:
                break
            if request is self._partial or self._length(request) % self.block_tokens:
                continue
            while granted == self._free:
                last = next(reversed(self.running))
                self._preempt(last)
                if last is request:
                    return granted
            granted += 1
        return granted

    def _preempt(self, request: Request) -> None:
        del self.running[request]
        if request is self._partial:
            self._partial = None
            computed = request.context
            self._free += -(-computed // self.block_tokens)
        else:
            request.produced = request.output_tokens - (request.finish_iteration - self.iterations)
            computed = self._length(request)
            self._leave_decode(request)
        self.recomputed_tokens += computed
        request.context = 0
        request.preemptions += 1
        request.queued_s = self.env.now
        self.waiting.appendleft(request)

    # --- prompts ----------------------------------------------------------------------------

    def _continue_prompt(self, budget: int) -> tuple[int, Any, bool]:
        """The next chunk of the prompt that is partly done, or its preemption."""
        request = self._partial
        assert request is not None
        size, context = self.block_tokens, request.context
        new = min(request.prompt_tokens - context, budget)
        needed = -(-(context + new) // size) - -(-context // size)
        if needed > self._free:
            self._preempt(request)
            return budget, 0, True
        self._free -= needed
        self._take_chunk(request, new)
        return budget - new, self.time.prompt_s(new, context), False

    def _admit(self, budget: int, attention_s: Any, now_s: Any) -> tuple[int, Any]:
        """Let the waiting in, first come first served, while everything lasts."""
        waiting, running, size = self.waiting, self.running, self.block_tokens
        while waiting and budget > 0 and len(running) < self.max_sequences:
            request = waiting[0]
            request.prompt_tokens = prompt = request.input_tokens + request.produced
            new = prompt if prompt < budget else budget
            needed = -(-new // size)
            if needed > self._free:
                break
            waiting.popleft()
            request.waited_s += now_s - request.queued_s
            running[request] = None
            self._free -= needed
            if request.scheduled_s is None:
                request.scheduled_s = now_s
            self._take_chunk(request, new)
            budget -= new
            attention_s += self.time.prompt_s(new, 0)
        return budget, attention_s

    def _take_chunk(self, request: Request, new: int) -> None:
        request.context += new
        self.prompt_tokens_done += new
        self._chunks.append(request)
        self._partial = request if request.context < request.prompt_tokens else None

    def _end_prompt(self, request: Request, now_s: Any) -> None:
        """The whole prompt is in the cache: it brings the first token, or the next."""
        request.produced += 1
        self.sampled_tokens += 1
        if request.produced == 1:
            request.first_token(now_s)
        if request.produced == request.output_tokens:
            self._free += -(-request.context // self.block_tokens)
            self._finish(request, now_s)
        else:
            self._enter_decode(request)

    # --- decoding sequences -----------------------------------------------------------------

    def _length(self, request: Request) -> int:
        """Tokens of a decoding sequence in the cache at this boundary."""
        left = request.finish_iteration - self.iterations
        return request.input_tokens + request.output_tokens - left - 1

    def _enter_decode(self, request: Request) -> None:
        length, iterations = request.context, self.iterations
        finish = iterations + request.output_tokens - request.produced
        request.finish_iteration = finish
        self._order += 1
        heappush(self._finishing, (finish, self._order, request))
        self._decoding += 1
        self._kv_tokens += length
        self._residues[(length - iterations) % self.block_tokens] += 1
        window = self.time.window
        if window is not None:
            self._local_tokens += min(length, window)
            if length < window:
                self._growing_local += 1
                heappush(
                    self._reaching, (iterations + window - length, self._order, request, finish)
                )

    def _leave_decode(self, request: Request) -> None:
        """Take a sequence out of the sums and free its blocks."""
        length = self._length(request)
        self._free += -(-length // self.block_tokens)
        request.finish_iteration = -1
        self._decoding -= 1
        self._kv_tokens -= length
        self._residues[(length - self.iterations) % self.block_tokens] -= 1
        window = self.time.window
        if window is not None:
            self._local_tokens -= min(length, window)
            if length < window:
                self._growing_local -= 1

    def _leave_window(self) -> None:
        """Sequences whose length has reached the window read no more local tokens from now on."""
        reaching = self._reaching
        while reaching and (
            reaching[0][0] <= self.iterations or reaching[0][2].finish_iteration != reaching[0][3]
        ):
            _, _, request, finish = heappop(reaching)
            if request.finish_iteration == finish:
                self._growing_local -= 1

    def _finish(self, request: Request, now_s: Any) -> None:
        del self.running[request]
        request.produced = request.output_tokens
        request.last_token_s = now_s
        self.finished_requests += 1
        self.finished_input_tokens += request.input_tokens
        self.finished_output_tokens += request.output_tokens
        if request.done is not None:
            request.done.succeed()
