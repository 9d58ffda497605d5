"""A run's usage and price rows become a ledger and a bill."""

from aisim.cost.bill import Bill, bill
from aisim.cost.charge import CATEGORIES, Charge
from aisim.cost.charges import expected_usd_per_month
from aisim.cost.ledger import ledger_frame

__all__ = ["CATEGORIES", "Bill", "Charge", "bill", "expected_usd_per_month", "ledger_frame"]
