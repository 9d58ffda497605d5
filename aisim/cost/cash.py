"""The cash view: what is paid when, what it is worth today, and when one way pays back another."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from math import isfinite

import numpy as np
import numpy_financial as npf
from numpy.typing import NDArray

from aisim.cost.charge import Charge, months_of
from aisim.cost.price import Value
from aisim.cost.schedule import YEAR, Entry, annuity, monthly_rate
from aisim.scenario.economics import Economics

Flow = NDArray[np.float64]


def cash_flow(charges: Iterable[Charge], economics: Economics) -> Flow:
    """Payments at the boundaries of months, 0 to the end; with scenarios a column of each."""
    return paid(chain.from_iterable(c.entries(economics) for c in charges), months_of(economics))


def paid(entries: Iterable[Entry], months: int) -> Flow:
    """The same of entries of charges."""
    at: list[Value] = [0.0] * (months + 1)
    for entry in entries:
        at[entry.paid_at] = at[entry.paid_at] + entry.billed_usd
    if all(np.ndim(usd) == 0 for usd in at):
        return np.array(at, dtype=np.float64)
    return np.array(np.broadcast_arrays(*at), dtype=np.float64)


def present_cost(flow: Flow, rate_per_year: Value) -> Value:
    """What payments are worth at the beginning (numpy_financial.npv), at a cost of capital."""
    if flow.ndim == 1 and np.ndim(rate_per_year) == 0:
        return float(npf.npv(float(monthly_rate(rate_per_year)), flow))
    # The library takes one rate: with a rate of each scenario, its formula is one product.
    months = np.arange(len(flow))[:, None]
    worth: Flow = flow.reshape(len(flow), -1) * (1 + monthly_rate(rate_per_year)) ** -months
    total: Flow = worth.sum(axis=0)
    return total


def yearly_cost(present_usd: Value, rate_per_year: Value, years: int) -> Value:
    """The equal payments of twelve months each that are worth as much: equivalent annual cost."""
    return annuity(present_usd, rate_per_year, years * YEAR, 0.0) * YEAR


@dataclass(frozen=True)
class Advantage:
    """What it brings to take one candidate rather than another.

    Attributes:
        npv_usd: the other's present cost less its own.
        irr_per_year: the yearly return of what it costs more at first; None where there is none.
        payback_months: until what was saved outweighs what was paid more, at plain dollars; None
            is never within the years looked at, 0 from the beginning.
        discounted_payback_months: the same at the cost of capital: the month of break-even.
    """

    npv_usd: float
    irr_per_year: float | None
    payback_months: float | None
    discounted_payback_months: float | None


def advantage(own: Flow, other: Flow, rate_per_year: float) -> Advantage:
    """Compare two flows of payments."""
    saved = other - own
    rate = float(monthly_rate(rate_per_year))
    worth = saved * (1 + rate) ** -np.arange(len(saved))
    return Advantage(
        npv_usd=float(npf.npv(rate, saved)),
        irr_per_year=_irr(saved),
        payback_months=payback_months(saved),
        discounted_payback_months=payback_months(worth),
    )


def payback_months(saved: Flow) -> float | None:
    """When the sum of savings first reaches zero, on a straight line within a month."""
    total = np.cumsum(saved)
    differs = np.flatnonzero(saved)
    if not len(differs):
        return None
    first = int(differs[0])
    if total[first] > 0:
        # Nothing more is paid at first: it pays from the beginning, if it pays at all.
        return 0.0 if total[-1] >= 0 else None
    reached = first + np.flatnonzero(total[first:] >= 0)
    if not len(reached):
        return None
    month = int(reached[0])
    return month - 1 + float(-total[month - 1] / (total[month] - total[month - 1]))


def _irr(saved: Flow) -> float | None:
    """Yearly internal rate of return (numpy_financial.irr of the months)."""
    if not (np.any(saved < 0) and np.any(saved > 0)) or saved[np.flatnonzero(saved)[0]] > 0:
        return None
    monthly = float(npf.irr(saved))
    yearly = (1 + monthly) ** YEAR - 1 if isfinite(monthly) and monthly > -1 else float("nan")
    return yearly if isfinite(yearly) else None
