"""A comparison in money over years: each candidate's cash, and one against the other."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from aisim.catalog import usd_per
from aisim.cost import CATEGORIES, Bill
from aisim.cost.bill import bill_of
from aisim.cost.break_even import DECLARED, BreakEven, at_levels, break_even
from aisim.cost.cash import Flow, advantage, present_cost
from aisim.cost.cloud import TERMS
from aisim.cost.owned import rate_price
from aisim.cost.prices import Prices
from aisim.cost.schedule import grown
from aisim.cost.uncertainty import Case, Swing, tornado, uncertain_prices
from aisim.planning.chances import DRAWS, Level, cheaper_share, drawn_costs
from aisim.planning.priced import Priced
from aisim.scenario import Study
from aisim.scenario.machines import CloudMachines

#: Swings that are told.
SWINGS = 10

Data = dict[str, Any]


def money(comparison: Priced) -> Data:
    """All that is said of money over the years of a study, as plain data.

    Amounts are US dollars; `currency` has the rate into the study's own.
    """
    study = comparison.study
    prices = Prices.of(study.economics)
    bills = _measured(comparison)
    rate, draws = rate_price(prices), drawn_costs(study, bills, prices)
    return {
        "years": study.economics.years,
        "start": study.economics.start.isoformat(),
        "discount_rate": {"per_year": float(rate.typical), "source": rate.source},
        "currency": _currency(study.economics.currency),
        "candidates": {name: _candidate(study, name, bill) for name, bill in bills.items()},
        "against": {name: against(comparison, name, draws) for name in bills},
        "uncertainty": _uncertainty(study, bills, prices, draws),
    }


def _currency(code: str) -> Data:
    rate, date = usd_per(code)
    return {"code": code, "usd_per_unit": rate, "rate_date": date or None}


def _candidate(study: Study, name: str, bill: Bill) -> Data:
    """Completeness by category, and what is still owed when the years are over."""
    return {
        "completeness": completeness(bill),
        "owed_after_usd": _owed_after(study, name, bill),
    }


def completeness(bill: Bill) -> dict[str, Any]:
    """Every category: its amount in a month, what it is included in, or EXCLUDED; never a zero."""
    found: dict[str, Any] = {}
    for category in CATEGORIES:
        paid = [u for c, u in zip(bill.charges, bill.by_charge, strict=True)
                if c.category == category]  # fmt: skip
        missing = [e for e in bill.excluded if e == category or e.startswith(f"{category} (")]
        held = [site for site, within in bill.included.items() if category in within]
        found[category] = {
            "usd_per_month": sum(paid) if paid else None,
            "included_at": held,
            "excluded": None
            if not missing
            else missing[0].removeprefix(category).strip(" ()") or "everywhere",
        }
    return found


def _owed_after(study: Study, name: str, bill: Bill) -> float:
    """Payments of commitments whose term ends after the years looked at."""
    months = 12 * study.economics.years
    change = study.economics.price_change_per_year.get("compute", 0.0)
    owed = 0.0
    for group_name, group in study.candidates[name].machines.items():
        if isinstance(group, CloudMachines) and group.price in TERMS:
            left = -months % TERMS[group.price]
            begun = months + left - TERMS[group.price]
            owed += left * sum(
                (1 - group.upfront_share)
                * float(grown(charge.quantity * charge.unit_price_usd, change, begun))
                for charge in bill.charges
                if charge.commitment and charge.resource.startswith(f"{group_name}:")
            )
    return owed


def against(comparison: Priced, own: str, draws: Mapping[Level, Flow] | None = None) -> Data:
    """A candidate against each other one, at every commitment level of that one.

    `draws` are present costs under drawn prices; without them nothing is said of chances.
    """
    study, bills = comparison.study, _measured(comparison)
    if own not in bills:
        return {}
    prices, reach = Prices.of(study.economics), comparison.reach(own)
    return {
        other: _pair(study, prices, (own, bills[own]), (other, bill), reach, draws or {})
        for other, bill in bills.items()
        if other != own
    }


def _measured(comparison: Priced) -> dict[str, Bill]:
    """The bills of the candidates that answered anything: what serves nobody saves nothing."""
    return {
        name: bill
        for name, bill in comparison.bills.items()
        if bill.used is not None and bill.used.served.requests
    }


def _pair(
    study: Study,
    prices: Prices,
    own: tuple[str, Bill],
    other: tuple[str, Bill],
    reach: float | None,
    draws: Mapping[Level, Flow],
) -> Data:
    name, bill = own
    competitor, use = study.candidates[other[0]], other[1].used
    assert use is not None
    rate = float(rate_price(prices).typical)
    found = {}
    for level, candidate in at_levels(competitor, prices).items():
        priced = other[1] if level == DECLARED else bill_of(use, candidate, prices)
        better = advantage(bill.flow, priced.flow, rate)
        where = break_even(bill, study.candidates[name], priced, candidate, prices)
        found[level] = {
            "usd_per_month": priced.usd_per_month,
            "present_cost_usd": float(present_cost(priced.flow, rate)),
            "npv_usd": better.npv_usd,
            "irr_per_year": better.irr_per_year,
            "payback_months": better.payback_months,
            "break_even_months": better.discounted_payback_months,
            "break_even_utilisation": _utilisation(where, reach),
            "probability_cheaper": cheaper_share(draws, (name, DECLARED), (other[0], level)),
        }
    return found


def _utilisation(where: BreakEven | None, reach: float | None) -> Data | None:
    """Where both cost the same; of traffic no more than can be served counts."""
    if where is None:
        return None
    most = reach if where.of == "traffic" else 1.0
    beyond = where.value is not None and most is not None and where.value > most
    return {
        "value": where.value,
        "of": where.of,
        "most": most,
        "never": where.never or beyond,
        "standing_usd_per_month": where.standing_usd,
        "rented_usd_per_month": where.rented_usd,
    }


def _uncertainty(
    study: Study, bills: dict[str, Bill], prices: Prices, draws: Mapping[Level, Flow]
) -> Data:
    """Drawn prices: how likely each is cheaper than each other, and what matters most."""
    cases = cases_of(study, bills)
    ranges = uncertain_prices(cases, prices)
    costs = {name: usd for (name, level), usd in draws.items() if level == DECLARED}
    return {
        "draws": DRAWS if draws else 0,
        "prices_with_a_range": len(ranges),
        "present_cost_usd": {
            name: dict(
                zip(("p5", "p50", "p95"), map(float, np.percentile(usd, (5, 50, 95))), strict=True)
            )
            for name, usd in costs.items()
        },
        "probability_cheaper": {
            own: {
                other: cheaper_share(draws, (own, DECLARED), (other, DECLARED))
                for other in costs
                if other != own
            }
            for own in costs
        },
        "tornado": {name: _swings(cases, prices, name) for name in cases},
    }


def _swings(cases: dict[str, Case], prices: Prices, name: str) -> list[Data]:
    return [swing_data(swing) for swing in tornado(cases, prices, name)[:SWINGS]]


def swing_data(swing: Swing) -> Data:
    """What a price does over its range, as plain data."""
    return {
        "price": swing.price.key,
        "low": swing.price.low,
        "typical": float(swing.price.typical),
        "high": swing.price.high,
        "unit": swing.price.unit,
        "present_cost_at_low_usd": swing.at_low_usd,
        "present_cost_at_high_usd": swing.at_high_usd,
        "quality": swing.price.quality,
    }


def cases_of(study: Study, bills: Mapping[str, Bill]) -> dict[str, Case]:
    """Each candidate with what it used, for `aisim.cost.uncertainty`."""
    return {
        name: (study.candidates[name], bill.used)
        for name, bill in bills.items()
        if bill.used is not None
    }
