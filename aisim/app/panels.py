"""The panels of the desk, in their order."""

from collections.abc import Sequence

from aisim import charts
from aisim.app.compare import Compare
from aisim.app.figures import Figures
from aisim.app.growth import GrowthView
from aisim.app.guide import Guide
from aisim.app.notes import Notes
from aisim.app.panel import Panel
from aisim.app.sensitivity import Sensitivity
from aisim.app.years import Years
from aisim.language import mark

WORKLOAD = Panel(
    mark("Workload"),
    fields=(
        "workload.traffic.*.arrivals.rate_rps",
        "workload.traffic.*.arrivals.clients",
        "workload.traffic.*.arrivals.think_time_s",
        "workload.traffic.*.arrivals.weekly",
        "workload.traffic.*.arrivals.by_hour",
        "workload.traffic.*.arrivals.by_weekday",
        "workload.traffic.*.arrivals.windows",
        "workload.traffic.*.arrivals.burstiness",
        "workload.traffic.*.sizes.input_tokens",
        "workload.traffic.*.sizes.output_tokens",
        "workload.traffic.*.sizes.input_scale",
        "workload.traffic.*.sizes.output_scale",
        "workload.traffic.*.retrieval.documents",
    ),
    charts=(charts.ARRIVALS, charts.SIZES),
)
HARDWARE = Panel(
    mark("Hardware"),
    fields=(
        "candidates.*.machines.*.instance",
        "candidates.*.machines.*.parts",
        "candidates.*.machines.*.count",
        "candidates.*.pools.*.model",
        "candidates.*.pools.*.weights",
        "candidates.*.pools.*.replicas",
        "candidates.*.pools.*.tensor_parallel",
        "candidates.*.path.*.burst.queue",
        "candidates.*.path.*.burst.utilisation",
        "candidates.*.pools.*.runs.start_queue",
        "candidates.*.pools.*.runs.stop_idle_s",
        "candidates.*.apis.*.model",
        "candidates.*.apis.*.requests_per_minute",
        "candidates.*.apis.*.tokens_per_minute",
    ),
)
ENGINE = Panel(
    mark("Engine"),
    fields=(
        "candidates.*.pools.*.engine",
        "candidates.*.pools.*.kv_cache",
        "candidates.*.pools.*.activations",
        "candidates.*.pools.*.max_sequences",
        "candidates.*.pools.*.token_budget",
        "candidates.*.pools.*.pipeline_parallel",
        "candidates.*.pools.*.data_parallel",
        "candidates.*.pools.*.expert_parallel",
        "candidates.*.pools.*.kv_offload_gib",
        "candidates.*.pools.*.balancer",
    ),
    charts=(charts.COMPONENTS,),
)
NETWORK = Panel(
    mark("Network"),
    fields=("candidates.*.links.*.bandwidth_gbit_per_s", "candidates.*.links.*.latency_s"),
)
STORAGE = Panel(
    mark("Storage"),
    fields=(
        "candidates.*.storage.*.bandwidth_gb_per_s",
        "candidates.*.storage.*.operations_per_s",
        "candidates.*.storage.*.read_latency_s",
        "workload.traffic.*.retrieval.document_bytes",
    ),
)
LIMITS = Panel(
    mark("Limits"),
    fields=(
        "workload.traffic.*.service_level.ttft_s.limit_s",
        "workload.traffic.*.service_level.tpot_s.limit_s",
        "workload.traffic.*.service_level.e2e_s.limit_s",
        "limits.budget_usd_per_month",
        "limits.budget_upfront_usd",
        "limits.data",
        "limits.lead_time_months",
        "limits.staff_fte",
    ),
)
MONEY = Panel(
    mark("Money"),
    fields=(
        "economics.currency",
        "economics.years",
        "economics.discount_rate",
        "economics.price_level",
        "economics.staff_usd_per_fte_year",
        "candidates.*.machines.*.price",
        "candidates.*.machines.*.committed",
        "candidates.*.sites.*.electricity_usd_per_kwh",
        "candidates.*.sites.*.pue",
        "candidates.*.sites.*.staff_fte",
        "candidates.*.apis.*.cached_share",
        "candidates.*.costs.*.usd",
    ),
    charts=(charts.COST, charts.CASH),
    views=(Years,),
)
ANSWER = Panel(
    mark("Answer"),
    charts=(charts.LATENCY, charts.COST, charts.QUEUE, charts.UTILISATION, charts.WATERFALL),
    views=(Figures, Notes),
)
COMPARE = Panel(mark("Compare"), charts=(charts.PARETO,), views=(Compare,))
SENSITIVITY = Panel(mark("What matters"), views=(Sensitivity,))
GROWTH = Panel(mark("Growth"), views=(GrowthView,))
GUIDE = Panel(mark("Help"), views=(Guide,))

#: What a desk has that is not told otherwise.
DESK = (
    ANSWER, WORKLOAD, HARDWARE, NETWORK, STORAGE, MONEY, LIMITS, COMPARE, SENSITIVITY, GROWTH,
    GUIDE,
)  # fmt: skip


def groups(panels: Sequence[Panel] = DESK) -> dict[str, tuple[str, ...]]:
    """What can be changed, by title of the panel."""
    return {panel.title: panel.fields for panel in panels if panel.fields}
