"""What a run leaves behind, and what is computed from it."""

from aisim.results.balance import Unbalanced, check_run
from aisim.results.run import PoolFacts, Run

__all__ = ["PoolFacts", "Run", "Unbalanced", "check_run"]
