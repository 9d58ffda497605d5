"""What is measured: matrix products, attention and whole steps, with their work and memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from aisim.catalog import LlmModel

VALUE_BYTES = 2  # bf16 and fp16


@dataclass(frozen=True)
class Gemm:
    """`m` tokens through a matrix from `k` to `n` values."""

    m: int
    n: int
    k: int

    def flops(self) -> float:
        """Return the arithmetic of one call."""
        return 2.0 * self.m * self.n * self.k

    def rotated_bytes(self) -> int:
        """Return the bytes of the operand that must come from memory: the weights."""
        return VALUE_BYTES * self.n * self.k

    def other_bytes(self) -> int:
        """Return the bytes of the tokens, in and out."""
        return VALUE_BYTES * self.m * (self.n + self.k)

    def text(self) -> str:
        """Return the case in a few words."""
        return f"gemm m={self.m} n={self.n} k={self.k}"


@dataclass(frozen=True)
class Attention:
    """Attention of one layer: whole prompts of `length`, or one token over a cache of `length`."""

    batch: int
    length: int
    q_heads: int
    kv_heads: int
    head_dim: int
    generation: bool

    def new_tokens(self) -> int:
        """Return the tokens that attend, per sequence."""
        return 1 if self.generation else self.length

    def flops(self) -> float:
        """Return the arithmetic of one call, the causal half alone of a prompt."""
        pairs = self.length if self.generation else self.length * (self.length + 1) / 2
        return 4.0 * self.batch * pairs * self.q_heads * self.head_dim

    def rotated_bytes(self) -> int:
        """Return the bytes of the operand that must come from memory: keys and values."""
        return 2 * VALUE_BYTES * self.batch * self.length * self.kv_heads * self.head_dim

    def other_bytes(self) -> int:
        """Return the bytes of queries and answers."""
        return 2 * VALUE_BYTES * self.batch * self.new_tokens() * self.q_heads * self.head_dim

    def score_bytes(self) -> int:
        """Return the bytes of the scores, where the attention kernel writes them out."""
        return 4 * self.batch * self.q_heads * self.new_tokens() * self.length

    def text(self) -> str:
        """Return the case in a few words."""
        kind = "generation" if self.generation else "context"
        return f"{kind} attention b={self.batch} length={self.length}"


@dataclass(frozen=True)
class Step:
    """One iteration: `prompts` chunks of `chunk` new tokens, and `decodes` of one token.

    Attributes:
        cached: Tokens of each prompt that earlier iterations have put in the cache.
        context: Tokens that each decode attends to, its own included.
    """

    prompts: int = 0
    chunk: int = 0
    cached: int = 0
    decodes: int = 0
    context: int = 0

    def phase(self) -> str:
        """Return prefill, decode or mixed."""
        if not self.decodes:
            return "prefill"
        return "mixed" if self.prompts else "decode"

    def tokens(self) -> int:
        """Return the new tokens of the iteration."""
        return self.prompts * self.chunk + self.decodes

    def kv_tokens(self) -> int:
        """Return the tokens that the cache holds after the iteration."""
        return self.prompts * (self.cached + self.chunk) + self.decodes * self.context

    def pairs(self) -> float:
        """Return the pairs of a query and a key that attention scores, per head."""
        prompt = self.chunk * self.cached + self.chunk * (self.chunk + 1) / 2
        return self.prompts * prompt + self.decodes * self.context

    def text(self) -> str:
        """Return the case in a few words."""
        parts = []
        if self.prompts:
            parts.append(f"{self.prompts} x {self.chunk} new on {self.cached} cached")
        if self.decodes:
            parts.append(f"{self.decodes} decodes on {self.context}")
        return f"{self.phase()} {' + '.join(parts)}"


def ffn_inner(model: LlmModel) -> int:
    """Return the width of the first feed-forward product: gate and up side by side."""
    return (2 if model.gated_mlp else 1) * model.ffn_intermediate


def matrices(model: LlmModel) -> dict[str, tuple[int, int]]:
    """Return the (n, k) of each matrix of a layer, and of the LM head."""
    query, cached = model.n_heads * model.head_dim, model.n_kv_heads * model.head_dim
    return {
        "qkv": (query + 2 * cached, model.hidden),
        "out": (model.hidden, query),
        "up": (ffn_inner(model), model.hidden),
        "down": (model.hidden, model.ffn_intermediate),
        "head": (model.vocab, model.hidden),
    }


def layer_weights(model: LlmModel) -> int:
    """Return the weights in the matrices of one layer."""
    return sum(n * k for name, (n, k) in matrices(model).items() if name != "head")


def layers_that_fit(model: LlmModel, free: float) -> int:
    """Return the layers whose weights take at most four fifths of `free` bytes, the head beside."""
    left = 0.8 * free - weight_bytes(model, 0)
    return max(0, min(model.layers, int(left / (VALUE_BYTES * layer_weights(model)))))


def weight_bytes(model: LlmModel, layers: int) -> int:
    """Return the bytes of `layers` layers and the LM head, which also embeds."""
    return VALUE_BYTES * (layers * layer_weights(model) + model.vocab * model.hidden)


def step_flops(model: LlmModel, layers: int, step: Step) -> float:
    """Return the arithmetic of a step: one row per sequence passes the LM head."""
    dense = 2.0 * step.tokens() * layers * layer_weights(model)
    attention = 4.0 * layers * step.pairs() * model.n_heads * model.head_dim
    head = 2.0 * (step.prompts + step.decodes) * model.vocab * model.hidden
    return dense + attention + head


def step_traffic(model: LlmModel, layers: int, step: Step) -> float:
    """Return the bytes of weights and cache that a step must read, whatever else it moves."""
    return weight_bytes(model, layers) + kv_bytes(model, layers, step.kv_tokens())


def kv_bytes(model: LlmModel, layers: int, tokens: int) -> int:
    """Return the bytes that the cache holds of `tokens` tokens."""
    return 2 * VALUE_BYTES * layers * model.n_kv_heads * model.head_dim * tokens


def step_bytes(model: LlmModel, layers: int, step: Step, *, scores: bool) -> int:
    """Return an upper estimate of the bytes a step takes beside the weights.

    Args:
        model: Its shape.
        layers: Layers that run.
        step: The step.
        scores: Whether attention may write out its scores, in 4 bytes and twice.
    """
    wide = 5 * matrices(model)["qkv"][0] + 4 * model.hidden + 2 * ffn_inner(model)
    logits = (step.prompts + step.decodes) * model.vocab
    total = kv_bytes(model, layers, step.kv_tokens())
    total += VALUE_BYTES * (step.tokens() * wide + 2 * logits)
    if scores:
        prompt = step.prompts * step.chunk * (step.cached + step.chunk)
        total += 8 * model.n_heads * max(prompt, step.decodes * step.context)
    return total


def gemms(model: LlmModel, *, quick: bool) -> Iterator[Gemm]:
    """Yield the matrix products of a layer and the LM head over numbers of tokens."""
    tokens = (1, 16, 128, 512) if quick else tuple(2**power for power in range(14))
    # An engine keeps the last token of each sequence alone, so the head sees few.
    most = 16 if quick else 512
    for n, k in dict.fromkeys(matrices(model).values()):
        for m in tokens:
            if n != model.vocab or m <= most:
                yield Gemm(m, n, k)


def attentions(model: LlmModel, *, quick: bool) -> Iterator[Attention]:
    """Yield attention over prompts, then over caches."""
    heads = (model.n_heads, model.n_kv_heads, model.head_dim)
    prompts, lengths = ((1,), (128, 512)) if quick else ((1, 4, 16), powers(128, 32768))
    for batch in prompts:
        for length in lengths:
            if length <= model.max_context and batch * length <= 65536:
                yield Attention(batch, length, *heads, generation=False)
    decodes, lengths = ((1, 16), (512, 2048)) if quick else (powers(1, 256), powers(128, 131072))
    for batch in decodes:
        for length in lengths:
            if length <= model.max_context and batch * length <= 2**20:
                yield Attention(batch, length, *heads, generation=True)


def steps(model: LlmModel, *, quick: bool) -> Iterator[Step]:
    """Yield decodes over batch and context, prompts by length, and mixed batches."""
    grids = _quick_steps() if quick else _all_steps()
    for step in grids:
        if max(step.cached + step.chunk, step.context) <= model.max_context:
            yield step


def powers(first: int, last: int) -> tuple[int, ...]:
    """Return first, 2 first, 4 first ... up to last."""
    return tuple(first << power for power in range((last // first).bit_length()))


def _quick_steps() -> Iterator[Step]:
    for decodes, context in ((1, 128), (1, 2048), (8, 512), (32, 512)):
        yield Step(decodes=decodes, context=context)
    for chunk in (64, 256):
        yield Step(prompts=1, chunk=chunk)
    yield Step(prompts=1, chunk=128, cached=512)
    yield Step(prompts=1, chunk=128, decodes=16, context=512)


def _all_steps() -> Iterator[Step]:
    for context, decodes in product(powers(128, 32768), powers(1, 256)):
        yield Step(decodes=decodes, context=context)
    for chunk in powers(128, 32768):
        yield Step(prompts=1, chunk=chunk)
    for prompts, chunk in product((4, 16), powers(128, 2048)):
        yield Step(prompts=prompts, chunk=chunk)
    for cached, chunk in product((2048, 8192, 32768), (512, 2048)):
        yield Step(prompts=1, chunk=chunk, cached=cached)
    for chunk, decodes, context in product((256, 512, 2048), (8, 64), (512, 4096)):
        yield Step(prompts=1, chunk=chunk, decodes=decodes, context=context)
