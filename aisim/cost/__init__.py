"""A run's usage and price rows become a ledger and a bill."""

from aisim.cost.bill import Bill, bill
from aisim.cost.expected import expected_usd_per_month
from aisim.cost.ledger import CATEGORIES, Line, ledger_frame

__all__ = ["CATEGORIES", "Bill", "Line", "bill", "expected_usd_per_month", "ledger_frame"]
