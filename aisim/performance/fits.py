"""Which fitted parameters apply to an accelerator, an engine and a precision.

A fit of the accelerator itself is best; then its relatives lend theirs: the geometric mean of
the fits of accelerators that share architecture and kind of memory, else kind of memory, else of
all. Left out of the fit in turn, accelerators were predicted best in that order.
"""

import re
from collections.abc import Sequence
from functools import reduce
from statistics import geometric_mean
from typing import NamedTuple

from aisim.catalog.accelerators import Accelerator, accelerator
from aisim.catalog.engines import EngineHost, GpuFit, engine_hosts, gpu_fits
from aisim.language import say
from aisim.performance.precision import ACTIVATION_BYTES, WEIGHT_BYTES

PARAMETERS = (
    "product_us", "eff_c_dense", "eff_m_dense", "act_mult",
    "attention_us", "eff_prefill_attn", "attn_half_sat_tokens", "eff_kv_decode",
    "experts_us", "eff_c_moe", "eff_m_moe", "moe_half_sat_tokens", "moe_act_mult",
)  # fmt: skip
OLD_STACK = "vllm-2023"
WEIGHT_ONLY = "weight_only"


class Chosen(NamedTuple):
    """Parameters, where they come from (fitted, relatives or calibrated), and what to know."""

    fit: GpuFit
    provenance: str
    notes: tuple[str, ...]


def gpu_fit(
    device: Accelerator, engine: str, precision: str, fits: Sequence[GpuFit] | None = None
) -> Chosen:
    """Return the parameters nearest to what is asked.

    In this order: this accelerator, engine and precision; the mean over its other engines; its
    other precision nearest in width; its relatives. Among versions the newest. The stack of 2023
    serves only those who ask for it by name.

    Args:
        device: What runs.
        engine: The engine by name.
        precision: Of the products: fp16, fp8, int8 or nvfp4.
        fits: Fits to choose from; None: those of the catalog.

    Raises:
        LookupError: There are no fits at all.
    """
    known = [
        fit
        for fit in (gpu_fits() if fits is None else fits)
        if (fit.engine == OLD_STACK) == (engine == OLD_STACK)
    ]
    own = [fit for fit in known if fit.accelerator == device.name]
    if own:
        return _own(own, device, engine, precision)
    if engine == OLD_STACK:
        return gpu_fit(device, "vllm", precision, fits)
    if not known:
        raise LookupError("there are no fits to choose from")
    return _relatives(known, device, engine, precision)


def _own(own: list[GpuFit], device: Accelerator, engine: str, precision: str) -> Chosen:
    own = _newest(own)
    near = _nearest_width(own, precision)
    same = [fit for fit in near if fit.engine == engine]
    notes = []
    if near[0].precision != precision:
        other = say("no {precision} fit for {device}: that in {other}",
                    precision=precision, device=device.name, other=near[0].precision)  # fmt: skip
        notes.append(other)
    if not same:
        engines = reduce(_and, sorted({fit.engine for fit in near}))
        as_with = say("no fit for {engine} on {device}: as with {engines}",
                      engine=engine, device=device.name, engines=engines)  # fmt: skip
        notes.append(as_with)
    fit = (same or near)[0] if len(same or near) == 1 else blend(same or near)
    return Chosen(fit, "fitted", (*notes, *_bound(fit, device), *_mixed(fit)))


def _and(first: str, second: str) -> str:
    return say("{first} and {second}", first=first, second=second)


def _bound(fit: GpuFit, device: Accelerator) -> tuple[str, ...]:
    if not fit.at_bound:
        return ()
    ended = say(
        "the fit of {device} with {engine} {version} in {precision} ended at a bound in {names}",
        device=device.name, engine=fit.engine, version=fit.engine_version,
        precision=fit.precision, names=", ".join(fit.at_bound),
    )  # fmt: skip
    return (ended,)


def _relatives(known: list[GpuFit], device: Accelerator, engine: str, precision: str) -> Chosen:
    near = _nearest_width(_newest(known), precision)
    kin = min(_distance(accelerator(fit.accelerator), device) for fit in near)
    near = [fit for fit in near if _distance(accelerator(fit.accelerator), device) == kin]
    near = [fit for fit in near if fit.engine == engine] or near
    names = ", ".join(sorted({fit.accelerator for fit in near}))
    note = say("no fit for {device}: its data sheet with the efficiencies of {names}",
               device=device.name, names=names)  # fmt: skip
    fit = blend([_adapted(fit, device) for fit in near])
    return Chosen(fit, "relatives", (note, *_mixed(fit)))


def _mixed(fit: GpuFit) -> tuple[str, ...]:
    if fit.eff_kv_mixed is not None:
        return ()
    return (say("batches of decodes and prompt chunks: KV cache read as in pure decode"),)


def _distance(other: Accelerator, device: Accelerator) -> int:
    """0: same architecture and kind of memory, 1: same kind of memory, 2: neither."""
    if _stacked(other) != _stacked(device):
        return 2
    family, kin = device.arch.split()[0], other.arch.split()[0]
    return 0 if (other.vendor, kin) == (device.vendor, family) else 1


def _stacked(device: Accelerator) -> bool:
    return device.mem_type.startswith("HBM")


