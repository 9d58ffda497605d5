"""What fits in the memory of the GPUs of one replica, and how much is left for the KV cache."""

from dataclasses import dataclass
from typing import NamedTuple

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.engines import Engine
from aisim.catalog.models import LlmModel
from aisim.performance import shapes
from aisim.performance.deployment import Parallel
from aisim.performance.precision import ACTIVATION_BYTES, WEIGHT_BYTES, weight_bytes

_GIB = 2**30
_LOGIT_BYTES = 4


class DoesNotFit(ValueError):
    """The memory does not hold the model and a block of KV cache; the message says what would."""


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """How the memory of each GPU is used; all GiB are per GPU.

    Attributes:
        weights_gib: Weights.
        activations_gib: Intermediate results of the largest iteration, and states of linear
            attention for every sequence that may run.
        overhead_gib: What the engine holds beside.
        kv_gib: KV cache, in whole blocks.
        kv_tokens: Tokens whose keys and values the replica holds.
        blocks: Blocks of the KV cache of the replica.
        usable_gib: What the engine takes for all of these.
    """

    weights_gib: float
    activations_gib: float
    overhead_gib: float
    kv_gib: float
    kv_tokens: int
    blocks: int
    usable_gib: float


def memory_plan(
    model: LlmModel,
    accelerator: Accelerator,
    engine: Engine,
    weights: str,
    kv_cache: str,
    parallel: Parallel | int,
    token_budget: int,
    max_sequences: int,
) -> MemoryPlan:
    """Return how the memory of the accelerators of one replica is shared out.

    Usable is the reported memory x the engine's fraction. The KV cache gets what weights,
    activations and overhead leave. Every attention layer caches every token: engines that drop
    what lies outside a sliding window hold more.

    Raises:
        DoesNotFit: Not one block of KV cache is left.
        UnknownName: No such precision.
        ValueError: The parallelism does not split the model.
    """
    if isinstance(parallel, int):
        parallel = Parallel(parallel)
    shapes.check_parallel(model, parallel)
    placed = _Placement(
        model, accelerator, engine, weights, kv_cache, parallel, token_budget, max_sequences
    )
    if placed.blocks < 1:
        raise DoesNotFit(_why_not(placed))
    return MemoryPlan(
        weights_gib=placed.weights_gib,
        activations_gib=placed.activations_gib + placed.states_gib,
        overhead_gib=engine.overhead_gib,
        kv_gib=placed.blocks * placed.block_gib,
        kv_tokens=placed.blocks * parallel.data * engine.block_tokens,
        blocks=placed.blocks * parallel.data,
        usable_gib=placed.usable_gib,
    )


class _Placement(NamedTuple):
    model: LlmModel
    accelerator: Accelerator
    engine: Engine
    weights: str
    kv_cache: str
    parallel: Parallel
    token_budget: int
    max_sequences: int

    @property
    def usable_gib(self) -> float:
        """The engine's share of what the vendor's tool reports, or of the name on the box."""
        reported = self.accelerator.mem_gib_reported
        total = self.accelerator.mem_gb * 1e9 / _GIB if reported is None else reported
        return total * self.engine.memory_fraction

    @property
    def weights_gib(self) -> float:
        """Experts are spread over all ranks of a stage, the rest over the tensor-parallel ones."""
        tensor, pipeline, _, data = self.parallel
        routed = shapes.routed_weights(self.model)
        rank = (self.model.params_b * 1e9 - routed + routed / data) / (tensor * pipeline)
        return rank * weight_bytes(self.weights) / _GIB

    @property
    def activations_gib(self) -> float:
        """Hidden states are whole on each rank; feed-forward widths and logits are split."""
        tp = self.parallel.tensor
        widths = 2 * self.model.hidden + 2 * shapes.ffn_width(self.model) / tp
        logits = self.max_sequences * self.model.vocab * _LOGIT_BYTES / tp
        return (self.token_budget * widths * ACTIVATION_BYTES + logits) / _GIB

    @property
    def needed_gib(self) -> float:
        return self.weights_gib + self.activations_gib + self.states_gib + self.engine.overhead_gib

    @property
    def states_gib(self) -> float:
        """States of linear attention, one for each sequence that may run on a lane.

        A stage of a pipeline holds its layers' states of the sequences of all stages. They share
        what the rest leaves with the KV cache, and get at most half of it.
        """
        bytes_each = shapes.linear_layers(self.model) * self.model.linear_state_bytes
        wanted = self.max_sequences * bytes_each / self.parallel.tensor / _GIB
        rest = self.weights_gib + self.activations_gib + self.engine.overhead_gib
        return min(wanted, max(self.usable_gib - rest, 0.0) / 2)

    @property
    def block_gib(self) -> float:
        tensor, pipeline, _, _ = self.parallel
        layer_bytes = shapes.kv_bytes_per_token_layer(self.model, self.kv_cache, tensor)
        layers = shapes.attention_layers(self.model) / pipeline
        return layer_bytes * layers * self.engine.block_tokens / _GIB

    @property
    def blocks(self) -> int:
        return int((self.usable_gib - self.needed_gib) / self.block_gib)


def _why_not(placed: _Placement) -> str:
    gpus = placed.parallel.gpus
    count = f"{gpus} x " if gpus > 1 else ""
    states = f"+ {placed.states_gib:.1f} GiB states " if placed.states_gib else ""
    return (
        f"{placed.model.name} in {placed.weights} does not fit on "
        f"{count}{placed.accelerator.name}: per GPU "
        f"{placed.weights_gib:.1f} GiB weights + {placed.activations_gib:.1f} GiB activations "
        f"{states}+ {placed.engine.overhead_gib:.1f} GiB overhead leave no KV block of "
        f"{placed.block_gib:.2g} GiB in {placed.usable_gib:.1f} GiB; {_what_would(placed)}"
    )


def _what_would(placed: _Placement) -> str:
    remedies = []
    for tp in shapes.tensor_parallel_choices(placed.model):
        wider = placed.parallel._replace(tensor=tp, expert=1, data=1)
        if tp > placed.parallel.tensor and placed._replace(parallel=wider).blocks >= 1:
            remedies.append(f"tensor parallelism {tp}")
            break
    now = weight_bytes(placed.weights)
    for weights, size in sorted(WEIGHT_BYTES.items(), key=lambda item: -item[1]):
        if size < now and placed._replace(weights=weights).blocks >= 1:
            remedies.append(f"{weights} weights")
            break
    if not remedies:
        return "neither more tensor parallelism nor smaller weights would do"
    return f"{' or '.join(remedies)} would fit"
