"""The answer of what a search for the best base has found."""

from typing import Any

from aisim.planning.base_choice import BaseChoice
from aisim.planning.base_curve import own_usd
from aisim.planning.base_found import Found
from aisim.planning.base_load import TARGET_LOAD
from aisim.planning.base_notes import notes_of
from aisim.planning.base_overflow import Rented
from aisim.planning.commitment import CommitmentChoice, commitment_of
from aisim.planning.hybrid import at_base
from aisim.results import SHARES


def base_answer(found: Found) -> BaseChoice:
    """The answer of what there is so far."""
    hybrid, confirmed = found.hybrid, found.confirmed
    closed = {point.machines: point.usd_per_month for point in found.closed}
    usd = {base: point.usd_per_month for base, point in found.simulated.items()}
    values: dict[str, Any] = dict.fromkeys(
        ("closed_usd_per_month", "simulated_usd_per_month", "regret_usd_per_month", "commitment")
    )
    if confirmed is not None:
        assert found.named is not None
        values = {
            "closed_usd_per_month": closed.get(confirmed),
            "simulated_usd_per_month": usd[confirmed],
            "regret_usd_per_month": usd[found.named] - usd[confirmed],
            "commitment": _commitment(found, confirmed),
        }
    return BaseChoice(
        study=hybrid.study.name,
        candidate=hybrid.name,
        own_group=hybrid.own_group,
        overflow="api" if hybrid.is_sent else "rented machines",
        rented_group=None if hybrid.is_sent else hybrid.behind_group,
        api=hybrid.behind if hybrid.is_sent else None,
        declared=hybrid.declared,
        **_load(found),
        closed_form=tuple(found.closed),
        simulated=tuple(found.simulated[base] for base in sorted(found.simulated)),
        named=found.named,
        confirmed=confirmed,
        **values,
        partial=found.partial,
        notes=(*notes_of(found), *found.notes),
    )


def _commitment(found: Found, base: int) -> CommitmentChoice | None:
    hybrid, candidate = found.hybrid, at_base(found.hybrid, base)
    if hybrid.is_sent:
        return None
    study, group = hybrid.study, hybrid.behind_group
    return commitment_of(study, hybrid.name, candidate, group, found.uses[base])


def _load(found: Found) -> dict[str, Any]:
    """The curve, and the ratio of the prices that it is cut by."""
    own_rps, overflow, curve = found.own_rps, found.overflow, found.curve
    values = dict.fromkeys(
        ("own_rps", "rented_rps", "mean_load", "peak_load", "own_usd_per_machine_month",
         "overflow_usd_per_machine_month", "ratio")
    )  # fmt: skip
    whole: dict[str, Any] = {
        **values, "target_load": TARGET_LOAD, "curve_shares": (), "curve_machines": ()
    }  # fmt: skip
    if own_rps is None or overflow is None or curve is None:
        return whole
    busy = found.simulated[found.hybrid.declared].own_busy_share or 0.0
    own = own_usd(found.hybrid, found.uses[found.hybrid.declared], busy, overflow)
    behind = overflow.usd_per_machine_month
    shares = tuple(float(share) for share in SHARES)
    return whole | {
        "own_rps": own_rps,
        "rented_rps": overflow.size * own_rps if isinstance(overflow, Rented) else None,
        "mean_load": curve.mean,
        "peak_load": curve.peak,
        "curve_shares": shares,
        "curve_machines": curve.at_shares(shares),
        "own_usd_per_machine_month": own,
        "overflow_usd_per_machine_month": behind,
        "ratio": own / behind if behind else None,
    }
