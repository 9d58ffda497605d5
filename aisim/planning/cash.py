"""The cash of one candidate over its years, as plain data."""

from math import isclose

from aisim.cost import Bill
from aisim.cost.cash import present_cost, yearly_cost
from aisim.cost.charge import months_of
from aisim.cost.owned import rate_price
from aisim.cost.prices import Prices
from aisim.results import Unbalanced

FIGURES = ("present_cost_usd", "equivalent_annual_cost_usd", "paid_usd", "upfront_usd")


def cash_figures(bill: Bill) -> dict[str, float | None]:
    """Present cost, equivalent annual cost, all that is paid, and what is paid at first.

    Raises:
        Unbalanced: what is paid is not what the months bear; a fault of aisim.
    """
    if bill.used is None or not bill.charges:
        return dict.fromkeys(FIGURES)
    economics = bill.economics
    flow = bill.flow
    _check(bill, float(flow.sum()))
    rate = float(rate_price(Prices.of(economics)).typical)
    present = present_cost(flow, rate)
    return {
        "present_cost_usd": float(present),
        "equivalent_annual_cost_usd": float(yearly_cost(present, rate, economics.years)),
        "paid_usd": float(flow.sum()),
        "upfront_usd": float(flow[0]),
    }


def _check(bill: Bill, paid_usd: float) -> None:
    """What is paid over the years is what the months bear, but for the cost of capital."""
    charged = zip(bill.charges, bill.by_charge, strict=True)
    month = sum(usd for charge, usd in charged if not charge.is_imputed)
    borne_usd = month * months_of(bill.economics)
    if not isclose(paid_usd, borne_usd, rel_tol=1e-9, abs_tol=1e-6):
        raise Unbalanced(f"{paid_usd:,.2f} USD are paid in the ledger, {borne_usd:,.2f} are borne")
