"""What a reader of the best base must know."""

from collections.abc import Iterator

from aisim.planning.base_found import Found
from aisim.planning.base_load import TARGET_LOAD
from aisim.planning.base_overflow import Sent
from aisim.planning.hybrid import at_base
from aisim.results.load import STRETCH_S


def notes_of(found: Found) -> Iterator[str]:
    """How the load was measured, what cannot be, what the closed form leaves out."""
    hybrid = found.hybrid
    yield (
        f"load: requests by their work in stretches of {STRETCH_S:g} s, a machine taken to serve "
        f"{TARGET_LOAD:.0%} of its saturation rate"
    )
    declared = hybrid.candidate.pools[hybrid.own].replicas
    packed = at_base(hybrid, hybrid.declared).pools[hybrid.own].replicas
    if declared != packed:
        yield f"pool {hybrid.own}: {packed} replicas fit on {hybrid.declared}, {declared} declared"
    if hybrid.further:
        yield (
            f"the closed form has {hybrid.behind} alone behind the own machines; also there, in "
            f"the simulation only: {', '.join(hybrid.further)}"
        )
    yield from _kept(found)
    yield from found.impossible.values()
    yield from _of_confirmed(found)


def _kept(found: Found) -> Iterator[str]:
    """What nobody but the own machines may serve."""
    overflow = found.overflow
    if isinstance(overflow, Sent) and overflow.kept_traffic:
        yield (
            f"only own machines may serve {', '.join(overflow.kept_traffic)}: "
            f"{overflow.kept.mean:,.2f} of them in the mean, {overflow.kept.peak:,.2f} at the peak"
        )


def _of_confirmed(found: Found) -> Iterator[str]:
    hybrid, confirmed = found.hybrid, found.confirmed
    if confirmed is None:
        return
    point = found.simulated[confirmed]
    if not point.holds:
        yield "none of the numbers simulated keeps all promises: the cheapest of them stays"
    if point.at_limit_share:
        count = hybrid.candidate.machines[hybrid.behind_group].count
        yield (
            f"{hybrid.behind_group}: with {confirmed} own, all {count} declared were held "
            f"{point.at_limit_share:.1%} of the time; more might have been taken then"
        )
