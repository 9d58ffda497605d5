"""Frames -> Altair charts, and the same in words for who cannot see them."""

from aisim.charts.cost import cost_chart, cost_scales, cost_summary
from aisim.charts.latency import latency_chart, latency_scales, latency_summary
from aisim.charts.levels import (
    Unit,
    queue_chart,
    queue_scales,
    queue_summary,
    time_scales,
    utilisation_chart,
    utilisation_summary,
)
from aisim.charts.rows import DATASET, rows
from aisim.charts.scale import lower, upper
from aisim.charts.state import STATES
from aisim.charts.waterfall import (
    waterfall_chart,
    waterfall_scales,
    waterfall_steps,
    waterfall_summary,
)

__all__ = [
    "DATASET",
    "STATES",
    "Unit",
    "cost_chart",
    "cost_scales",
    "cost_summary",
    "latency_chart",
    "latency_scales",
    "latency_summary",
    "lower",
    "queue_chart",
    "queue_scales",
    "queue_summary",
    "rows",
    "time_scales",
    "upper",
    "utilisation_chart",
    "utilisation_summary",
    "waterfall_chart",
    "waterfall_scales",
    "waterfall_steps",
    "waterfall_summary",
]
