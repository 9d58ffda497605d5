"""The part of an iteration that depends on the number of its tokens alone."""

from typing import NamedTuple

from aisim.catalog.engines import GpuFit
from aisim.performance import shapes
from aisim.performance.collectives import (
    ALL_REDUCE,
    ALL_TO_ALL,
    NOTHING,
    Collective,
    collective,
    link_bytes_per_s,
)
from aisim.performance.deployment import Deployment
from aisim.performance.experts import ExpertTime, expert_work
from aisim.performance.precision import ACTIVATION_BYTES
from aisim.performance.products import DenseTime, dense_time


class ExchangeTime(NamedTuple):
    """What the ranks of a replica pass to each other in an iteration.

    `reduces` all-reduces of the hidden states between tensor-parallel ranks, `exchanges` of what
    goes to the experts and back where attention is data-parallel, and the hidden states from
    stage to stage. `share` is a factor on the exchanges with the experts.
    """

    token_bytes: float
    reduces: int
    reduce: Collective
    exchanges: int
    exchange: Collective
    routed_share: float
    stage_s: float
    stage_token_s: float
    share: float = 1.0

    def seconds(self, n: float) -> float:
        """Return the time for `n` tokens on a rank."""
        message = n * self.token_bytes
        return (
            self.reduces * self.reduce.seconds(message)
            + self.share * self.exchanges * self.exchange.seconds(message * self.routed_share)
            + self.stage_s
            + n * self.stage_token_s
        )


class TokensTime(NamedTuple):
    """Everything that the tokens of a batch cost, whatever their context."""

    fixed_s: float
    state_s: float
    dense: DenseTime
    exchange: ExchangeTime
    experts: ExpertTime | None

    def seconds(self, n: float, among_experts: float, states: float) -> float:
        """Return the time for `n` tokens on a rank, of `among_experts` that share the experts.

        `states` counts how often a state of linear attention is read and written.
        """
        seconds = self.fixed_s + states * self.state_s
        seconds += self.dense.seconds(n) + self.exchange.seconds(n)
        return seconds if self.experts is None else seconds + self.experts.seconds(among_experts)


def tokens_time(deployment: Deployment, fit: GpuFit, exchange_share: float = 1.0) -> TokensTime:
    """Return the token-dependent time on each rank: products, experts, exchanges, launches.

    Raises:
        ValueError: No link between the accelerators is known.
    """
    model = deployment.model
    linear = shapes.linear_layers(model)
    state_s = 2 * linear * model.linear_state_bytes / deployment.tp / deployment.bytes_per_s
    work = expert_work(deployment)
    return TokensTime(
        fixed_s=model.layers * fit.attention_us * 1e-6,
        state_s=state_s / fit.eff_kv_decode,
        dense=dense_time(deployment, fit),
        exchange=exchange_time(deployment)._replace(share=exchange_share),
        experts=None if work is None else ExpertTime(work, fit),
    )


def exchange_notes(deployment: Deployment) -> tuple[str, ...]:
    """Return what is estimated of the exchanges between ranks, in words."""
    time = exchange_time(deployment)
    return (*time.reduce.notes, *(time.exchange.notes if time.exchanges else ()))


def exchange_time(deployment: Deployment) -> ExchangeTime:
    """Return what the ranks of a replica pass to each other in an iteration.

    Raises:
        ValueError: No link between the accelerators is known.
    """
    model, parallel = deployment.model, deployment.parallel
    device, engine = deployment.accelerator, deployment.engine
    routed = shapes.moe_layers(model) if parallel.data > 1 else 0
    ranks = parallel.tensor * parallel.data
    stages = parallel.pipeline - 1
    token_bytes = model.hidden * ACTIVATION_BYTES
    message_s = collective(ALL_REDUCE, device, engine, 2).alpha_s if stages else 0.0
    per_token_s = token_bytes / link_bytes_per_s(device, 2) if stages else 0.0
    return ExchangeTime(
        token_bytes=token_bytes,
        reduces=2 * model.layers - routed,
        reduce=collective(ALL_REDUCE, device, engine, parallel.tensor),
        exchanges=2 * routed,
        exchange=collective(ALL_TO_ALL, device, engine, ranks) if routed else NOTHING,
        routed_share=float(min(model.experts_per_token, ranks)) / parallel.tensor,
        stage_s=stages * message_s,
        stage_token_s=stages * per_token_s,
    )
