"""How long one iteration of a serving engine takes on the GPUs of one replica.

Per GPU, with the parameters of a fit (`aisim.performance.fits`):

    t = L o + AR + Fa (1 + s0/S) / (peak16 ea) + KV / (bw ek)
      + pnorm(Fd / (peak ec), Wd / (bw em)) + pnorm(Fm / (peak ecm sat), Wm / (bw emm))
      + act Bact / bw

Of the forms tried this one did best on measured iterations. Its terms are in `tokens` (all
but Fa and KV) and `attention` (Fa); KV is the cache that decoding sequences read. What each
term counts was found by trial against the measured rows from which the parameters were fitted.
"""

from dataclasses import dataclass, field

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.models import LlmModel
from aisim.performance import shapes
from aisim.performance.attention import (
    PromptAttention,
    causal_pairs,
    prompt_attention,
    windowed_pairs,
)
from aisim.performance.collectives import all_reduce
from aisim.performance.deployment import Deployment
from aisim.performance.fits import POOLED, fit_notes, gpu_fit
from aisim.performance.precision import compute
from aisim.performance.tokens import TokensTime, tokens_time


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
        provenance: "fitted" on this accelerator, or "datasheet" with a pooled fit.
    """

    decode_kv_s: float
    mixed_kv_s: float
    decode_local_kv_s: float
    mixed_local_kv_s: float
    window: int | None
    notes: tuple[str, ...]
    provenance: str
    _tokens: TokensTime = field(repr=False)
    _attention: PromptAttention = field(repr=False)
    _known_s: dict[int, float] = field(default_factory=dict, repr=False, compare=False)

    def tokens_s(self, n: int) -> float:
        """Return the seconds that depend on the `n` tokens of the batch alone.

        Layer overhead, all-reduces, dense weights, experts and activations.
        """
        known_s = self._known_s.get(n)
        if known_s is None:
            known_s = self._known_s[n] = self._tokens.seconds(n)
        return known_s

    def prompt_s(self, new: int, context: int) -> float:
        """Return the seconds of attention of `new` prompt tokens after `context` cached ones.

        At least what a decode takes to read that context: a chunk reads it as well.
        """
        global_pair_s, local_pair_s, half_sat = self._attention
        total = context + new
        seconds = causal_pairs(new, context) * (1.0 + half_sat / total) * global_pair_s
        if context:
            seconds = max(seconds, context * self.mixed_kv_s)
        window = self.window
        if window is None:
            return seconds
        pairs = windowed_pairs(new, context, window)
        local_s = pairs * (1.0 + half_sat / min(total, window)) * local_pair_s
        return seconds + max(local_s, min(context, window) * self.mixed_local_kv_s)


def iteration_time(
    model: LlmModel,
    accelerator: Accelerator,
    engine: str,
    weights: str,
    kv_cache: str,
    tp: int,
    max_sequences: int = 256,
) -> IterationTime:
    """Return the iteration times of a model on `tp` accelerators.

    Args:
        model: The model to serve.
        accelerator: The accelerator of each rank.
        engine: The engine whose fit is preferred, such as "vllm".
        weights: Precision of the weights: fp16, bf16, fp8, int8, int4 or nvfp4.
        kv_cache: Precision of the KV cache: fp16, bf16 or fp8.
        tp: Ranks of tensor parallelism.
        max_sequences: Sequences that run at once, so the most tokens that are sampled.

    Raises:
        UnknownName: No such precision.
        ValueError: `tp` does not split the heads of the model, or the catalog knows no 16-bit
            peak of the accelerator, or no link between several of them.
    """
    shapes.check_tensor_parallel(model, tp)
    deployment = Deployment(model, accelerator, engine, weights, kv_cache, tp, max_sequences)
    precision = compute(accelerator, weights)
    fit = gpu_fit(accelerator, engine, precision.name)
    layer_kv_s = shapes.kv_bytes_per_token_layer(model, kv_cache, tp) / deployment.bytes_per_s
    decode_s = layer_kv_s / fit.eff_kv_decode
    mixed_s = layer_kv_s / (fit.eff_kv_mixed or fit.eff_kv_decode)
    whole = shapes.global_layers(model)
    local = model.layers - whole
    return IterationTime(
        decode_kv_s=whole * decode_s,
        mixed_kv_s=whole * mixed_s,
        decode_local_kv_s=local * decode_s,
        mixed_local_kv_s=local * mixed_s,
        window=model.sliding_window if local else None,
        notes=(
            *precision.notes,
            *fit_notes(fit, accelerator, engine, precision.name),
            *all_reduce(accelerator, engine, tp).notes,
        ),
        provenance="datasheet" if fit.accelerator == POOLED else "fitted",
        _tokens=tokens_time(deployment, fit),
        _attention=prompt_attention(deployment, fit),
    )
