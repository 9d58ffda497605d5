"""Many runs: candidates compared, draws replicated."""

from aisim.planning.compare import Comparison, compare
from aisim.planning.replicate import replicate

__all__ = ["Comparison", "compare", "replicate"]
