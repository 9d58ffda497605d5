"""Serving engines: their settings, and how fast they were found to run."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated

from pydantic import BeforeValidator

from aisim.catalog.files import Fact, by_key, read_facts
from aisim.catalog.unknown import find


class Engine(Fact):
    """The settings with which an engine serves.

    Attributes:
        block_tokens: Tokens of one block of the KV cache.
        max_sequences: Sequences that run at once.
        token_budget: Tokens of one iteration, prompt and answer together.
        memory_fraction: Share of the reported memory that the engine takes.
        overhead_gib: What it holds per GPU beside weights, KV cache and activations.
    """

    name: str
    block_tokens: int
    max_sequences: int
    token_budget: int
    memory_fraction: float
    overhead_gib: float


class GpuFit(Fact):
    """Fitted parameters of the iteration time on one accelerator, engine and precision.

    Efficiencies are shares of the data sheet's peak or bandwidth; the accelerator "ALL" is
    the fit over all of them, for those without their own.

    Attributes:
        overhead_us_per_layer: Time per layer that no work explains.
        eff_prefill_attn: Attention of prompts, of peak.
        eff_kv_decode: Reading the KV cache in a batch of decodes alone, of bandwidth.
        eff_kv_mixed: The same in a batch that also holds prompt chunks, None if not measured.
        eff_c_dense: Dense matrix products, of peak.
        eff_m_dense: Reading dense weights, of bandwidth.
        eff_c_moe: Products of experts, of peak.
        eff_m_moe: Reading weights of experts, of bandwidth.
        p_norm: Exponent that joins compute time and memory time.
        act_mult: Factor on the bytes of activations that an iteration moves.
        moe_half_sat_tokens: Tokens per expert at which it reaches half its speed.
        attn_half_sat_tokens: Prompt tokens at which attention reaches half its speed.
        at_bound: Parameters that ended at a bound of the fit and so mean little.
    """

    accelerator: str
    engine: str
    engine_version: str
    precision: str
    overhead_us_per_layer: float
    eff_prefill_attn: float
    eff_kv_decode: float
    eff_kv_mixed: float | None = None
    eff_c_dense: float
    eff_m_dense: float
    eff_c_moe: float
    eff_m_moe: float
    p_norm: float
    act_mult: float
    moe_half_sat_tokens: float
    attn_half_sat_tokens: float
    at_bound: Annotated[tuple[str, ...], BeforeValidator(str.split)] = ()


class AllReduceFit(Fact):
    """Time of one all-reduce: alpha + 2 (ranks - 1) / ranks x bytes / bus bandwidth.

    The factor is that of a ring, as in the bus bandwidth of NVIDIA's nccl-tests.

    Attributes:
        ranks: GPUs that take part.
        alpha_us: Time of an empty message.
        busbw_gb_s: Bus bandwidth.
        median_error: Median of the absolute relative error on the rows of the fit.
        p90_error: Its 90th percentile.
    """

    accelerator: str
    engine: str
    engine_version: str
    ranks: int
    alpha_us: float
    busbw_gb_s: float
    median_error: float
    p90_error: float


@cache
def engines() -> Mapping[str, Engine]:
    """Return every engine by name."""
    return by_key(read_facts("engines", Engine), lambda fact: fact.name)


def engine(name: str) -> Engine:
    """Return the settings of the engine of that name, "vllm" or "trtllm".

    Raises:
        UnknownName: The catalog has no such engine.
    """
    return find("engine", engines(), name)


@cache
def gpu_fits() -> tuple[GpuFit, ...]:
    """Return every fit of iteration times."""
    return read_facts("gpu_fits", GpuFit)


@cache
def allreduce_fits() -> tuple[AllReduceFit, ...]:
    """Return every fit of all-reduce times."""
    return read_facts("allreduce_fits", AllReduceFit)
