"""Number formats: what a weight or a cached value occupies, and at which peak it is multiplied."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.unknown import find
from aisim.language import say

# int4: groups of 128 with an fp16 scale and a 4-bit zero (arXiv:2306.00978, AWQ);
# nvfp4: blocks of 16 with an fp8 scale (NVIDIA, "Introducing NVFP4", 2025).
WEIGHT_BYTES: Mapping[str, float] = MappingProxyType(
    {
        "fp16": 2.0,
        "bf16": 2.0,
        "fp8": 1.0,
        "int8": 1.0,
        "nvfp4": (4 + 8 / 16) / 8,
        "int4": (4 + (16 + 4) / 128) / 8,
    }
)
KV_BYTES: Mapping[str, float] = MappingProxyType({"fp16": 2.0, "bf16": 2.0, "fp8": 1.0})
ACTIVATION_BYTES = 2.0


class Compute(NamedTuple):
    """How weights are multiplied: precision by name, peak in FLOP/s, and what to know of it."""

    name: str
    peak_flop_s: float
    notes: tuple[str, ...]
    operand_bytes: float = ACTIVATION_BYTES


def weight_bytes(weights: str) -> float:
    """Return the bytes of one weight, its share of the scales included.

    Raises:
        UnknownName: No such weight precision.
    """
    return find("weight precision", WEIGHT_BYTES, weights)


def kv_bytes(kv_cache: str) -> float:
    """Return the bytes of one value in the KV cache.

    Raises:
        UnknownName: No such precision of the KV cache.
    """
    return find("KV cache precision", KV_BYTES, kv_cache)


def half_peak(accelerator: Accelerator) -> Compute:
    """Return the peak for 16-bit numbers: bf16, or fp16 where there is no bf16.

    Raises:
        ValueError: The catalog knows neither.
    """
    if accelerator.bf16_dense_tflops is not None:
        return Compute("fp16", accelerator.bf16_dense_tflops * 1e12, ())
    if accelerator.fp16_dense_tflops is not None:
        device = accelerator.name
        note = say("{device} has no bf16: computed at its fp16 peak", device=device)
        return Compute("fp16", accelerator.fp16_dense_tflops * 1e12, (note,))
    raise ValueError(f"no 16-bit peak of {accelerator.name} is known")


def compute(accelerator: Accelerator, weights: str, activations: str | None = None) -> Compute:
    """Return how this accelerator multiplies weights held in that precision.

    16-bit activations, int4 weights, and any precision without a tensor peak here mean
    weight-only: fewer bytes are read, and the products run at the 16-bit peak.

    Args:
        accelerator: What multiplies.
        weights: Precision of the weights.
        activations: Precision of what they are multiplied with; None: as the weights, where the
            accelerator can.

    Raises:
        UnknownName: No such precision.
        ValueError: No 16-bit peak of the accelerator is known, or it has no units for these
            activations.
    """
    half = half_peak(accelerator)
    size = weight_bytes(weights)
    wanted = weights if activations is None else activations
    if ACTIVATION_BYTES in (size, weight_bytes(wanted)):
        return half
    peak = tensor_peaks(accelerator).get(wanted)
    if peak is not None:
        return Compute(wanted, peak * 1e12, (), weight_bytes(wanted))
    if activations is not None:
        known = ", ".join(["fp16", "bf16", *tensor_peaks(accelerator)])
        raise ValueError(f"{accelerator.name} multiplies no {activations}; it does {known}")
    note = say(
        "{weights} weights on {device} save bytes, not work: 16-bit products",
        weights=weights,
        device=accelerator.name,
    )
    return Compute(half.name, half.peak_flop_s, (*half.notes, note))


def tensor_peaks(accelerator: Accelerator) -> dict[str, float]:
    """Return the peaks in 10^12/s of the precisions below 16 bits that the accelerator has."""
    peaks = {
        "fp8": accelerator.fp8_dense_tflops,
        "int8": accelerator.int8_dense_tops,
        "nvfp4": accelerator.fp4_dense_tflops,
    }
    return {name: peak for name, peak in peaks.items() if peak is not None}
