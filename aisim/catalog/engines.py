"""Serving engines: their settings, and how fast they were found to run."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated

from pydantic import BeforeValidator, Field

from aisim.catalog.files import Fact, by_key, read_facts
from aisim.catalog.unknown import find

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _words(cell: object) -> object:
    return cell.split() if isinstance(cell, str) else cell


class Engine(Fact):
    """The settings with which an engine serves.

    Attributes:
        block_tokens: Tokens of one block of the KV cache.
        max_sequences: Sequences that run at once.
        token_budget: Tokens of one iteration, prompt and answer together.
        large_gib: Reported memory from which the two settings that follow hold instead, on
            accelerators no older than large_since.
        large_since: Year; vLLM leaves out the A100.
        large_max_sequences: Sequences that run at once on such an accelerator.
        large_token_budget: Tokens of one iteration on such an accelerator.
        memory_fraction: Share of the reported memory that the engine takes.
        overhead_gib: What it holds per GPU beside weights, KV cache and activations.
        host_changed_in: Versions from which what the host adds to an iteration is fitted anew,
            where serving runs show a change; blank without one.
        host_beside_from: Version from which the host prepares an iteration while the last one
            runs on the accelerator; blank where it never does.
    """

    name: str
    block_tokens: int
    max_sequences: int
    token_budget: int
    large_gib: float
    large_since: int
    large_max_sequences: int
    large_token_budget: int
    memory_fraction: float
    overhead_gib: float
    host_changed_in: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    host_beside_from: str = ""


class GpuFit(Fact):
    """Fitted parameters of the kernels of one accelerator, engine and precision.

    Efficiencies are shares of the data sheet's peak or bandwidth. The formulas in which they
    stand are in `aisim.performance`: products, experts, attention.

    Attributes:
        precision: Of the products: fp16, fp8 or nvfp4.
        product_us: Time to launch one dense matrix product.
        eff_c_dense: Rate of dense matrix products, of peak.
        eff_m_dense: Rate of reading their weights, of bandwidth.
        act_mult: Factor on the bytes of activations that they move.
        attention_us: Time to launch the attention of one layer.
        eff_prefill_attn: Rate of the attention of prompts, of the 16-bit peak.
        attn_half_sat_tokens: Prompt tokens at which it reaches half of that.
        eff_kv_decode: Reading the KV cache in a batch of decodes alone, of bandwidth.
        eff_kv_mixed: The same in a batch that also holds prompt chunks, None if not measured.
        experts_us: Time to launch the experts of one layer, routing included.
        eff_c_moe: Rate of their products, of peak.
        eff_m_moe: Rate of reading their weights, of bandwidth.
        moe_half_sat_tokens: Tokens per expert at which it reaches half its rate.
        moe_act_mult: Factor on the bytes of hidden states that pass to and from the experts.
        at_bound: Parameters that ended at a bound of the fit and so mean little.
        rows: Measured rows that were used.
        median_error: Median of the absolute relative error on them.
        p90_error: Its 90th percentile.
    """

    accelerator: str
    engine: str
    engine_version: str = ""
    precision: str
    product_us: Positive
    eff_c_dense: Positive
    eff_m_dense: Positive
    act_mult: NotNegative
    attention_us: Positive
    eff_prefill_attn: Positive
    attn_half_sat_tokens: NotNegative
    eff_kv_decode: Positive
    eff_kv_mixed: Positive | None = None
    experts_us: Positive
    eff_c_moe: Positive
    eff_m_moe: Positive
    moe_half_sat_tokens: NotNegative
    moe_act_mult: NotNegative
    at_bound: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    rows: int = 0
    median_error: float | None = None
    p90_error: float | None = None


class EngineHost(Fact):
    """What a real engine adds to its kernels, or saves, from serving runs.

    Attributes:
        from_version: First version that it holds for, blank for all.
        precision: Of the products, or "weight_only": narrow weights in 16-bit products.
        launch_share: Factor on the times to launch products and attention: engines fuse what a
            micro-benchmark launches apart, such as the quantisation of activations.
        experts_share: The same for experts.
        read_share: Factor on the times to read weights: a benchmark of single products leaves
            gaps that a graph of a whole iteration does not.
        exchange_share: Factor on what data-parallel copies of the attention exchange with the
            experts, waiting for the slowest included.
        beside: Whether the host works while the accelerator does; its time is then joined with
            that of the kernels by the root of the sum of squares, else by the sum.
        iteration_us: What the host does for an iteration.
        sequence_us: What it does for each sequence of a decoding batch.
        delay_iterations: Iterations that a first token reaches the client later than it is made:
            engines schedule ahead and stream several tokens at a time.
        rows: Serving runs that were used.
        median_error: Median of the absolute relative error of TPOT on them.
        p90_error: Its 90th percentile.
    """

    engine: str
    from_version: str = ""
    precision: str
    launch_share: Positive
    experts_share: Positive
    read_share: Positive = 1.0
    exchange_share: Positive = 1.0
    beside: bool = False
    iteration_us: NotNegative
    sequence_us: NotNegative
    delay_iterations: NotNegative
    rows: int = 0
    median_error: float | None = None
    p90_error: float | None = None


class CollectiveFit(Fact):
    """Time of a collective: alpha + passes x bytes / bus bandwidth + root x sqrt(megabytes).

    A ring passes each byte 2 (ranks - 1) / ranks times in an all-reduce, half as often in an
    exchange of all with all, as in the bus bandwidth of NVIDIA's nccl-tests.

    Attributes:
        operation: all_reduce or all_to_all.
        ranks: GPUs that take part.
        alpha_us: Time of an empty message.
        busbw_gb_s: Bus bandwidth.
        root_us: What messages of middle size cost more, per square root of 10^6 bytes.
        median_error: Median of the absolute relative error on the rows of the fit.
        p90_error: Its 90th percentile.
    """

    operation: str
    accelerator: str
    engine: str
    engine_version: str = ""
    ranks: int
    alpha_us: float
    busbw_gb_s: float
    root_us: float = 0.0
    median_error: float
    p90_error: float


@cache
def engines() -> Mapping[str, Engine]:
    """Return every engine by name."""
    return by_key(read_facts("engines", Engine), lambda fact: fact.name)


def engine(name: str) -> Engine:
    """Return the settings of the engine of that name: "vllm", "trtllm" or "sglang".

    Raises:
        UnknownName: The catalog has no such engine.
    """
    return find("engine", engines(), name)


@cache
def gpu_fits() -> tuple[GpuFit, ...]:
    """Return every fit of iteration times."""
    return read_facts("gpu_fits", GpuFit)


@cache
def engine_hosts() -> tuple[EngineHost, ...]:
    """Return what engines add to their kernels."""
    return read_facts("engine_hosts", EngineHost)


@cache
def collective_fits() -> tuple[CollectiveFit, ...]:
    """Return every fit of collective times."""
    return read_facts("collective_fits", CollectiveFit)
