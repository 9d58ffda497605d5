"""What a run leaves behind, and what is computed from it."""

from aisim.results.balance import Unbalanced, check_run
from aisim.results.bottleneck import Bottleneck, bottleneck
from aisim.results.columns import completed_in_window, in_window_s, usage_rows
from aisim.results.curves import SHARES, latency_quantiles, levels, time_spent
from aisim.results.figures import figures, kept_all
from aisim.results.intervals import Interval, mean_interval
from aisim.results.overload import overloaded
from aisim.results.run import ApiFacts, BusyTime, PoolFacts, Run

__all__ = [
    "SHARES",
    "ApiFacts",
    "Bottleneck",
    "BusyTime",
    "Interval",
    "PoolFacts",
    "Run",
    "Unbalanced",
    "bottleneck",
    "check_run",
    "completed_in_window",
    "figures",
    "in_window_s",
    "kept_all",
    "latency_quantiles",
    "levels",
    "mean_interval",
    "overloaded",
    "time_spent",
    "usage_rows",
]
