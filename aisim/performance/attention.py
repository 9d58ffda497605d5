"""Attention: of prompts, work that grows with pairs of tokens; of decodes, a cache to read.

The attention of S prompt tokens takes F (1 + s0 / S) / (peak ea): short prompts do not fill the
units. A decode reads its cache in sqrt((KV / (bw ek))^2 + (F / (peak ea))^2), which is linear in
the tokens of the cache; the work counts where many heads share what is read, as in MLA.
"""

from typing import Any, NamedTuple

from aisim.catalog.engines import GpuFit
from aisim.performance import shapes
from aisim.performance.deployment import Deployment
from aisim.performance.precision import half_peak


class AttentionWork(NamedTuple):
    """Seconds of one layer at full efficiency: per pair of a prompt, per cached token."""

    pair_s: Any
    kv_read_s: Any
    kv_flop_s: Any


class PromptAttention(NamedTuple):
    """Seconds per pair of tokens, in the global and in the local layers, at full speed.

    A sequence of S tokens runs at S / (S + half_sat_tokens) of full speed.
    """

    global_pair_s: float
    local_pair_s: float
    half_sat_tokens: float


def prompt_attention_s(pairs: Any, tokens: Any, pair_s: Any, half_sat_tokens: Any) -> Any:
    """Return the seconds of attention over `pairs` in a sequence of `tokens` tokens."""
    return pairs * (1.0 + half_sat_tokens / tokens) * pair_s


def kv_token_s(work: AttentionWork, eff_kv: Any, eff_attention: Any) -> Any:
    """Return the seconds that a decode takes per cached token in one layer."""
    read, calculate = work.kv_read_s / eff_kv, work.kv_flop_s / eff_attention
    return (read * read + calculate * calculate) ** 0.5


def causal_pairs(new: Any, context: Any) -> Any:
    """Return the pairs when each of `new` tokens attends to all before it and to itself."""
    return new * context + 0.5 * new * (new + 1)


def windowed_pairs(new: int, context: int, window: int) -> float:
    """Return the pairs when each token attends to at most `window`, itself included."""
    growing = min(max(window - context, 0), new)
    return float(causal_pairs(growing, context)) + (new - growing) * window


def attention_work(deployment: Deployment) -> AttentionWork:
    """Return what attention costs in one layer on one rank.

    2 FLOP per pair, head and value for the scores and as many for the sum. MLA decodes in the
    compressed space. Products are 16-bit whatever the weights are.

    Raises:
        ValueError: No 16-bit peak of the accelerator is known.
    """
    model, tp = deployment.model, deployment.tp
    peak = half_peak(deployment.accelerator).peak_flop_s
    heads = model.n_heads / tp
    pair = heads * (model.head_dim + model.rope_dim + shapes.value_dim(model))
    if shapes.is_mla(model):
        cached = heads * (2 * model.kv_lora_rank + model.rope_dim)
    else:
        cached = heads * 2 * model.head_dim
    kv_bytes = shapes.kv_bytes_per_token_layer(model, deployment.kv_cache, tp)
    return AttentionWork(2 * pair / peak, kv_bytes / deployment.bytes_per_s, 2 * cached / peak)


def prompt_attention(deployment: Deployment, fit: GpuFit) -> PromptAttention:
    """Return the cost of prompt attention on one rank.

    Raises:
        ValueError: No 16-bit peak of the accelerator is known.
    """
    model = deployment.model
    layer_s = attention_work(deployment).pair_s / fit.eff_prefill_attn
    return PromptAttention(
        shapes.global_layers(model) * layer_s,
        shapes.local_layers(model) * layer_s,
        fit.attn_half_sat_tokens,
    )
