"""What `predict` answers: one replica of a model on accelerators of one kind."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """How the replica is spread over GPUs.

    Attributes:
        tensor_parallel: GPUs that share the matrices.
        pipeline_parallel: Stages that share the layers.
        expert_parallel: Groups that share the experts.
        data_parallel: Copies of the attention.
        gpus: GPUs of the replica.
    """

    tensor_parallel: int
    pipeline_parallel: int
    expert_parallel: int
    data_parallel: int
    gpus: int


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of each GPU.

    Attributes:
        usable_gib: What the engine takes for all that follows.
        weights_gib: Weights.
        activations_gib: Intermediate results of the largest iteration.
        overhead_gib: What the engine holds beside.
        kv_gib: KV cache.
        kv_tokens: Tokens that the KV cache of the whole replica holds.
    """

    usable_gib: float
    weights_gib: float
    activations_gib: float
    overhead_gib: float
    kv_gib: float
    kv_tokens: int


@dataclass(frozen=True, slots=True)
class AtContext:
    """How many sequences run at once.

    Attributes:
        context_tokens: Length of each, prompt and answer together.
        sequences: How many.
        limited_by: "KV cache", or "engine" where its limit of sequences is lower.
    """

    context_tokens: int
    sequences: int
    limited_by: str


@dataclass(frozen=True, slots=True)
class AtBatch:
    """Mean times with so many sequences always under way, in closed form.

    Attributes:
        sequences: How many.
        ttft_s: Time to the first token.
        tpot_s: Time per output token after the first.
        requests_per_s: Of the replica.
        output_tokens_per_s: Of the replica.
    """

    sequences: int
    ttft_s: float
    tpot_s: float
    requests_per_s: float
    output_tokens_per_s: float


@dataclass(frozen=True, slots=True)
class Saturation:
    """The replica under a backlog that never ends, simulated.

    Attributes:
        requests_per_s: Completions.
        output_tokens_per_s: Output tokens.
        prefill_share: Share of its time in iterations that hold prompt chunks.
        kept_requests_per_s: Completions when no more ask than the KV cache holds; higher where
            a backlog makes the cache thrash.
    """

    requests_per_s: float
    output_tokens_per_s: float
    prefill_share: float
    kept_requests_per_s: float | None


@dataclass(frozen=True, slots=True)
class Power:
    """What the GPUs draw, without their host.

    Attributes:
        idle_w: Watts of a GPU with nothing to do.
        prefill_w: Watts of a GPU in iterations that hold prompt chunks.
        decode_w: Watts of a GPU in iterations of decodes alone, as many as at saturation.
        kwh_per_million_output_tokens: All GPUs of the replica at saturation.
        quality: Of the catalog's row: published or estimate.
    """

    idle_w: float
    prefill_w: float
    decode_w: float
    kwh_per_million_output_tokens: float | None
    quality: str


@dataclass(frozen=True, slots=True)
class Errors:
    """Absolute relative errors of predictions of this provenance: 0.27 is 27 %.

    Attributes:
        tpot_median: Of the mean time per output token, median.
        tpot_p90: The same, 90th percentile.
        output_tokens_per_s_median: Of the rate, median.
        output_tokens_per_s_p90: The same, 90th percentile.
    """

    tpot_median: float
    tpot_p90: float
    output_tokens_per_s_median: float
    output_tokens_per_s_p90: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """One replica of a model on accelerators of one kind. What is not defined is None.

    Attributes:
        model: Model by its name in the catalog, or as its config.json names it.
        accelerator: Accelerator by name.
        engine: Serving engine.
        weights: Precision of the weights.
        kv_cache: Precision of the KV cache.
        activations: Precision of the activations; None: as the weights where there are units.
        spread: How it is spread over GPUs.
        input_tokens: Tokens of each prompt.
        output_tokens: Tokens of each answer.
        fits: Whether the memory holds it.
        why_not: What is missing where it does not fit, and what would fit.
        memory: The memory of each GPU.
        at_contexts: Sequences at once, by length.
        at_batches: Times by sequences under way, up to what the KV cache holds.
        saturation: The rate under backlog, simulated.
        power: What the GPUs draw; None where the power limit is not known.
        provenance: fitted on this accelerator, relatives, or calibrated by the planner.
        errors: How far such predictions were from what was measured.
        notes: What is estimated or was chosen, in words.
    """

    model: str
    accelerator: str
    engine: str
    weights: str
    kv_cache: str
    activations: str | None
    spread: Spread
    input_tokens: int
    output_tokens: int
    fits: bool
    why_not: str | None = None
    memory: Memory | None = None
    at_contexts: tuple[AtContext, ...] = ()
    at_batches: tuple[AtBatch, ...] = ()
    saturation: Saturation | None = None
    power: Power | None = None
    provenance: str | None = None
    errors: Errors | None = None
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data that JSON can hold; the keys are the names of the fields."""
        return asdict(self)
