"""Attention of prompts: work that grows with pairs of tokens."""

from typing import NamedTuple

from aisim.catalog.engines import GpuFit
from aisim.performance import shapes
from aisim.performance.deployment import Deployment
from aisim.performance.precision import half_peak


class PromptAttention(NamedTuple):
    """Seconds per pair of tokens, in the global and in the local layers, at full speed.

    A sequence of S tokens runs at S / (S + half_sat_tokens) of full speed.
    """

    global_pair_s: float
    local_pair_s: float
    half_sat_tokens: float


def causal_pairs(new: int, context: int) -> float:
    """Return the pairs when each of `new` tokens attends to all before it and to itself."""
    return new * context + 0.5 * new * (new + 1)


def windowed_pairs(new: int, context: int, window: int) -> float:
    """Return the pairs when each token attends to at most `window`, itself included."""
    growing = min(max(window - context, 0), new)
    return causal_pairs(growing, context) + (new - growing) * window


def prompt_attention(deployment: Deployment, fit: GpuFit) -> PromptAttention:
    """Return the cost of prompt attention per GPU.

    4 FLOP per pair, head and head dimension: 2 for the scores, 2 for the sum of the values.
    The scores of MLA also span the rotary part. Products are 16-bit whatever the weights are.

    Raises:
        ValueError: No 16-bit peak of the accelerator is known.
    """
    model = deployment.model
    flop = 2 * model.n_heads * (2 * model.head_dim + model.rope_dim) / deployment.tp
    layer_s = flop / (half_peak(deployment.accelerator).peak_flop_s * fit.eff_prefill_attn)
    whole = shapes.global_layers(model)
    return PromptAttention(
        whole * layer_s, (model.layers - whole) * layer_s, fit.attn_half_sat_tokens
    )
