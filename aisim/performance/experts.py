"""The experts of a mixture: only those are read that some token goes to.

For n tokens, of which each goes to k of E experts, the experts of all layers take

    launch + F (1 + r0 / r) / (peak ec) + W (1 - (1 - k/E)^n) / (bw em) + act H / bw

with F the work, r = n k / E tokens per expert, W the bytes of all experts on one rank and H the
hidden states that go to the experts and come back. At few tokens per expert the products run at
r / (r + r0) of their rate.
"""

from typing import Any, NamedTuple

from aisim.catalog.engines import GpuFit
from aisim.performance import shapes
from aisim.performance.deployment import Deployment
from aisim.performance.precision import ACTIVATION_BYTES, compute, weight_bytes


class ExpertWork(NamedTuple):
    """Seconds at full efficiency: per token, to read all experts, to move a token's states."""

    layers: Any
    flop_s: Any
    read_s: Any
    move_s: Any
    share: Any


def experts_s(n: Any, work: ExpertWork, fit: Any) -> Any:
    """Return the seconds that the experts of all layers take, numbers or arrays alike."""
    padded = n + fit.moe_half_sat_tokens / work.share
    touched = 1.0 - (1.0 - work.share) ** n
    return (
        work.layers * fit.experts_us * 1e-6
        + padded * work.flop_s / fit.eff_c_moe
        + touched * work.read_s / fit.eff_m_moe
        + fit.moe_act_mult * n * work.move_s
    )


def expert_work(deployment: Deployment) -> ExpertWork | None:
    """Return what the experts cost on one rank at full efficiency; None without experts.

    The experts of a layer are spread over all ranks of a stage, whether whole or in slices.
    """
    model, parallel = deployment.model, deployment.parallel
    if not model.n_experts:
        return None
    how = compute(deployment.accelerator, deployment.weights, deployment.activations)
    layers = shapes.moe_layers(model)
    ranks = parallel.tensor * parallel.data
    size = layers * shapes.expert_weights(model) / ranks
    states = layers * model.experts_per_token * model.hidden * ACTIVATION_BYTES
    return ExpertWork(
        layers,
        2 * model.experts_per_token * size / how.peak_flop_s,
        model.n_experts * size * weight_bytes(deployment.weights) / deployment.bytes_per_s,
        states / parallel.expert / deployment.bytes_per_s,
        model.experts_per_token / model.n_experts,
    )


class ExpertTime(NamedTuple):
    """The experts of all layers."""

    work: ExpertWork
    fit: GpuFit

    def seconds(self, n: float) -> float:
        """Return the time for `n` tokens."""
        return float(experts_s(n, self.work, self.fit))
