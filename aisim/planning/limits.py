"""What a candidate breaks: rules on data, budgets, power, lead time, staff; in words."""

import re
from collections.abc import Iterator
from typing import Any

from aisim import catalog
from aisim.cost import Bill
from aisim.cost.charges import own_groups
from aisim.cost.energy import owned_watts
from aisim.cost.owned import lead_time
from aisim.cost.prices import Prices
from aisim.cost.running import greatest_kw, staff_fte, staff_total
from aisim.language import Sentence, say
from aisim.results.intervals import mean_of
from aisim.scenario import Candidate, Study
from aisim.scenario.apis import Api
from aisim.scenario.candidate import ServeStage
from aisim.scenario.limits import DataRule, Limits
from aisim.scenario.machines import OwnMachines
from aisim.scenario.pools import Pool
from aisim.scenario.sites import ApiSite, OwnSite, Site

#: How the region of an electricity price begins with its country: DE, US-CA, EU27.
COUNTRY = re.compile(r"[A-Z]{2}(?![A-Za-z])")
KINDS = {
    "own": say("sites of one's own"),
    "cloud": say("a public cloud"),
    "api": say("an external API"),
}


def broken_limits(study: Study, candidate: Candidate, bill: Bill | None = None) -> list[Sentence]:
    """Why a candidate is excluded, a line for each limit; without a bill, budgets are not asked."""
    limits, prices = study.limits, Prices.of(study.economics)
    found = [
        *_data(study, candidate),
        *_power(candidate, limits),
        *_lead_time(candidate, limits, prices),
        *_staff(candidate, limits, prices),
    ]
    return found if bill is None else [*found, *_budgets(bill, limits)]


def _data(study: Study, candidate: Candidate) -> Iterator[Sentence]:
    """Data of a class that may reach a site where it must not be."""
    classes = {t.data_class: t for t in study.workload.traffic.values()}
    for data_class, rule in study.limits.data.items():
        if data_class not in classes:
            continue
        services = {
            t.service for t in study.workload.traffic.values() if t.data_class == data_class
        }
        for name in _reached(candidate, services):
            site = candidate.sites[name]
            reason = _forbidden(site, rule)
            if reason and data_class not in site.refuses:
                yield say(
                    "{data_class} data may reach {site}: {reason}; let that site refuse it "
                    "(sites.{site}.refuses)",
                    data_class=data_class, site=name, reason=reason,
                )  # fmt: skip


def _reached(candidate: Candidate, services: set[str]) -> Iterator[str]:
    """Sites whose pools or APIs serve one of the services."""
    asked = [
        name
        for stage in candidate.path.values()
        if isinstance(stage, ServeStage)
        for name in stage.pools
    ]
    servers: dict[str, Pool | Api] = {**candidate.pools, **candidate.apis}
    found = [candidate.site_of(name) for name in asked if services & set(servers[name].serves)]
    yield from dict.fromkeys(found)


def _forbidden(site: Site, rule: DataRule) -> Sentence | None:
    """Why data under a rule may not be at a site; None where it may."""
    if site.kind not in rule.sites:
        return say("it must not go to {kind}", kind=KINDS[site.kind])
    country = country_of(site)
    if rule.countries is None or country in rule.countries:
        return None
    allowed = ", ".join(rule.countries)
    if country is None:
        return say("it must stay in {allowed}, and that is in an unknown country", allowed=allowed)
    return say(
        "it must stay in {allowed}, and that is in {country}", allowed=allowed, country=country
    )


def country_of(site: Site) -> str | None:
    """ISO code of the country that a site is in; None where the catalog does not say."""
    match site:
        case ApiSite():
            return site.country
        case OwnSite():
            return site.region[:2] if COUNTRY.match(site.region) else None
    rows = catalog.cloud_instances().values()
    return next(
        (r.country for r in rows if (r.provider, r.region) == (site.provider, site.region)), None
    )