def _adapted(fit: GpuFit, device: Accelerator) -> GpuFit:
    """The fit with its rates of products scaled by how much of its peak the other reaches."""
    reach, other = (
        _reach(device, fit.precision),
        _reach(accelerator(fit.accelerator), fit.precision),
    )
    if reach is None or other is None:
        return fit
    ratio = reach / other
    rates = {"eff_c_dense": fit.eff_c_dense * ratio, "eff_c_moe": fit.eff_c_moe * ratio}
    return fit.model_copy(update=rates)


def _reach(device: Accelerator, precision: str) -> float | None:
    """Return the fastest product measured as a share of the data sheet's peak."""
    pairs = [(device.measured_bf16_tflops, device.bf16_dense_tflops)]
    if WEIGHT_BYTES.get(precision, ACTIVATION_BYTES) < ACTIVATION_BYTES:
        pairs.insert(0, (device.measured_fp8_tflops, device.fp8_dense_tflops))
    shares = [measured / peak for measured, peak in pairs if measured and peak]
    return shares[0] if shares else None


def _nearest_width(fits: list[GpuFit], precision: str) -> list[GpuFit]:
    width = WEIGHT_BYTES.get(precision, ACTIVATION_BYTES)
    gaps = [abs(WEIGHT_BYTES.get(fit.precision, ACTIVATION_BYTES) - width) for fit in fits]
    same = [fit for fit in fits if fit.precision == precision]
    return same or [fit for fit, gap in zip(fits, gaps, strict=True) if gap == min(gaps)]


def _newest(fits: list[GpuFit]) -> list[GpuFit]:
    best: dict[tuple[str, str, str], GpuFit] = {}
    for fit in fits:
        key = (fit.accelerator, fit.engine, fit.precision)
        if key not in best or _version(fit) > _version(best[key]):
            best[key] = fit
    return list(best.values())


def _version(fit: GpuFit) -> tuple[int, ...]:
    return version_numbers(fit.engine_version)


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparison; () where it has none."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def blend(fits: Sequence[GpuFit]) -> GpuFit:
    """Return the geometric mean of each parameter."""
    means = {
        name: geometric_mean([max(getattr(f, name), 1e-6) for f in fits]) for name in PARAMETERS
    }
    mixed = [fit.eff_kv_mixed for fit in fits if fit.eff_kv_mixed is not None]
    bounds = tuple(sorted({name for fit in fits for name in fit.at_bound}))
    update = {"eff_kv_mixed": geometric_mean(mixed) if mixed else None, "at_bound": bounds}
    return fits[0].model_copy(update={**means, **update})


def kernels_named(weights: str, precision: str) -> str:
    """Return which kernels multiply: by the precision of the products, or weight-only ones."""
    narrow = WEIGHT_BYTES[weights] < ACTIVATION_BYTES
    return WEIGHT_ONLY if narrow and precision == "fp16" else precision


def engine_host(
    engine: str, precision: str, version: str = "", hosts: Sequence[EngineHost] | None = None
) -> EngineHost:
    """Return what an engine adds to its kernels; without its version, the newest known.

    For a precision that no serving run had, that nearest in width; for an engine that none had,
    the kernels alone.

    Args:
        engine: The engine by name.
        precision: Of the products, or "weight_only".
        version: Such as "0.12.0".
        hosts: To choose from; None: those of the catalog.
    """
    known = [host for host in (engine_hosts() if hosts is None else hosts) if host.engine == engine]
    asked = version_numbers(version)
    if asked:
        known = [host for host in known if version_numbers(host.from_version) <= asked]
    if not known:
        return bare(engine)
    newest = max(known, key=lambda host: version_numbers(host.from_version))
    near = min(
        known,
        key=lambda host: (_kernel_gap(host, precision), host.from_version != newest.from_version),
    )
    times = ("iteration_us", "sequence_us", "delay_iterations", "exchange_share", "beside")
    return near.model_copy(update={name: getattr(newest, name) for name in times})


def _kernel_gap(host: EngineHost, precision: str) -> float:
    """How far kernels of two precisions are apart; weight-only ones are like no others."""
    if host.precision == precision:
        return 0.0
    widths = [WEIGHT_BYTES.get(name, 2 * ACTIVATION_BYTES) for name in (host.precision, precision)]
    return 0.1 + abs(widths[0] - widths[1])


def bare(engine: str) -> EngineHost:
    """Return an engine that adds nothing: kernels alone, as micro-benchmarks measure them."""
    return EngineHost(
        engine=engine, precision="fp16", launch_share=1.0, experts_share=1.0, iteration_us=0.0,
        sequence_us=0.0, delay_iterations=0.0, source="none", as_of="", quality="estimate",
    )  # fmt: skip


def as_served(fit: GpuFit, host: EngineHost) -> GpuFit:
    """Return the parameters with the launches of a real engine."""
    return fit.model_copy(
        update={
            "product_us": fit.product_us * host.launch_share,
            "attention_us": fit.attention_us * host.launch_share,
            "experts_us": fit.experts_us * host.experts_share,
            "eff_m_dense": _read(fit.eff_m_dense, host.read_share),
            "eff_m_moe": _read(fit.eff_m_moe, host.read_share),
        }
    )


def _read(efficiency: float, read_share: float) -> float:
    """No engine reads faster than the memory, whatever a share of the benchmark's time says."""
    return min(efficiency / read_share, max(efficiency, 1.0))
