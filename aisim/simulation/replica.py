"""A replica: one running copy of a model, serving by continuous batching.

The order is that of vLLM V1. Running sequences come first, in the order of their admission, one
token each; then the prompt that is partly done; then the waiting, first come first served, while
token budget, sequence limit and KV blocks last. On a shortage of blocks the last admitted is
preempted (recompute) to the head of the queue, and none is admitted in that iteration.

Between two changes of the batch all iterations are pure decode, and their durations grow linearly:
the replica takes them in one jump (see jump.py), which the batch makes cheap (see batch.py).
Nothing costs per token.
"""

from typing import Any

from aisim.simulation.jump import Jump
from aisim.simulation.replica_state import ReplicaState
from aisim.simulation.request import Request
from aisim.simulation.wake import LAST, Wake


class Replica(ReplicaState):
    """One scheduler and one KV cache.

    `token_budget` tokens an iteration, at most `max_sequences` running, `blocks` KV blocks of
    `block_tokens` tokens. `on_state(busy)` is told when the replica turns busy or idle.
    """

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

    def stop(self) -> list[Request]:
        """Stop at once: the iteration in work is lost, and so is the whole cache.

        Returns who was here: the running in the order of their admission, then the waiting. What
        they have produced is kept, and they wait from now on.
        """
        now, jump = self.env.now, self._jump
        self._wakes += 1
        tally = self.tally
        tally.prefill_s, tally.decode_s, tally.decode_sequence_s = self.phases()
        self._jump = self._mixed_since_s = None
        if jump is not None:
            self._settle(jump.completed_at(now), now)
        for request in self.running:
            self._lose(request)
        for request in self.waiting:
            request.waited_s += now - request.queued_s
            request.queued_s = now
        here = [*self.running, *self.waiting]
        self.running.clear()
        self.waiting.clear()
        self.batch.clear()
        self._partial, self._chunks, self._free = None, [], self.blocks
        if self._busy:
            self._turn(busy=False)
        return here

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
            self._free -= self.batch.blocks_for(jump.iterations)
            self._jump = None
            tally, elapsed_s = self.tally, now - jump.start_s
            tally.decode_s += elapsed_s
            tally.decode_sequence_s += elapsed_s * self.batch.size
            self._settle(jump.iterations, now)
        elif self._mixed_since_s is not None:
            self.tally.prefill_s += now - self._mixed_since_s
            self._mixed_since_s = None
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
        batch = self.batch
        some_may_be_done = batch.advance(k)
        if self._chunks:
            for request in self._chunks:
                if request.context == request.prompt_tokens:
                    self._end_prompt(request, now_s)
            self._chunks = []
        while some_may_be_done and (finished := batch.pop_finished()) is not None:
            self._free += batch.leave(finished)
            self._finish(finished, now_s)

    def _begin(self, now_s: Any) -> None:
        """Schedule the next iteration, or as many as the batch stays the same."""
        needed = self.batch.blocks_next()
        preempted = needed > self._free
        if preempted:
            needed = self._preempt_for_decodes()
        budget = self.token_budget - self.batch.size
        self._free -= needed
        attention_s: Any = 0
        if self._partial is not None:
            budget, attention_s, lost = self._continue_prompt(self._partial, budget)
            preempted = preempted or lost
        if self.waiting and not preempted:
            budget, attention_s = self._admit(budget, attention_s, now_s)
        if self._chunks:
            self._start_mixed(now_s, self.token_budget - budget, attention_s)
        else:
            self._free += needed
            self._start_decode(now_s, single=preempted)

    def _start_mixed(self, now_s: Any, tokens: int, attention_s: Any) -> None:
        """One iteration with prompt chunks: its length is known, and nothing can end it early."""
        batch = self.batch
        duration = self.time.mixed_tokens_s(tokens) + attention_s
        if batch.size:
            duration += batch.kv_tokens * self._mixed_kv_s
            if batch.local_tokens:
                duration += batch.local_tokens * self.time.mixed_local_kv_s
        self._mixed_since_s = now_s
        self._wake_in(duration)

    def _start_decode(self, now_s: Any, *, single: bool) -> None:
        """Pure decode until the batch changes: a completion, a shortage, a full window."""
        batch, kv_s = self.batch, self._decode_kv_s
        first = self.time.tokens_s(batch.size) + batch.kv_tokens * kv_s
        step = batch.size * kv_s
        if batch.local_tokens:
            local_kv_s = self.time.decode_local_kv_s
            first += batch.local_tokens * local_kv_s
            step += batch.growing_local * local_kv_s
        k = 1 if single else batch.next_change(self._free)
        self._jump = Jump(now_s, first, step, k)
        self._wake_in(k * first + step * (k * (k - 1) // 2))

    # --- shortage of blocks -----------------------------------------------------------------

    def _preempt_for_decodes(self) -> int:
        """Give each sequence its block in the order of admission; the last admitted pay for it.

        Returns the blocks that the sequences still decoding take in this iteration.
        """
        granted = 0
        for request in list(self.running):
            if request not in self.running:
                break
            if request is self._partial or self.batch.length(request) % self.block_tokens:
                continue
            while granted == self._free:
                last = next(reversed(self.running))
                self._preempt(last)
                if last is request:
                    return granted
            granted += 1
        return granted

    def _preempt(self, request: Request) -> None:
        """Back to the head of the queue, without its cache; what it has produced is kept."""
        del self.running[request]
        if request is self._partial:
            self._partial = None
        self._free += self._lose(request)
        self.waiting.appendleft(request)

    def _lose(self, request: Request) -> int:
        """Without its cache a request waits again; returns the blocks that it held."""
        if request.finish_iteration < 0:
            tokens = request.context
            blocks = -(-tokens // self.block_tokens)
        else:
            request.produced = self.batch.produced(request)
            tokens = self.batch.length(request)
            blocks = self.batch.leave(request)
        self.tally.dropped_tokens += tokens
        request.context = 0
        request.preemptions += 1
        request.queued_s = self.env.now
        return blocks

    # --- prompts ----------------------------------------------------------------------------

    def _continue_prompt(self, request: Request, budget: int) -> tuple[int, Any, bool]:
        """The next chunk of the prompt that is partly done, or its preemption."""
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
        self.tally.prompt_tokens += new
        self._chunks.append(request)
        self._partial = request if request.context < request.prompt_tokens else None

    def _end_prompt(self, request: Request, now_s: Any) -> None:
        """The whole prompt is in the cache: it brings the first token, or the next."""
        request.produced += 1
        self.tally.sampled_tokens += 1
        if request.produced == 1:
            request.first_token(now_s)
        if request.produced == request.output_tokens:
            self._free += -(-request.context // self.block_tokens)
            self._finish(request, now_s)
        else:
            self.batch.enter(request)

    def _finish(self, request: Request, now_s: Any) -> None:
        del self.running[request]
        request.produced = request.output_tokens
        request.last_token_s = now_s
        tally = self.tally
        tally.finished += 1
        tally.finished_input_tokens += request.input_tokens
        tally.finished_output_tokens += request.output_tokens
        if request.done is not None:
            request.done.succeed()
