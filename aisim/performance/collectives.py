"""How long the ranks of a replica take to exchange what they computed."""

from math import sqrt
from statistics import median
from typing import NamedTuple

from aisim.catalog.accelerators import Accelerator, accelerator
from aisim.catalog.engines import CollectiveFit, collective_fits
from aisim.language import mark, say

ALL_REDUCE, ALL_TO_ALL = "all_reduce", "all_to_all"
_LIBRARY = "nccl"


class Collective(NamedTuple):
    """Time of one exchange: `alpha_s`, `s_per_byte`, and `root_s` for the root of each byte."""

    alpha_s: float
    s_per_byte: float
    root_s: float
    notes: tuple[str, ...]

    def seconds(self, message_bytes: float) -> float:
        """Return the time for a message of so many bytes on each rank."""
        root = sqrt(message_bytes)
        return self.alpha_s + message_bytes * self.s_per_byte + root * self.root_s


NOTHING = Collective(0.0, 0.0, 0.0, ())


class _Link(NamedTuple):
    kind: str
    name: str
    gb_s: float


def collective(operation: str, device: Accelerator, engine: str, ranks: int) -> Collective:
    """Return the time of an exchange between `ranks` accelerators.

    From the fit of this accelerator, engine and number of ranks; else of the vendor's library;
    else of another engine; else from the bandwidth of the link, at the share of it that fits of
    such links reach.

    Raises:
        ValueError: No fit exists, and no link of the accelerator is known.
    """
    if ranks == 1:
        return NOTHING
    fits = [fit for fit in collective_fits() if fit.operation == operation]
    own = [fit for fit in fits if fit.accelerator == device.name and fit.ranks == ranks]
    if not own:
        return _from_link(operation, fits, device, engine, ranks)
    fit = min(own, key=lambda fit: (not engine.startswith(fit.engine), fit.engine != _LIBRARY))
    other = say(
        "{exchange} of {ranks} {device} as with {fitted}: no fit for {engine}",
        exchange=_words(operation),
        ranks=ranks,
        device=device.name,
        fitted=fit.engine,
        engine=engine,
    )
    notes = () if operation == ALL_TO_ALL or engine.startswith(fit.engine) else (other,)
    rate = passes(operation, ranks) / (fit.busbw_gb_s * 1e9)
    return Collective(fit.alpha_us * 1e-6, rate, fit.root_us * 1e-9, notes)


def passes(operation: str, ranks: int) -> float:
    """Return how often each byte passes a link; nccl-tests, PERFORMANCE.md."""
    return (2 if operation == ALL_REDUCE else 1) * (ranks - 1) / ranks


def link_bytes_per_s(device: Accelerator, ranks: int) -> float:
    """Return the bandwidth of the link between `ranks` devices in one direction.

    Raises:
        ValueError: No link of the accelerator is known.
    """
    return _link(device, ranks).gb_s * 1e9


def _words(operation: str) -> str:
    return operation.replace("_", "-")


def _link(device: Accelerator, ranks: int) -> _Link:
    """Return the link between `ranks` devices; a bridge joins two of them."""
    bridged = "bridge" in device.scaleup_link and ranks > 2
    if device.scaleup_bw_gb_s is not None and not bridged:
        generation = device.scaleup_link.split()[0]
        return _Link(mark("scale-up link"), generation, device.scaleup_bw_gb_s)
    if device.pcie_bw_gb_s is not None:
        return _Link("PCIe", "PCIe", device.pcie_bw_gb_s)
    raise ValueError(
        f"no link between several {device.name} is known: give scaleup_bw_gb_s or pcie_bw_gb_s, "
        "or take one GPU per replica"
    )


def _from_link(
    operation: str,
    fits: list[CollectiveFit],
    device: Accelerator,
    engine: str,
    ranks: int,
) -> Collective:
    link = _link(device, ranks)
    like = [fit for fit in fits if _fitted_link(fit).kind == link.kind]
    same = [fit for fit in like if _fitted_link(fit).name == link.name]
    like = same or like
    like = [fit for fit in like if engine.startswith(fit.engine)] or like
    nearest = min((fit.ranks for fit in like), key=lambda known: abs(known - ranks))
    like = [fit for fit in like if fit.ranks == nearest]
    share = median(fit.busbw_gb_s / _fitted_link(fit).gb_s for fit in like)
    alpha_us = median(fit.alpha_us for fit in like)
    root_us = median(fit.root_us * (_fitted_link(fit).gb_s / link.gb_s) ** 0.5 for fit in like)
    note = say(
        "{exchange} of {ranks} {device} estimated: {share:.0%} of the {link}'s {gb_s:g} GB/s, "
        "as fits of {others} others reach",
        exchange=_words(operation), ranks=ranks, device=device.name, share=share,
        link=say(link.kind), gb_s=link.gb_s, others=nearest,
    )  # fmt: skip
    rate = passes(operation, ranks) / (share * link.gb_s * 1e9)
    return Collective(alpha_us * 1e-6, rate, root_us * 1e-9, (note,))


def _fitted_link(fit: CollectiveFit) -> _Link:
    return _link(accelerator(fit.accelerator), fit.ranks)
