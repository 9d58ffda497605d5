"""The sequences that a replica decodes: they advance together, one token an iteration.

That makes sums and heaps out of what would cost a look at every sequence in every iteration:

- a sequence that needs r more tokens finishes at iteration `now + r`: a heap;
- a sequence needs a new KV block when its length is a multiple of the block size: a histogram of
  (length - iteration) modulo the block size, which does not change while it decodes;
- the KV tokens that an iteration reads grow by the number of sequences.

Heap entries of sequences that have left are recognised by their `finish_iteration`.
"""

from heapq import heappop, heappush

from aisim.simulation.request import Request


class DecodeBatch:
    """Decoding sequences, and how far they have come.

    Attributes:
        size: sequences.
        iterations: iterations of the replica that have ended.
        kv_tokens: tokens in the cache, of all sequences.
        local_tokens: the same, of each at most the window.
        growing_local: sequences shorter than the window.
        tokens_done: tokens decoded so far.
    """

    __slots__ = (
        "_block_tokens", "_finishing", "_order", "_reaching", "_residues", "_window",
        "growing_local", "iterations", "kv_tokens", "local_tokens", "size", "tokens_done",
    )  # fmt: skip

    def __init__(self, block_tokens: int, window: int | None) -> None:
        self.size = 0
        self.iterations = 0
        self.kv_tokens = 0
        self.local_tokens = 0
        self.growing_local = 0
        self.tokens_done = 0
        self._block_tokens = block_tokens
        self._window = window
        self._residues = [0] * block_tokens
        self._finishing: list[tuple[int, int, Request]] = []
        self._reaching: list[tuple[int, int, Request, int]] = []
        self._order = 0

    def advance(self, k: int) -> bool:
        """Book k ended iterations: all are k tokens longer. True if one of them may be done."""
        self.iterations = iterations = self.iterations + k
        grown = k * self.size
        self.kv_tokens += grown
        self.tokens_done += grown
        if self.growing_local:
            self.local_tokens += k * self.growing_local
            self._leave_window()
        finishing = self._finishing
        return bool(finishing) and finishing[0][0] <= iterations

    def enter(self, request: Request) -> None:
        """A prompt of `context` tokens is done: the sequence decodes from now on."""
        length, iterations = request.context, self.iterations
        request.finish_iteration = finish = iterations + request.output_tokens - request.produced
        self._order += 1
        heappush(self._finishing, (finish, self._order, request))
        self.size += 1
        self.kv_tokens += length
        self._residues[(length - iterations) % self._block_tokens] += 1
        window = self._window
        if window is not None:
            self.local_tokens += min(length, window)
            if length < window:
                self.growing_local += 1
                reach = iterations + window - length
                heappush(self._reaching, (reach, self._order, request, finish))

    def leave(self, request: Request) -> int:
        """The sequence decodes no more; returns the blocks that it held."""
        length = self.length(request)
        request.finish_iteration = -1
        self.size -= 1
        self.kv_tokens -= length
        self._residues[(length - self.iterations) % self._block_tokens] -= 1
        window = self._window
        if window is not None:
            self.local_tokens -= min(length, window)
            if length < window:
                self.growing_local -= 1
        return -(-length // self._block_tokens)

    def clear(self) -> None:
        """All have left, and may decode elsewhere: forget them, lest an entry fits one again."""
        self._finishing.clear()
        self._reaching.clear()

    def length(self, request: Request) -> int:
        """Tokens of a decoding sequence in the cache."""
        left = request.finish_iteration - self.iterations
        return request.input_tokens + request.output_tokens - left - 1

    def produced(self, request: Request) -> int:
        """Output tokens that a decoding sequence has."""
        return request.output_tokens - (request.finish_iteration - self.iterations)

    def pop_finished(self) -> Request | None:
        """A sequence that has its last token; it has still to leave."""
        finishing, iterations = self._finishing, self.iterations
        while finishing and finishing[0][0] <= iterations:
            finish, _, request = heappop(finishing)
            if request.finish_iteration == finish:
                return request
        return None

    def _leave_window(self) -> None:
        """Sequences whose length has reached the window read no more local tokens from now on."""
        reaching = self._reaching
        while reaching and (
            reaching[0][0] <= self.iterations or reaching[0][2].finish_iteration != reaching[0][3]
        ):
            _, _, request, finish = heappop(reaching)
            if request.finish_iteration == finish:
                self.growing_local -= 1

    def next_change(self, free_blocks: int) -> int:
        """Iterations until one finishes, reaches the window, or lacks a block."""
        finishing, iterations = self._finishing, self.iterations
        while finishing[0][2].finish_iteration != finishing[0][0]:
            heappop(finishing)
        k = finishing[0][0] - iterations
        if self._reaching:
            self._leave_window()
            if self._reaching:
                k = min(k, self._reaching[0][0] - iterations)
        if self.size * (k // self._block_tokens + 1) > free_blocks:
            k = self._iterations_with(free_blocks, k)
        return k

    def blocks_next(self) -> int:
        """Blocks that the sequences take in the next iteration."""
        return self._residues[-self.iterations % self._block_tokens]

    def blocks_for(self, k: int) -> int:
        """Blocks that the sequences take in the next k iterations."""
        size, residues = self._block_tokens, self._residues
        full, rest = divmod(k, size)
        taken = full * self.size
        if rest:
            # Iteration i takes one for each sequence whose residue is -i: a run that goes down.
            end = -self.iterations % size + 1
            taken += sum(residues[max(end - rest, 0) : end])
            if rest > end:
                taken += sum(residues[end - rest :])
        return taken

    def _iterations_with(self, free_blocks: int, limit: int) -> int:
        """The most iterations (up to `limit`) for which the free blocks suffice."""
        size, residues = self._block_tokens, self._residues
        full = free_blocks // self.size
        k, free = full * size, free_blocks - full * self.size
        while k < limit:
            free -= residues[-(self.iterations + k) % size]
            if free < 0:
                break
            k += 1
        return min(k, limit)
