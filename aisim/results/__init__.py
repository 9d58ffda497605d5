"""What a run leaves behind, and what is computed from it."""

from aisim.results.balance import Unbalanced, check_run
from aisim.results.bottleneck import Bottleneck, bottleneck
from aisim.results.figures import completed_in_window, figures, in_window_s
from aisim.results.intervals import Interval, mean_interval
from aisim.results.overload import overloaded
from aisim.results.run import PoolFacts, Run

__all__ = [
    "Bottleneck",
    "Interval",
    "PoolFacts",
    "Run",
    "Unbalanced",
    "bottleneck",
    "check_run",
    "completed_in_window",
    "figures",
    "in_window_s",
    "mean_interval",
    "overloaded",
]
