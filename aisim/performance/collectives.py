"""How long the ranks of a tensor-parallel replica take to add up their parts."""

from statistics import median
from typing import NamedTuple

from aisim.catalog.accelerators import Accelerator, accelerator
from aisim.catalog.engines import AllReduceFit, allreduce_fits


class AllReduce(NamedTuple):
    """Time of one all-reduce: `alpha_s` plus `s_per_byte` for each byte of the message."""

    alpha_s: float
    s_per_byte: float
    notes: tuple[str, ...]


class _Link(NamedTuple):
    kind: str
    gb_s: float


def all_reduce(device: Accelerator, engine: str, ranks: int) -> AllReduce:
    """Return the time of one all-reduce between `ranks` accelerators.

    From the fit of this accelerator, engine and number of ranks; else of another engine; else
    from the bandwidth of the link, at the share of it that fits of such links reach.

    Raises:
        ValueError: No fit exists, and no link of the accelerator is known.
    """
    if ranks == 1:
        return AllReduce(0.0, 0.0, ())
    own = [f for f in allreduce_fits() if f.accelerator == device.name and f.ranks == ranks]
    if not own:
        return _from_link(device, ranks)
    fit = min(own, key=lambda fit: not engine.startswith(fit.engine))
    other = f"all-reduce of {ranks} {device.name} as with {fit.engine}: no fit for {engine}"
    notes = () if fit.engine == engine else (other,)
    return AllReduce(fit.alpha_us * 1e-6, _ring(ranks) / (fit.busbw_gb_s * 1e9), notes)


def _ring(ranks: int) -> float:
    """Return how often each byte passes a link; nccl-tests, PERFORMANCE.md."""
    return 2 * (ranks - 1) / ranks


def _link(device: Accelerator, ranks: int) -> _Link:
    """Return the link between `ranks` devices; a bridge joins two of them."""
    bridged = "bridge" in device.scaleup_link and ranks > 2
    if device.scaleup_bw_gb_s is not None and not bridged:
        return _Link("scale-up link", device.scaleup_bw_gb_s)
    if device.pcie_bw_gb_s is not None:
        return _Link("PCIe", device.pcie_bw_gb_s)
    raise ValueError(f"no link between several {device.name} is known")


def _from_link(device: Accelerator, ranks: int) -> AllReduce:
    link = _link(device, ranks)
    like = [fit for fit in allreduce_fits() if _fitted_link(fit).kind == link.kind]
    nearest = min((fit.ranks for fit in like), key=lambda known: abs(known - ranks))
    like = [fit for fit in like if fit.ranks == nearest]
    share = median(fit.busbw_gb_s / _fitted_link(fit).gb_s for fit in like)
    alpha_us = median(fit.alpha_us for fit in like)
    note = (
        f"all-reduce of {ranks} {device.name} estimated: {share:.0%} of the {link.kind}'s "
        f"{link.gb_s:g} GB/s, as fits of {nearest} others reach"
    )
    return AllReduce(alpha_us * 1e-6, _ring(ranks) / (share * link.gb_s * 1e9), (note,))


def _fitted_link(fit: AllReduceFit) -> _Link:
    return _link(accelerator(fit.accelerator), fit.ranks)
