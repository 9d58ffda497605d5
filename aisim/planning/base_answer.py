"""What a search for the best base has found, and the answer that it makes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aisim.cost.used import Used
from aisim.planning.base_choice import BaseChoice, ClosedBase, SimulatedBase
from aisim.planning.base_curve import TARGET_LOAD, Rates, own_usd, rented_usd
from aisim.planning.commitment import CommitmentChoice, commitment_of
from aisim.planning.hybrid import Hybrid, at_base
from aisim.results import SHARES, Run, figures
from aisim.results.load import STRETCH_S, LoadCurve


@dataclass
class Found:
    """What is known of a hybrid so far.

    Attributes:
        rates: of one own and one rented machine; None until they are simulated.
        curve: the load in own machines.
        closed: the closed form by number of own machines.
        simulated: what was simulated, by the same.
        uses: what each of those used.
        impossible: why a number cannot be.
        notes: of the runs, each once.
        partial: whether it was stopped.
    """

    hybrid: Hybrid
    rates: Rates | None = None
    curve: LoadCurve | None = None
    closed: list[ClosedBase] = field(default_factory=list)
    simulated: dict[int, SimulatedBase] = field(default_factory=dict)
    uses: dict[int, Used] = field(default_factory=dict)
    impossible: dict[int, str] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    partial: bool = False

    @property
    def named(self) -> int | None:
        """What the closed form names: the fewest own machines of those that cost least."""
        best = min(self.closed, key=lambda point: point.usd_per_month, default=None)
        return None if best is None else best.machines

    @property
    def best(self) -> int | None:
        """The cheapest of those that keep all promises; the cheapest of all where none does."""
        points = self.simulated.values()
        holding = [point for point in points if point.holds] or list(points)
        found = min(holding, key=lambda point: point.usd_per_month, default=None)
        return None if found is None else found.machines

    @property
    def confirmed(self) -> int | None:
        """The best, once what the closed form names was simulated too."""
        return self.best if self.named in self.simulated else None


def simulated_base(hybrid: Hybrid, base: int, run: Run, use: Used, usd: float) -> SimulatedBase:
    """What a simulation says of a number of own machines."""
    found, rented = figures(run), use.groups[hybrid.rented_group]
    kept = [p["kept"] for level in found["service_level"].values() for p in level.values()]
    judged = [one for one in kept if one is not None]
    own = use.groups.get(hybrid.own_group)
    return SimulatedBase(
        machines=base,
        usd_per_month=usd,
        promises_kept=all(judged) if judged else None,
        overloaded=found["overloaded"],
        ttft_p95_s=found["ttft_s"]["p95"],
        rented_machine_h=rented.held_h,
        at_limit_share=rented.shares[-1],
        own_busy_share=None if own is None else own.busy_share,
    )


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
        rented_group=hybrid.rented_group,
        declared=hybrid.declared,
        **_load(found),
        closed_form=tuple(found.closed),
        simulated=tuple(found.simulated[base] for base in sorted(found.simulated)),
        named=found.named,
        confirmed=confirmed,
        **values,
        partial=found.partial,
        notes=(*_notes(found), *found.notes),
    )


def _commitment(found: Found, base: int) -> CommitmentChoice:
    hybrid, candidate = found.hybrid, at_base(found.hybrid, base)
    study, group = hybrid.study, hybrid.rented_group
    return commitment_of(study, hybrid.name, candidate, group, found.uses[base])


def _load(found: Found) -> dict[str, Any]:
    """The curve, and the ratio of the prices that it is cut by."""
    rates, curve, values = found.rates, found.curve, dict.fromkeys(
        ("own_rps", "rented_rps", "mean_load", "peak_load", "own_usd_per_machine_month",
         "rented_usd_per_machine_month", "ratio")
    )  # fmt: skip
    whole: dict[str, Any] = {
        **values, "target_load": TARGET_LOAD, "curve_shares": (), "curve_machines": ()
    }  # fmt: skip
    if rates is None or curve is None:
        return whole
    busy = found.simulated[found.hybrid.declared].own_busy_share or 0.0
    own = own_usd(found.hybrid, found.uses[found.hybrid.declared], busy, rates.size)
    rented = rented_usd(found.hybrid, rates.size)
    shares = tuple(float(share) for share in SHARES)
    return whole | {
        "own_rps": rates.own,
        "rented_rps": rates.rented,
        "mean_load": curve.mean,
        "peak_load": curve.peak,
        "curve_shares": shares,
        "curve_machines": curve.at_shares(shares),
        "own_usd_per_machine_month": own,
        "rented_usd_per_machine_month": rented,
        "ratio": own / rented,
    }


def _notes(found: Found) -> Iterator[str]:
    hybrid, confirmed = found.hybrid, found.confirmed
    yield (
        f"load: requests by their work in stretches of {STRETCH_S:g} s, a machine taken to serve "
        f"{TARGET_LOAD:.0%} of its saturation rate"
    )
    declared = hybrid.candidate.pools[hybrid.own].replicas
    packed = at_base(hybrid, hybrid.declared).pools[hybrid.own].replicas
    if declared != packed:
        yield f"pool {hybrid.own}: {packed} replicas fit on {hybrid.declared}, {declared} declared"
    yield from found.impossible.values()
    if confirmed is None:
        return
    point = found.simulated[confirmed]
    if not point.holds:
        yield "none of the numbers simulated keeps all promises: the cheapest of them stays"
    if point.at_limit_share:
        count = hybrid.candidate.machines[hybrid.rented_group].count
        yield (
            f"{hybrid.rented_group}: with {confirmed} own, all {count} declared were held "
            f"{point.at_limit_share:.1%} of the time; more might have been taken then"
        )
