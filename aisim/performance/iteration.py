"""How long one iteration of a serving engine takes on the accelerators of one replica.

On each rank, a sum over kernels with the parameters of a fit (`aisim.performance.fits`): dense
products (`products`), experts (`experts`), attention of prompts and the reading of the KV cache
(`attention`), exchanges between ranks (`collectives`), and what a real engine adds per layer and
per iteration. All but attention depend on the number of tokens alone, and the time of decodes
is linear in the cached tokens: iterations at constant batch sum in closed form.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import hypot

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.engines import EngineHost, GpuFit
from aisim.catalog.models import LlmModel
from aisim.language import say
from aisim.performance import shapes
from aisim.performance.attention import (
    PromptAttention,
    attention_work,
    kv_token_s,
    prompt_attention,
    prompt_attention_s,
    windowed_pairs,
)
from aisim.performance.deployment import Deployment, Parallel
from aisim.performance.fits import as_served, engine_host, gpu_fit, kernels_named
from aisim.performance.precision import compute
from aisim.performance.tokens import TokensTime, exchange_notes, tokens_time

# Kernels of linear attention pass through a prompt in chunks of so many tokens
# (flash-linear-attention, chunk_size of its chunked rules).
STATE_TOKENS = 64


@dataclass(frozen=True, slots=True)
class IterationTime:
    """The time of one iteration, as a sum of terms; build it with `iteration_time`.

    Attributes:
        decode_kv_s: Seconds per cached token that decodes read, in the layers that see the
            whole context, in a batch of decodes alone.
        mixed_kv_s: The same in a batch that also holds prompt chunks.
        decode_local_kv_s: As decode_kv_s for the local layers, where a sequence reads at most
            its window; 0 without local layers.
        mixed_local_kv_s: As mixed_kv_s for the local layers.
        window: Tokens that a local layer looks back, None without local layers.
        notes: What is estimated and not fitted, in words.
        provenance: "fitted" on this accelerator, "relatives": from its data sheet and the fits
            of its relatives, or "calibrated" by the planner.
        fit: The parameters of the kernels.
        host: What the engine adds to them.
        parallel: How the replica is spread.
        token_budget: Most tokens of an iteration on one lane.
    """

    decode_kv_s: float
    mixed_kv_s: float
    decode_local_kv_s: float
    mixed_local_kv_s: float
    window: int | None
    notes: tuple[str, ...]
    provenance: str
    fit: GpuFit = field(repr=False)
    host: EngineHost = field(repr=False)
    parallel: Parallel = field(repr=False)
    token_budget: int = field(repr=False)
    _tokens: TokensTime = field(repr=False)
    _attention: PromptAttention = field(repr=False)
    _known_s: dict[int, float] = field(default_factory=dict, repr=False, compare=False)

    def tokens_s(self, n: int) -> float:
        """Return the seconds that depend on the `n` decoding sequences of the batch alone.

        They are spread over the lanes: pipeline stages and copies of the attention.
        """
        known_s = self._known_s.get(n)
        if known_s is None:
            parallel, host = self.parallel, self.host
            lane = -(-n // parallel.lanes)
            known_s = self._tokens.seconds(lane, min(n, lane * parallel.data), lane)
            host_s = (host.iteration_us + lane * host.sequence_us) * 1e-6
            known_s = joined(known_s, host_s, beside=host.beside)
            self._known_s[n] = known_s
        return known_s

    def mixed_tokens_s(self, n: int) -> float:
        """Return the same of a batch of `n` tokens that holds prompt chunks.

        With several lanes, of the fullest: a lone prompt stays on one of them. The host's work
        for each sequence hides behind so long an iteration.
        """
        known_s = self._known_s.get(-n)
        if known_s is None:
            lane = min(n, self.token_budget)
            among = min(n, lane * self.parallel.data)
            known_s = self._tokens.seconds(lane, among, lane / STATE_TOKENS)
            known_s = joined(known_s, self.host.iteration_us * 1e-6, beside=self.host.beside)
            self._known_s[-n] = known_s
        return known_s

    def exchange_s(self, n: int) -> float:
        """Return how much of `mixed_tokens_s` ranks spend on exchanging what they computed."""
        return self._tokens.exchange.seconds(min(n, self.token_budget))

    def prompt_s(self, new: int, context: int) -> float:
        """Return the seconds of attention of `new` prompt tokens after `context` cached ones.

        At least what a decode takes to read that context: a chunk reads it as well, on its lane.
        """
        lanes = self.parallel.lanes
        global_pair_s, local_pair_s, half_sat = self._attention
        total = context + new
        # `prompt_attention_s` of `causal_pairs`, written out: this is asked for each chunk.
        pairs = new * context + 0.5 * new * (new + 1)
        seconds = pairs * (1.0 + half_sat / total) * global_pair_s
        if context:
            seconds = max(seconds, context * self.mixed_kv_s * lanes)
        window = self.window
        if window is None:
            return seconds
        seen = min(total, window)
        pairs = windowed_pairs(new, context, window)
        local_s: float = prompt_attention_s(pairs, seen, local_pair_s, half_sat)
        return seconds + max(local_s, min(context, window) * self.mixed_local_kv_s * lanes)


def joined(kernels_s: float, host_s: float, *, beside: bool) -> float:
    """Return the time of kernels and host: one after the other, or the host beside them."""
    return hypot(kernels_s, host_s) if beside else kernels_s + host_s


def iteration_time(
    model: LlmModel,
    accelerator: Accelerator,
    engine: str,
    weights: str,
    kv_cache: str,
    parallel: Parallel | int,
    max_sequences: int = 256,
    token_budget: int = 2048,
    activations: str | None = None,
    fits: Sequence[GpuFit] | None = None,
    host: EngineHost | None = None,
) -> IterationTime:
    """Return the iteration times of one replica of a model.

    Args:
        model: The model to serve.
        accelerator: The accelerator of each rank.
        engine: The engine whose fit is preferred, such as "vllm".
        weights: Precision of the weights: fp16, bf16, fp8, int8, int4 or nvfp4.
        kv_cache: Precision of the KV cache: fp16, bf16 or fp8.
        parallel: How the replica is spread; a number is the ranks of tensor parallelism.
        max_sequences: Sequences that run at once, so the most tokens that are sampled.
        token_budget: Most tokens of an iteration on one lane.
        activations: Precision of what weights are multiplied with; None: as the weights where
            the accelerator can.
        fits: Parameters to choose from, such as a planner's own; None: those of the catalog.
        host: What the engine adds to its kernels; None: as the catalog has it.

    Raises:
        UnknownName: No such precision.
        ValueError: The parallelism does not split the model, or the catalog knows no 16-bit
            peak of the accelerator, or no link between several of them.
    """
    if isinstance(parallel, int):
        parallel = Parallel(parallel)
    shapes.check_parallel(model, parallel)
    deployment = Deployment(
        model, accelerator, engine, weights, kv_cache, parallel,
        max_sequences, token_budget, activations,
    )  # fmt: skip
    precision = compute(accelerator, weights, activations)
    chosen = gpu_fit(accelerator, engine, precision.name, fits)
    notes = (*precision.notes, *chosen.notes, *exchange_notes(deployment), *_lane_notes(parallel))
    provenance = "calibrated" if fits is not None else chosen.provenance
    host = host or engine_host(engine, kernels_named(weights, precision.name))
    return assemble(deployment, chosen.fit, host, notes, provenance)


def assemble(
    deployment: Deployment,
    fit: GpuFit,
    host: EngineHost,
    notes: tuple[str, ...] = (),
    provenance: str = "fitted",
) -> IterationTime:
    """Return the iteration times with exactly these parameters."""
    model, fit = deployment.model, as_served(fit, host)
    work, rate = attention_work(deployment), fit.eff_prefill_attn
    lanes = deployment.parallel.lanes
    decode_s = float(kv_token_s(work, fit.eff_kv_decode, rate)) / lanes
    mixed_s = float(kv_token_s(work, fit.eff_kv_mixed or fit.eff_kv_decode, rate)) / lanes
    whole, local = shapes.global_layers(model), shapes.local_layers(model)
    return IterationTime(
        decode_kv_s=whole * decode_s,
        mixed_kv_s=whole * mixed_s,
        decode_local_kv_s=local * decode_s,
        mixed_local_kv_s=local * mixed_s,
        window=model.sliding_window if local else None,
        notes=notes,
        provenance=provenance,
        fit=fit,
        host=host,
        parallel=deployment.parallel,
        token_budget=deployment.token_budget,
        _tokens=tokens_time(deployment, fit, host.exchange_share),
        _attention=prompt_attention(deployment, fit),
    )


def _lane_notes(parallel: Parallel) -> tuple[str, ...]:
    notes = []
    if parallel.pipeline > 1:
        even = say(
            "pipeline: sequences are spread evenly over the stages; all links as within a machine"
        )
        notes.append(even)
    if parallel.data > 1:
        notes.append(say("data-parallel attention: sequences are spread evenly over its copies"))
    return tuple(notes)
