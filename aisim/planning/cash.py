"""The cash of one candidate over its years, as plain data."""

from aisim.cost import Bill
from aisim.cost.cash import cash_flow, present_cost, yearly_cost
from aisim.cost.owned import rate_price
from aisim.cost.prices import Prices

FIGURES = ("present_cost_usd", "equivalent_annual_cost_usd", "paid_usd", "upfront_usd")


def cash_figures(bill: Bill) -> dict[str, float | None]:
    """Present cost, equivalent annual cost, all that is paid, and what is paid at first."""
    if bill.used is None or not bill.charges:
        return dict.fromkeys(FIGURES)
    economics = bill.economics
    flow = cash_flow(bill.charges, economics)
    rate = float(rate_price(Prices.of(economics)).typical)
    present = present_cost(flow, rate)
    return {
        "present_cost_usd": float(present),
        "equivalent_annual_cost_usd": float(yearly_cost(present, rate, economics.years)),
        "paid_usd": float(flow.sum()),
        "upfront_usd": float(flow[0]),
    }
