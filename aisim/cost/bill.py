"""The bill of a candidate: its charges, the headline figures, and what is left out."""

from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from aisim.cost import api, cloud
from aisim.cost.cash import Flow, paid
from aisim.cost.charge import CATEGORIES, Carbon, Charge, months_of
from aisim.cost.charges import all_charges
from aisim.cost.prices import Prices
from aisim.cost.schedule import Entry
from aisim.cost.used import Used, used
from aisim.results import Run
from aisim.scenario.candidate import Candidate
from aisim.scenario.economics import Economics
from aisim.scenario.sites import ApiSite, CloudSite, OwnSite, Site

#: Within other lines of owned machines: cooling in the electricity, by the PUE.
OWN_INCLUDED = ("cooling",)


@dataclass(frozen=True)
class Bill:
    """What a candidate costs.

    Attributes:
        charges: all that is paid for.
        used: what was used in a month; None when nothing was measured.
        economics: the study's.
        excluded: categories without a charge, with the site where only there.
        included: categories that are within the price of another charge, by site.
    """

    charges: tuple[Charge, ...]
    used: Used | None
    economics: Economics
    excluded: tuple[str, ...]
    included: dict[str, tuple[str, ...]]

    @cached_property
    def by_charge(self) -> tuple[float, ...]:
        """What a month of 730 h bears of each charge, mean over the years looked at."""
        months = months_of(self.economics)
        return tuple(
            float(sum((entry.effective_usd for entry in entries), 0.0)) / months
            for entries in self._entries
        )

    @cached_property
    def flow(self) -> Flow:
        """What is paid in US dollars at the boundaries of months, 0 to the end."""
        return paid(chain.from_iterable(self._entries), months_of(self.economics))

    @cached_property
    def _entries(self) -> tuple[tuple[Entry, ...], ...]:
        """What each charge comes to, month by month."""
        return tuple(tuple(charge.entries(self.economics)) for charge in self.charges)

    @property
    def usd_per_month(self) -> float | None:
        """The effective cost of a month; None when nothing was measured or nothing is paid."""
        return sum(self.by_charge) if self.charges else None

    @property
    def usd_per_1000_requests(self) -> float | None:
        """The month by its completed requests; None without any."""
        return self._per("requests", 1e3)

    @property
    def usd_per_1000_kept_requests(self) -> float | None:
        """The month by its requests that kept every promise; None without any."""
        return self._per("kept_requests", 1e3)

    @property
    def usd_per_million_input_tokens(self) -> float | None:
        """The whole month by its input tokens; None without any."""
        return self._per("input_tokens", 1e6)

    @property
    def usd_per_million_output_tokens(self) -> float | None:
        """The whole month by its output tokens, what is paid and idle included."""
        return self._per("output_tokens", 1e6)

    @property
    def busy_usd_per_million_output_tokens(self) -> float | None:
        """The same of what its busy GPU time bears: what idle machines cost is left out."""
        return self._per("output_tokens", 1e6, busy=True)

    @property
    def busy_usd_per_million_input_tokens(self) -> float | None:
        """The busy part of the month by its input tokens."""
        return self._per("input_tokens", 1e6, busy=True)

    @property
    def busy_usd_per_month(self) -> float | None:
        """What the busy GPU time bears: of sites with machines that share, of all else all."""
        return None if self.used is None or not self.charges else sum(self.busy_by_charge)

    @cached_property
    def busy_by_charge(self) -> tuple[float, ...]:
        """What the busy GPU time bears of each charge; something must have been used."""
        charged = zip(self.by_charge, self.charges, strict=True)
        return tuple(usd * self._busy_share(charge) for usd, charge in charged)

    def _busy_share(self, charge: Charge) -> float:
        assert self.used is not None
        if charge.by_traffic:
            return 1.0
        name, of_a_group, _ = charge.resource.partition(":")
        groups = self.used.groups
        if of_a_group and name in groups and self._sites.get(name) == charge.site:
            return groups[name].busy_share or 0.0
        shares = [g.busy_share for n, g in groups.items() if g.busy_share is not None
                  and self._sites.get(n) == charge.site]  # fmt: skip
        return max(shares, default=1.0)

    @cached_property
    def _sites(self) -> dict[str, str]:
        """Where each machine group stands: APIs and costs may have the name of one elsewhere."""
        return {
            charge.resource.partition(":")[0]: charge.site
            for charge in self.charges
            if charge.unit in ("machine-hour", "kWh") and ":" in charge.resource
        }

    @property
    def carbon(self) -> Carbon | None:
        """Energy, emissions and water of a month; None where some site's are not known."""
        known = [charge.carbon for charge in self.charges if charge.carbon is not None]
        if not known or self._unknown_energy:
            return None
        return Carbon(
            sum(carbon.kwh for carbon in known),
            _total([carbon.kg_co2e for carbon in known]),
            _total([carbon.water_l for carbon in known]),
            "; ".join(dict.fromkeys(carbon.source for carbon in known)),
        )

    @property
    def _unknown_energy(self) -> bool:
        """Whether something that draws power has no figure, as an API has none."""
        used_apis = self.used is not None and any(api.tokens for api in self.used.apis.values())
        groups = () if self.used is None else self.used.groups.values()
        return used_apis or any(group.energy is None for group in groups)

    def _per(self, what: str, units: float, *, busy: bool = False) -> float | None:
        month = self.busy_usd_per_month if busy else self.usd_per_month
        count = 0.0 if self.used is None else getattr(self.used.served, what)
        return None if month is None or not count else month / count * units


def bill(run: Run, candidate: Candidate, economics: Economics) -> Bill:
    """Price what a run used.

    Raises:
        BadPriceList: the study's price list cannot be used.
    """
    included = _included(candidate)
    if run.window_s <= 0 or not (candidate.machines or candidate.apis or candidate.costs):
        return Bill((), None, economics, CATEGORIES, included)
    return bill_of(used(run, candidate, economics), candidate, Prices.of(economics))


def bill_of(use: Used, candidate: Candidate, prices: Prices) -> Bill:
    """The bill of what was used, at these prices."""
    charges = all_charges(candidate, use, prices)
    included = _included(candidate)
    return Bill(charges, use, prices.economics, _excluded(charges, included), included)


def _included(candidate: Candidate) -> dict[str, tuple[str, ...]]:
    """What the prices of each site hold, beside their own charges."""
    in_use = {group.site for group in candidate.machines.values()}
    in_use |= {api.site for api in candidate.apis.values()}
    return {name: _held(site) for name, site in candidate.sites.items() if name in in_use}


def _held(site: Site) -> tuple[str, ...]:
    match site:
        case OwnSite():
            return OWN_INCLUDED
        case CloudSite():
            return cloud.INCLUDED
        case ApiSite():
            return api.INCLUDED


def _excluded(charges: tuple[Charge, ...], included: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Categories without a charge: at every site, or named with the sites where they miss."""
    charged = {(charge.category, charge.site) for charge in charges}
    paid = {category for category, _ in charged}
    excluded = []
    for category in CATEGORIES:
        missing = [
            site
            for site, held in included.items()
            if category not in held and (category, site) not in charged
        ]
        if len(missing) == len(included) and (missing or category not in paid):
            excluded.append(category)
        elif missing:
            excluded.append(f"{category} ({', '.join(missing)})")
    return tuple(excluded)


def _total(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
