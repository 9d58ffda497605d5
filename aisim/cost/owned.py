"""Owned machines: the annuity of their purchase, and what it takes to run them."""

from collections.abc import Iterator

import numpy_financial as npf

from aisim.cost import prices
from aisim.cost.energy import energy_line, machine_watts
from aisim.cost.ledger import Line
from aisim.results import Run
from aisim.scenario.candidate import Candidate
from aisim.scenario.economics import ENGINEER, Economics
from aisim.scenario.machines import OwnMachines
from aisim.scenario.sites import OwnSite

MONTHS = 12
#: Spoken of in the lines below, or within them: cooling by the PUE, finance in the annuity.
INCLUDED = ("cooling", "finance")


def owned_lines(run: Run, candidate: Candidate, economics: Economics) -> Iterator[Line]:
    """Purchase, support and energy of each group; space and staff of each site."""
    for name, group in _groups(candidate).items():
        yield from _purchase_lines(name, group, economics)
        yield energy_line(run, candidate, name, group, economics)
    yield from _site_lines(candidate, economics)


def standing_lines(candidate: Candidate, economics: Economics) -> Iterator[Line]:
    """What owned machines cost whatever they do: all of `owned_lines` but energy."""
    for name, group in _groups(candidate).items():
        yield from _purchase_lines(name, group, economics)
    yield from _site_lines(candidate, economics)


def _groups(candidate: Candidate) -> dict[str, OwnMachines]:
    return {
        name: group for name, group in candidate.machines.items() if isinstance(group, OwnMachines)
    }


def _site_lines(candidate: Candidate, economics: Economics) -> Iterator[Line]:
    groups = _groups(candidate).values()
    for name, site in candidate.sites.items():
        standing = [group for group in groups if group.site == name]
        if isinstance(site, OwnSite) and standing:
            yield _space_line(name, site, standing, economics)
            yield _staff_line(name, site, economics)


def monthly_annuity(price_usd: float, rate: float, years: float, residual_share: float) -> float:
    """Equal monthly payment for a purchase that is worth `residual_share` of it at the end.

    A yearly annuity (numpy_financial.pmt), divided by twelve; at rate 0 the plain share.
    """
    # Below this a float cannot tell the powers of 1 + rate from 1.
    rate = 0.0 if rate < 1e-8 else rate
    yearly = npf.pmt(rate, years, -price_usd, price_usd * residual_share)
    return float(yearly) / MONTHS


def _purchase_lines(name: str, group: OwnMachines, economics: Economics) -> Iterator[Line]:
    rate = _rate(economics)
    life = _life(economics)
    capex = 0.0
    for item, quantity in group.parts.items():
        price = prices.purchase(economics, item)
        pieces = quantity * group.count
        capex += pieces * price.value
        yield Line(
            category="compute",
            resource=f"{name}: {item}",
            site=group.site,
            quantity=pieces,
            unit="piece",
            unit_price_usd=monthly_annuity(
                price.value, rate.value, life.value, economics.residual_share or 0.0
            ),
            description=f"annuity of {price.value:,.0f} USD over {life.value:g} years at "
            f"{rate.value:.1%} a year, residual {economics.residual_share or 0.0:.0%}",
            source=f"{price.source}; rate: {rate.source}; life: {life.source}",
            as_of=price.as_of,
            quality=price.quality,
        )
    support = _support(economics)
    yield Line(
        category="support",
        resource=f"{name}: hardware support",
        site=group.site,
        quantity=capex / MONTHS,
        unit="USD of purchase per month",
        unit_price_usd=support.value,
        description=f"{support.value:.1%} of the purchase a year",
        source=support.source,
        as_of=support.as_of,
        quality=support.quality,
    )


def _space_line(name: str, site: OwnSite, groups: list[OwnMachines], economics: Economics) -> Line:
    rate = site.space_usd_per_kw_month
    price = (
        prices.opex(economics, "colocation", "wholesale average", "global")
        if rate is None
        else prices.own(rate)
    )
    kilowatts = sum(machine_watts(group)[1] * group.count for group in groups) / 1000
    return Line(
        category="space",
        resource=f"{name}: room and power feed",
        site=name,
        quantity=kilowatts,
        unit="kW-month",
        unit_price_usd=price.value,
        description="per kW of the machines' greatest draw",
        source=price.source,
        as_of=price.as_of,
        quality=price.quality,
    )


def _staff_line(name: str, site: OwnSite, economics: Economics) -> Line:
    fte = (
        prices.opex(economics, "staff", "FTE per first 8-GPU node", "global")
        if site.staff_fte is None
        else prices.own(site.staff_fte)
    )
    given = economics.staff_usd_per_fte_year
    pay = (
        prices.opex(economics, *ENGINEER, economics.staff_region)
        if given is None
        else prices.own(given)
    )
    return Line(
        category="staff",
        resource=f"{name}: engineers",
        site=name,
        quantity=fte.value,
        unit="FTE-month",
        unit_price_usd=pay.value / MONTHS,
        description="a floor for the site, however few machines there are",
        source=f"{pay.source}; FTE: {fte.source}",
        as_of=pay.as_of,
        quality=pay.quality,
    )


def _rate(economics: Economics) -> prices.Price:
    if economics.discount_rate is not None:
        return prices.own(economics.discount_rate)
    return prices.opex(economics, "finance", "WACC", "US/EU")


def _life(economics: Economics) -> prices.Price:
    """A longer life is a lower cost: the price level does not apply to it."""
    if economics.life_years is not None:
        return prices.own(economics.life_years)
    typical = economics.model_copy(update={"price_level": "typical"})
    return prices.opex(typical, "finance", "depreciation life GPU server straight line", "global")


def _support(economics: Economics) -> prices.Price:
    if economics.support_share is not None:
        return prices.own(economics.support_share)
    return prices.opex(economics, "support", "hardware support GPU server", "global")