def _power(candidate: Candidate, limits: Limits) -> Iterator[Sentence]:
    """Feed and cooling of a site, and what one rack can take."""
    for name, site in candidate.sites.items():
        if not isinstance(site, OwnSite):
            continue
        groups = own_groups(candidate, name)
        draw = greatest_kw(list(groups.values()))
        if site.power_limit_kw is not None and draw > site.power_limit_kw:
            yield say(
                "{site}: machines draw {draw:.1f} kW at most, its feed and cooling take "
                "{most:g} kW",
                site=name, draw=draw, most=site.power_limit_kw,
            )  # fmt: skip
        most = site.rack_kw if limits.rack_kw is None else limits.rack_kw
        for group, declared in groups.items():
            machine = owned_watts(declared).most_w / 1000
            asked = site.space == "racks" or limits.rack_kw is not None
            if asked and machine > most:
                yield say(
                    "{machines}: one machine draws {draw:.1f} kW, a rack takes {most:g} kW",
                    machines=group, draw=machine, most=most,
                )  # fmt: skip


def _lead_time(candidate: Candidate, limits: Limits, prices: Prices) -> Iterator[Sentence]:
    most = limits.lead_time_months
    for name, group in candidate.machines.items():
        if most is not None and isinstance(group, OwnMachines):
            months = lead_time(group, prices).typical
            if months > most:
                yield say(
                    "{machines}: {months:g} months from order to service, allowed: {most:g}",
                    machines=name, months=months, most=most,
                )  # fmt: skip


def _staff(candidate: Candidate, limits: Limits, prices: Prices) -> Iterator[Sentence]:
    if limits.staff_fte is None:
        return
    total = 0.0
    for name, site in candidate.sites.items():
        groups = list(own_groups(candidate, name).values())
        if isinstance(site, OwnSite) and groups:
            fte, _ = staff_fte(name, site, groups, prices)
            total += float(staff_total(fte, groups))
    if total > limits.staff_fte:
        yield say(
            "{total:.2g} full-time staff at own sites, allowed: {most:g}",
            total=total, most=limits.staff_fte,
        )  # fmt: skip


def _budgets(bill: Bill, limits: Limits) -> Iterator[Sentence]:
    month = bill.usd_per_month
    if month is None:
        return
    years = bill.economics.years
    span = say("1 year") if years == 1 else say("{years} years", years=years)
    asked = (
        (say("an average month"), month, limits.budget_usd_per_month),
        (say("before the service begins"), float(bill.flow[0]), limits.budget_upfront_usd),
        (span, float(bill.flow.sum()), limits.budget_total_usd),
    )
    for what, usd, most in asked:
        if most is not None and usd > most:
            yield say(
                "{what}: {usd:,.0f} USD, {over:,.0f} over the budget of {most:,.0f}",
                what=what, usd=usd, over=usd - most, most=most,
            )  # fmt: skip


def missed_promises(answer: dict[str, Any]) -> list[Sentence]:
    """Each promise that a candidate did not keep, and by how much; of its part of an answer."""
    return [
        _missed(traffic, measure.removesuffix("_s").upper(), promise)
        for traffic, measures in answer["service_level"].items()
        for measure, promise in measures.items()
        if promise["kept"] is False
    ]


def _missed(traffic: str, measure: str, promise: dict[str, Any]) -> Sentence:
    value, limit = mean_of(promise["value_s"]), mean_of(promise["limit_s"])
    said = {"traffic": traffic, "figure": f"{measure} p{mean_of(promise['percentile']):g}"}
    if value is None:
        return say(
            "{traffic}: {figure} never within the promised {limit:g} s: too few were completed",
            limit=limit, **said,
        )  # fmt: skip
    if value <= limit:
        return say(
            "{traffic}: {figure} {value:.3g} s in the mean, but not in every replication within "
            "the promised {limit:g} s",
            value=value, limit=limit, **said,
        )  # fmt: skip
    return say(
        "{traffic}: {figure} {value:.3g} s, {over:.2g} s over the promised {limit:g} s",
        value=value, over=value - limit, limit=limit, **said,
    )  # fmt: skip
