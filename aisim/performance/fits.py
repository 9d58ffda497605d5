"""Which fit of the iteration time applies to an accelerator, an engine and a precision."""

import re

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.engines import GpuFit, gpu_fits
from aisim.performance.precision import WEIGHT_BYTES

POOLED = "ALL"
_OLD_STACK = "vllm-2023"


def gpu_fit(accelerator: Accelerator, engine: str, precision: str) -> GpuFit:
    """Return the fit nearest to what is asked.

    In this order: this accelerator with this engine and precision; with another engine; with
    another precision, the one nearest in width; the fit pooled over all accelerators. Among
    versions the newest. The stack of 2023 serves only those who ask for it by name.

    Raises:
        LookupError: The catalog has no pooled fit.
    """
    own = [
        fit
        for fit in gpu_fits()
        if fit.accelerator == accelerator.name
        and (fit.engine != _OLD_STACK or engine == _OLD_STACK)
    ]
    if not own:
        return _pooled()
    return min(own, key=lambda fit: _distance(fit, engine, precision))


def fit_notes(fit: GpuFit, accelerator: Accelerator, engine: str, precision: str) -> list[str]:
    """Return in words how the fit differs from what was asked, and where it is weak."""
    notes = []
    if fit.accelerator == POOLED:
        notes.append(f"no fit for {accelerator.name}: pooled fit of all accelerators")
    elif fit.precision != precision:
        notes.append(f"no {precision} fit for {accelerator.name}: {_name(fit)}")
    elif fit.engine != engine:
        notes.append(f"no fit for {engine} on {accelerator.name}: {_name(fit)}")
    if fit.at_bound:
        notes.append(f"{_name(fit)} ended at a bound in {', '.join(fit.at_bound)}")
    if fit.eff_kv_mixed is None:
        notes.append("batches of decodes and prompt chunks: KV cache read as in pure decode")
    return notes


def _distance(
    fit: GpuFit, engine: str, precision: str
) -> tuple[bool, bool, float, tuple[int, ...]]:
    width = abs(WEIGHT_BYTES.get(fit.precision, 0.0) - WEIGHT_BYTES[precision])
    newest_first = tuple(-int(part) for part in re.findall(r"\d+", fit.engine_version))
    return fit.precision != precision, fit.engine != engine, width, newest_first


def _pooled() -> GpuFit:
    for fit in gpu_fits():
        if fit.accelerator == POOLED:
            return fit
    raise LookupError("the catalog has no pooled fit")


def _name(fit: GpuFit) -> str:
    if fit.accelerator == POOLED:
        return "the pooled fit"
    return f"the fit of {fit.accelerator} with {fit.engine} {fit.engine_version} in {fit.precision}"
