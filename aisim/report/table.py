"""The answer as one table, the candidates side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from aisim.catalog import usd_per
from aisim.cost import CATEGORIES
from aisim.language import say, tr
from aisim.report import cells
from aisim.report.cells import promises_kept, row_of
from aisim.results.intervals import mean_of

__all__ = ["Row", "answer_table", "answer_title", "mean_of", "promises_kept", "row_groups"]

Answer = dict[str, Any]
PERCENTILES = ("p50", "p95", "p99")


@dataclass(frozen=True)
class Row:
    """One figure of all candidates.

    Attributes:
        label: what it is, with its unit, in the language in use.
        figure: its path in the answer, by which it is explained.
        cells: of each candidate.
        is_part: whether it is a part of the row above.
    """

    label: str
    figure: str
    cells: tuple[Text, ...]
    is_part: bool = False


def answer_title(answer: Answer) -> str:
    """Which study, seed and replications the figures are of."""
    said = {"study": answer["study"], "seed": answer["seed"]}
    title = say("{study}, seed {seed}", **said)
    if answer["replications"] > 1:
        title = say(
            "{study}, seed {seed}, {replications} replications: mean and 95 % interval",
            replications=answer["replications"], **said,
        )  # fmt: skip
    return tr(say("PARTIAL - {title}", title=title) if answer["partial"] else title)


def answer_table(answer: Answer, currency: str = "USD") -> Table:
    """One column a candidate, one row a figure, with units; partial and overloaded stand out."""
    table = Table(title=Text(answer_title(answer)), title_justify="left", pad_edge=False)
    table.add_column("", no_wrap=True)
    for name, candidate in answer["candidates"].items():
        partial = f" ({tr('partial')})" if candidate["partial"] else ""
        excluded = f"\n{tr('EXCLUDED')}" if candidate["broken_limits"] else ""
        table.add_column(Text(name + partial + excluded), justify="right")
    for group in row_groups(list(answer["candidates"].values()), currency):
        for row in group:
            table.add_row(Text(f"  {row.label}" if row.is_part else row.label), *row.cells)
        table.add_section()
    return table


def row_groups(candidates: list[Answer], currency: str = "USD") -> Iterator[list[Row]]:
    """The rows of the table in groups.

    Args:
        candidates: their parts of an answer.
        currency: ISO code in which amounts are shown, at the newest rate there is.
    """
    yield _requests(candidates)
    yield _promised(candidates)
    yield from _latencies(candidates)
    yield _rates(candidates)
    yield _machines(candidates)
    yield _costs(candidates, currency)
    yield _categories(candidates, currency)
    yield _energy(candidates)


def _requests(candidates: list[Answer]) -> list[Row]:
    def row(label: str, key: str, *, is_part: bool = True) -> Row:
        found = row_of(candidates, cells.count, "requests", key)
        return Row(label, f"requests.{key}", found, is_part)

    return [
        row(tr("Requests arrived, warm-up too"), "arrived", is_part=False),
        row(tr("completed"), "completed"),
        row(tr("rejected"), "rejected"),
        row(tr("failed"), "failed"),
        row(tr("unfinished"), "unfinished"),
    ]


def _promised(candidates: list[Answer]) -> list[Row]:
    kept = tuple(cells.promises_kept(candidate) for candidate in candidates)
    limits = tuple(cells.limits_kept(candidate) for candidate in candidates)
    attained = row_of(candidates, cells.percent, "slo_attainment")
    return [
        Row(tr("Within service level"), "slo_attainment", attained),
        Row(tr("Promises kept"), "service_level", kept),
        Row(tr("Limits kept"), "broken_limits", limits),
    ]


def _latencies(candidates: list[Answer]) -> Iterator[list[Row]]:
    for key, label, shown in (
        ("ttft_s", "TTFT {percentile}, s", cells.seconds),
        ("tpot_s", "TPOT {percentile}, ms", cells.milliseconds),
        ("e2e_s", tr("End to end {percentile}, s"), cells.seconds),
    ):
        yield [
            Row(label.format(percentile=p), f"{key}.{p}", row_of(candidates, shown, key, p))
            for p in PERCENTILES
        ]


def _rates(candidates: list[Answer]) -> list[Row]:
    def row(label: str, key: str, shown: cells.Shown = cells.figure) -> Row:
        return Row(label, key, row_of(candidates, shown, key))

    loads = tuple(cells.load(candidate) for candidate in candidates)
    over = tuple(cells.overloaded(candidate) for candidate in candidates)
    return [
        row(tr("Requests per second"), "requests_per_s"),
        row(tr("Output tokens per second"), "output_tokens_per_s"),
        row(tr("Saturates at about, requests/s"), "saturation_rps", cells.rough),
        Row(tr("Load, of saturation"), "load", loads),
        Row(tr("Overloaded"), "overloaded", over),
    ]


def _machines(candidates: list[Answer]) -> list[Row]:
    def pools(measure: str) -> tuple[Text, ...]:
        return tuple(cells.pools(candidate, measure) for candidate in candidates)

    gpus = tuple(cells.gpus(candidate) for candidate in candidates)
    limiting = tuple(cells.bottleneck(candidate) for candidate in candidates)
    return [
        Row(tr("GPUs in replicas / machines"), "gpus", gpus),
        Row(tr("GPU busy"), "utilisation.gpu_busy", pools("gpu_busy")),
        Row(tr("KV memory in use"), "utilisation.kv_memory", pools("kv_memory")),
        Row(tr("Limited by"), "bottleneck", limiting),
    ]


def _costs(candidates: list[Answer], currency: str) -> list[Row]:
    whole, cents = (cells.amount(usd_per(currency)[0], digits) for digits in (0, 2))

    def row(label: str, key: str, shown: cells.Shown, *, is_part: bool = False) -> Row:
        found = row_of(candidates, shown, "cost", key)
        return Row(label.format(currency=currency), f"cost.{key}", found, is_part)

    return [
        row(tr("{currency} per month"), "usd_per_month", whole),
        row(tr("from estimated prices"), "estimated_share", cells.percent, is_part=True),
        row(tr("{currency} per million output tokens"), "usd_per_million_output_tokens", cents),
        row(tr("{currency} per 1,000 requests"), "usd_per_1000_requests", cents),
        row(tr("{currency} per 1,000 within service level"), "usd_per_1000_kept_requests", cents),
        row(tr("{currency} paid at the beginning"), "upfront_usd", whole),
        row(tr("{currency} present cost of all years"), "present_cost_usd", whole),
    ]


def _categories(candidates: list[Answer], currency: str) -> list[Row]:
    shown = cells.amount(usd_per(currency)[0], 0)
    return [
        Row(
            tr(name),
            f"cost.by_category.{name}",
            tuple(cells.category(candidate, name, shown) for candidate in candidates),
            is_part=True,
        )
        for name in CATEGORIES
    ]


def _energy(candidates: list[Answer]) -> list[Row]:
    def row(label: str, key: str) -> Row:
        return Row(label, f"energy.{key}", row_of(candidates, cells.count, "energy", key))

    return [
        row(tr("kWh per month"), "kwh_per_month"),
        row(tr("kg CO2e per month"), "kg_co2e_per_month"),
    ]
