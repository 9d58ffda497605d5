"""What there is to browse: the facts of the catalog, by subject, with the columns that matter."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from aisim import catalog
from aisim.catalog import Fact
from aisim.language import mark, number


@dataclass(frozen=True)
class Column:
    """One property of the facts of a subject.

    Attributes:
        title: with its unit, in English.
        read: gives its value of a fact; None where it is not known.
        spec: how a number is written.
    """

    title: str
    read: Callable[[Any], object]
    spec: str = ",.4g"

    def cell(self, fact: Fact) -> str:
        """What stands in the table."""
        value = self.read(fact)
        if value is None or value == "":
            return "-"
        return number(value, self.spec) if isinstance(value, int | float) else str(value)


@dataclass(frozen=True)
class Subject:
    """Facts of one kind.

    Attributes:
        title: in the list of subjects, in English.
        about: what a row is, and what to know before reading it, in English.
        facts: gives all rows.
        columns: the first one names the row.
    """

    title: str
    about: str
    facts: Callable[[], Iterable[Fact]]
    columns: tuple[Column, ...]


def _column(title: str, field: str, spec: str = ",.4g") -> Column:
    return Column(title, attrgetter(field), spec)


def _country(fact: catalog.Electricity) -> str:
    """A country by its name, where the table of the grid has one."""
    row = catalog.grids().get(fact.region.split("-")[0])
    return fact.region if row is None else f"{fact.region} {row.name}"


def _peak(fact: catalog.Accelerator) -> float | None:
    return fact.bf16_dense_tflops or fact.fp16_dense_tflops


ACCELERATORS = Subject(
    mark("Accelerators"),
    mark("One GPU, other accelerator or CPU socket each. Peaks are dense, as on the data sheet."),
    lambda: catalog.accelerators().values(),
    (
        _column(mark("accelerator"), "name"),
        _column(mark("vendor"), "vendor"),
        _column(mark("year"), "year", "d"),
        _column(mark("memory, GB"), "mem_gb"),
        _column(mark("memory bandwidth, GB/s"), "mem_bw_gb_s"),
        Column(mark("16-bit peak, TFLOPS"), _peak),
        _column(mark("fp8 peak, TFLOPS"), "fp8_dense_tflops"),
        _column(mark("power limit, W"), "tdp_w"),
    ),
)
MODELS = Subject(
    mark("Models"),
    mark("Open-weight language models. A token passes the active parameters only."),
    lambda: catalog.llm_models().values(),
    (
        _column(mark("model"), "name"),
        _column(mark("parameters, billions"), "params_b"),
        _column(mark("active parameters, billions"), "active_params_b"),
        _column(mark("layers"), "layers", "d"),
        _column(mark("experts"), "n_experts", "d"),
        _column(mark("attention"), "attention_kind"),
        _column(mark("longest context, tokens"), "max_context", ",d"),
    ),
)
INSTANCES = Subject(
    mark("Cloud machines"),
    mark("Whole machines by the hour, at list price without tax. Commitments are often estimates."),
    lambda: catalog.cloud_instances().values(),
    (
        _column(mark("machine"), "instance"),
        _column(mark("provider"), "provider"),
        _column(mark("region"), "region"),
        _column(mark("accelerator"), "accelerator"),
        _column(mark("accelerators, pieces"), "n_gpu", "d"),
        _column(mark("on demand, USD/h"), "usd_per_hour_on_demand", ",.2f"),
        _column(mark("1 year, USD/h"), "usd_per_hour_1y_commit", ",.2f"),
        _column(mark("3 years, USD/h"), "usd_per_hour_3y_commit", ",.2f"),
        _column(mark("spot, USD/h"), "usd_per_hour_spot", ",.2f"),
    ),
)
HARDWARE = Subject(
    mark("Servers and parts"),
    mark("Things to buy, with the range of their prices without tax."),
    lambda: catalog.hardware_items().values(),
    (
        _column(mark("item"), "item"),
        _column(mark("kind"), "category"),
        _column(mark("counted by"), "per"),
        _column(mark("low, USD"), "usd_low", ",.0f"),
        _column(mark("typical, USD"), "usd_typical", ",.0f"),
        _column(mark("high, USD"), "usd_high", ",.0f"),
        _column(mark("full load, W"), "watts_max", ",.0f"),
        _column(mark("rack units"), "rack_units", "d"),
    ),
)
ELECTRICITY = Subject(
    mark("Electricity by country"),
    mark("The price of a kWh for a business, in the currency of the source."),
    catalog.electricity_prices,
    (
        Column(mark("country"), _country),
        _column(mark("customer"), "item"),
        _column(mark("low, per kWh"), "per_kwh_low", ".3f"),
        _column(mark("typical, per kWh"), "per_kwh_typical", ".3f"),
        _column(mark("high, per kWh"), "per_kwh_high", ".3f"),
        _column(mark("currency"), "currency"),
    ),
)
GRIDS = Subject(
    mark("Carbon and water of electricity"),
    mark("What a kWh from the grid emits and uses, by country and by region of a cloud."),
    lambda: catalog.grids().values(),
    (
        _column(mark("place"), "name"),
        _column(mark("code"), "code"),
        _column(mark("provider"), "provider"),
        _column(mark("carbon, g CO2e/kWh"), "gco2e_per_kwh", ",.0f"),
        _column(mark("water, l/kWh"), "water_l_per_kwh", ".2f"),
    ),
)
RUNNING = Subject(
    mark("Staff, room and other running costs"),
    mark("Costs and ratios of owning machines, with their ranges."),
    lambda: catalog.opex_items().values(),
    (
        _column(mark("item"), "item"),
        _column(mark("kind"), "category"),
        _column(mark("region"), "region"),
        _column(mark("low"), "value_low"),
        _column(mark("typical"), "value_typical"),
        _column(mark("high"), "value_high"),
        _column(mark("currency"), "currency"),
        _column(mark("counted in"), "unit"),
    ),
)
SERVICES = Subject(
    mark("Cloud storage, network and other services"),
    mark("The price of one tier of a service; it holds from so many units a month."),
    catalog.services,
    (
        _column(mark("service"), "service"),
        _column(mark("item"), "item"),
        _column(mark("provider"), "provider"),
        _column(mark("region"), "region"),
        _column(mark("USD per unit"), "usd_per_unit"),
        _column(mark("unit"), "unit"),
        _column(mark("from, units a month"), "tier_from"),
    ),
)
SPEEDS = Subject(
    mark("Speeds of APIs"),
    mark("Published times of model providers; a star stands for any model or provider."),
    catalog.api_speeds,
    (
        _column(mark("model"), "model"),
        _column(mark("provider"), "provider"),
        _column(mark("first token, median, s"), "ttft_p50_s", ".2f"),
        _column(mark("first token, p95, s"), "ttft_p95_s", ".2f"),
        _column(mark("then, median, tokens/s"), "tokens_per_s_p50", ",.0f"),
    ),
)
STORAGE = Subject(
    mark("Storage, measured"),
    mark("What stores were measured to do; each figure holds for its block size and its jobs."),
    catalog.storage_figures,
    (
        _column(mark("system"), "system"),
        _column(mark("kind"), "kind"),
        _column(mark("operation"), "operation"),
        _column(mark("throughput, MB/s"), "throughput_mb_s", ",.0f"),
        _column(mark("operations/s"), "iops", ",.0f"),
        _column(mark("mean latency, µs"), "latency_mean_us", ",.0f"),
    ),
)
ASSUMED = Subject(
    mark("Assumptions"),
    mark("What stands in where neither a planner nor a measurement says anything."),
    lambda: catalog.assumptions().values(),
    (
        _column(mark("assumption"), "name"),
        _column(mark("value"), "value"),
        _column(mark("unit"), "unit"),
    ),
)

#: In the order of the list.
SUBJECTS = (
    ACCELERATORS, MODELS, INSTANCES, HARDWARE, ELECTRICITY, GRIDS, RUNNING, SERVICES, SPEEDS,
    STORAGE, ASSUMED,
)  # fmt: skip
