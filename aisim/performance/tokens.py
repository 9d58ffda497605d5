"""The part of an iteration that depends on the number of its tokens alone."""

from typing import NamedTuple

from aisim.catalog.engines import GpuFit
from aisim.performance import shapes
from aisim.performance.collectives import all_reduce
from aisim.performance.deployment import Deployment
from aisim.performance.precision import ACTIVATION_BYTES, compute, weight_bytes


def pnorm(a: float, b: float, exponent: float) -> float:
    """Return (a^q + b^q)^(1/q): the sum of both at q = 1, the larger of them at infinity."""
    low, high = (a, b) if a < b else (b, a)
    if low <= 0.0:
        return high
    return high * float((1.0 + (low / high) ** exponent) ** (1.0 / exponent))


class DenseTime(NamedTuple):
    """Products with the weights that every token passes, and with the LM head.

    The head's weights are read in each iteration, its products are for sampled tokens alone.
    """

    flop_s: float
    head_flop_s: float
    read_s: float
    max_sampled: int
    exponent: float

    def seconds(self, n: int) -> float:
        """Return the time for `n` tokens, of which at most `max_sampled` are sampled."""
        flop_s = n * self.flop_s + min(n, self.max_sampled) * self.head_flop_s
        return pnorm(flop_s, self.read_s, self.exponent)


class ExpertTime(NamedTuple):
    """Products with the experts of all layers; each token passes `share` of the experts.

    `n` tokens touch experts x (1 - (1 - share)^n) of them. The rate of the products is
    r / (r + r0) of full at r tokens per expert, which adds r0 / share tokens of work.
    """

    flop_s: float
    read_s: float
    share: float
    half_sat_tokens: float
    exponent: float

    def seconds(self, n: int) -> float:
        """Return the time for `n` tokens."""
        flop_s = (n + self.half_sat_tokens / self.share) * self.flop_s
        touched = 1.0 - (1.0 - self.share) ** n
        return pnorm(flop_s, touched * self.read_s, self.exponent)


class TokensTime(NamedTuple):
    """Everything that the tokens of a batch cost, whatever their context."""

    fixed_s: float
    per_token_s: float
    dense: DenseTime
    experts: ExpertTime | None

    def seconds(self, n: int) -> float:
        """Return the time for `n` tokens."""
        seconds = self.fixed_s + n * self.per_token_s + self.dense.seconds(n)
        return seconds if self.experts is None else seconds + self.experts.seconds(n)


def tokens_time(deployment: Deployment, fit: GpuFit) -> TokensTime:
    """Return the token-dependent time per GPU: overhead, all-reduces, weights, activations.

    Two all-reduces per layer of the hidden state; activations are the values that the
    projections read and write, in 16 bits.
    """
    model, tp = deployment.model, deployment.tp
    reduce = all_reduce(deployment.accelerator, deployment.engine, tp)
    hidden_bytes = model.hidden * ACTIVATION_BYTES
    moved_bytes = shapes.activation_values(model, tp) * ACTIVATION_BYTES
    return TokensTime(
        fixed_s=model.layers * (fit.overhead_us_per_layer * 1e-6 + 2 * reduce.alpha_s),
        per_token_s=2 * model.layers * hidden_bytes * reduce.s_per_byte
        + fit.act_mult * moved_bytes / deployment.bytes_per_s,
        dense=_dense(deployment, fit),
        experts=_experts(deployment, fit) if model.n_experts else None,
    )


def _dense(deployment: Deployment, fit: GpuFit) -> DenseTime:
    model, tp = deployment.model, deployment.tp
    weights, head = shapes.dense_weights(model), shapes.head_weights(model)
    rate = compute(deployment.accelerator, deployment.weights).peak_flop_s * fit.eff_c_dense
    return DenseTime(
        flop_s=2 * weights / tp / rate,
        head_flop_s=2 * head / tp / rate,
        read_s=(weights + head)
        * weight_bytes(deployment.weights)
        / (tp * deployment.bytes_per_s * fit.eff_m_dense),
        max_sampled=deployment.max_sequences,
        exponent=fit.p_norm,
    )


def _experts(deployment: Deployment, fit: GpuFit) -> ExpertTime:
    model, tp = deployment.model, deployment.tp
    weights = shapes.moe_layers(model) * shapes.expert_weights(model) / tp
    rate = compute(deployment.accelerator, deployment.weights).peak_flop_s * fit.eff_c_moe
    return ExpertTime(
        flop_s=2 * model.experts_per_token * weights / rate,
        read_s=model.n_experts
        * weights
        * weight_bytes(deployment.weights)
        / (deployment.bytes_per_s * fit.eff_m_moe),
        share=model.experts_per_token / model.n_experts,
        half_sat_tokens=fit.moe_half_sat_tokens,
        exponent=fit.p_norm,
    )
