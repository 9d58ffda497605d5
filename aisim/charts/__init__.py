"""Frames -> Altair charts, and the same in words for who cannot see them."""

from aisim.charts.answer import COST, LATENCY, MEASURES, QUEUE, UTILISATION, WATERFALL, latency_of
from aisim.charts.arrivals import ARRIVALS
from aisim.charts.cash import CASH, cash_chart, cash_frame, cash_scales, cash_summary
from aisim.charts.chart import Chart
from aisim.charts.components import COMPONENTS
from aisim.charts.cost import cost_chart, cost_scales, cost_summary
from aisim.charts.growth import growth_chart, growth_frame, growth_scales, growth_summary
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
from aisim.charts.pareto import (
    PARETO,
    pareto_chart,
    pareto_frame,
    pareto_scales,
    pareto_summary,
)
from aisim.charts.price_map import (
    price_map_chart,
    price_map_frame,
    price_map_scales,
    price_map_summary,
)
from aisim.charts.rows import DATASET, rows
from aisim.charts.scale import lower, upper
from aisim.charts.sizes import SIZES
from aisim.charts.spoken import STATES
from aisim.charts.tornado import (
    tornado_chart,
    tornado_frame,
    tornado_scales,
    tornado_summary,
    tornado_swings,
)
from aisim.charts.waterfall import (
    waterfall_chart,
    waterfall_scales,
    waterfall_steps,
    waterfall_summary,
)

__all__ = [
    "ARRIVALS",
    "CASH",
    "COMPONENTS",
    "COST",
    "DATASET",
    "LATENCY",
    "MEASURES",
    "PARETO",
    "QUEUE",
    "SIZES",
    "STATES",
    "UTILISATION",
    "WATERFALL",
    "Chart",
    "Unit",
    "cash_chart",
    "cash_frame",
    "cash_scales",
    "cash_summary",
    "cost_chart",
    "cost_scales",
    "cost_summary",
    "growth_chart",
    "growth_frame",
    "growth_scales",
    "growth_summary",
    "latency_chart",
    "latency_of",
    "latency_scales",
    "latency_summary",
    "lower",
    "pareto_chart",
    "pareto_frame",
    "pareto_scales",
    "pareto_summary",
    "price_map_chart",
    "price_map_frame",
    "price_map_scales",
    "price_map_summary",
    "queue_chart",
    "queue_scales",
    "queue_summary",
    "rows",
    "time_scales",
    "tornado_chart",
    "tornado_frame",
    "tornado_scales",
    "tornado_summary",
    "tornado_swings",
    "upper",
    "utilisation_chart",
    "utilisation_summary",
    "waterfall_chart",
    "waterfall_scales",
    "waterfall_steps",
    "waterfall_summary",
]
