"""What is behind a base of own machines: what goes there, and what its work costs.

`Rented` machines are taken whole. What is `Sent` to an external API is paid by its tokens, so there
are no whole machines of it: the API does exactly what is beyond the base.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TypedDict

import numpy as np

from aisim.cost.api import api_charges
from aisim.cost.cloud import level_price
from aisim.cost.prices import Prices
from aisim.cost.tokens import ApiUse, Tokens, api_use
from aisim.cost.used import GroupUse
from aisim.planning.bad_input import BadInput
from aisim.planning.base_load import own_load, served_by
from aisim.planning.hybrid import Hybrid
from aisim.results import Run
from aisim.results.load import ROUNDING, LoadCurve
from aisim.results.tables import Columns
from aisim.scenario.machines import CloudMachines
from aisim.scenario.study import MONTH_H
from aisim.workload.table import Bools, Floats, among, labelled


class Told(TypedDict):
    """What `ClosedBase` says of the overflow; None of what it is not."""

    rented_machine_h: float | None
    api_share: float | None


@dataclass(frozen=True)
class Rented:
    """Whole rented machines.

    Attributes:
        hybrid: the candidate.
        size: the work of a rented machine in own machines.
        least: fewest own machines that the closed form can have.
    """

    hybrid: Hybrid
    size: float
    least: int = 0

    def beyond(self, curve: LoadCurve, base: float) -> float:
        """Mean load that goes there: E[(load - base)+]."""
        return curve.beyond(base)

    def groups(self, curve: LoadCurve, base: int) -> dict[str, GroupUse]:
        """What of machines is used in a month."""
        shares = curve.rented(base, self.size)
        return {self.hybrid.behind_group: GroupUse(sum(shares) * MONTH_H, shares, None, None)}

    def apis(self, curve: LoadCurve, base: int) -> dict[str, ApiUse]:
        """What of APIs is used in a month, beyond what was used in the run."""
        return {}

    def told(self, curve: LoadCurve, base: int) -> Told:
        """Rented machine-hours of a month."""
        shares = curve.rented(base, self.size)
        return {"rented_machine_h": sum(shares) * MONTH_H, "api_share": None}

    @property
    def usd_per_machine_month(self) -> float:
        """A rented month of the work of one own machine."""
        hybrid = self.hybrid
        group = hybrid.candidate.machines[hybrid.behind_group]
        assert isinstance(group, CloudMachines)
        prices = Prices.of(hybrid.study.economics)
        price = level_price(hybrid.candidate, hybrid.behind_group, group.price, prices)
        assert price is not None, "the study was checked"
        return float(price.value) * MONTH_H / self.size


@dataclass(frozen=True)
class Sent:
    """Requests to an external API.

    Attributes:
        hybrid: the candidate.
        may: load by stretch of time that may go there, in own machines.
        all_of_it: what the API would be used for in a month in which all that load goes there.
        anyway: what it was used for by traffic that own machines do not serve.
        kept: load by stretch of time that nobody but the own machines may serve.
        kept_traffic: the traffic of that load.
    """

    hybrid: Hybrid
    may: Floats
    all_of_it: ApiUse
    anyway: ApiUse
    kept: LoadCurve
    kept_traffic: tuple[str, ...]

    @property
    def least(self) -> int:
        """Own machines that the load which nobody else may serve asks for in the mean."""
        return ceil(self.kept.mean - ROUNDING)

    def beyond(self, curve: LoadCurve, base: float) -> float:
        """Mean load that goes there: E[(load - base)+], at most what may go there."""
        return float(np.minimum(np.maximum(curve.load - base, 0.0), self.may).mean())

    def groups(self, curve: LoadCurve, base: int) -> dict[str, GroupUse]:
        """No machines are used."""
        return {}

    def apis(self, curve: LoadCurve, base: int) -> dict[str, ApiUse]:
        """What of the API is used in a month: in proportion to the load that goes there."""
        mean = float(self.may.mean())
        share = self.beyond(curve, base) / mean if mean else 0.0
        return {self.hybrid.behind: _joined(self.anyway, self.all_of_it, share)}

    def told(self, curve: LoadCurve, base: int) -> Told:
        """Share of the load that goes to the API."""
        share = self.beyond(curve, base) / curve.mean if curve.mean else 0.0
        return {"rented_machine_h": None, "api_share": share}

    @property
    def usd_per_machine_month(self) -> float:
        """What the API asks for a month of the work of one own machine."""
        mean = float(self.may.mean())
        return api_usd_per_month(self.hybrid, self.all_of_it) / mean if mean else 0.0


Overflow = Rented | Sent


def sent(hybrid: Hybrid, run: Run, own_rps: float) -> Sent:
    """What may go to the API behind a base, and what its tokens cost.

    Args:
        hybrid: with an API as its overflow.
        run: a simulation as declared.
        own_rps: requests per second at which an own machine saturates.

    Raises:
        BadInput: none of what own machines serve may go there.
    """
    own = served_by(hybrid, hybrid.own)
    shared = [name for name in served_by(hybrid, hybrid.behind) if name in own]
    if not shared:
        raise BadInput(f"{hybrid.name}: API {hybrid.behind!r} takes no traffic of {hybrid.own!r}")
    others = {name for place in hybrid.places if place != hybrid.own for name in own
              if hybrid.takes(place, name)}  # fmt: skip
    kept = tuple(name for name in own if name not in others)
    return Sent(
        hybrid,
        own_load(hybrid, run, own_rps, shared).load,
        _use_of(hybrid, _as_if_sent(run, hybrid.behind, shared)),
        _use_of(hybrid, _rows(run, ~among(run.rows["traffic"], *own))),
        own_load(hybrid, run, own_rps, kept),
        kept,
    )


def api_usd_per_month(hybrid: Hybrid, use: ApiUse) -> float:
    """What a month of the API costs, at the planner's own prices where there are any."""
    economics = hybrid.study.economics
    charges = api_charges(hybrid.candidate, {hybrid.behind: use}, Prices.of(economics))
    return sum(float(charge.usd_per_month(economics)) for charge in charges)


def _as_if_sent(run: Run, api: str, traffics: Sequence[str]) -> Run:
    """The requests of some traffic, all answered by an API at the moment that they arrived."""
    chosen = _rows(run, among(run.rows["traffic"], *traffics))
    arrival_s = chosen.rows["arrival_s"]
    pool = labelled(np.zeros(chosen.rows.height, dtype=np.int64), [api])
    rows = Columns({**chosen.rows, "pool": pool, "last_token_s": arrival_s}, chosen.rows.index)
    return replace(chosen, rows=rows)


def _rows(run: Run, rows: Bools) -> Run:
    return replace(run, rows=run.rows.where(rows))


def _use_of(hybrid: Hybrid, run: Run) -> ApiUse:
    return api_use(run, hybrid.candidate, hybrid.behind, hybrid.study.economics)


def _joined(one: ApiUse, other: ApiUse, share: float) -> ApiUse:
    """One use, and a share of the other."""
    sums: dict[str, Tokens] = {tokens.name: tokens for tokens in one.tokens}
    for more in other.tokens if share else ():
        had = sums.get(more.name, Tokens(more.name, 0.0, 0.0))
        millions, usd = had.millions + share * more.millions, had.usd + share * more.usd
        sums[more.name] = Tokens(more.name, millions, usd)
    return replace(other, tokens=tuple(sums.values()))
