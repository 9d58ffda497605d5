"""The answer as one table, the candidates side by side."""

from collections.abc import Callable, Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from aisim.cost import CATEGORIES

NOT_DEFINED = "-"
Answer = dict[str, Any]


def answer_title(answer: Answer) -> str:
    """Which study, seed and replications the figures are of."""
    title = f"{answer['study']}, seed {answer['seed']}"
    if answer["replications"] > 1:
        title += f", {answer['replications']} replications: mean and 95 % interval"
    return f"PARTIAL - {title}" if answer["partial"] else title


def answer_table(answer: Answer) -> Table:
    """One column a candidate, one row a figure, with units; partial and overloaded stand out."""
    table = Table(title=Text(answer_title(answer)), title_justify="left", pad_edge=False)
    table.add_column("", no_wrap=True)
    names = list(answer["candidates"])
    for name in names:
        partial = " (partial)" if answer["candidates"][name]["partial"] else ""
        excluded = "\nEXCLUDED" if answer["candidates"][name]["broken_limits"] else ""
        table.add_column(Text(name + partial + excluded), justify="right")
    for group in row_groups([answer["candidates"][name] for name in names]):
        for label, cells in group:
            table.add_row(label, *cells)
        table.add_section()
    return table


def row_groups(candidates: list[Answer]) -> Iterator[list[tuple[str, list[Text]]]]:
    """The rows of the table in groups: a label with its unit, and a cell for each candidate."""
    yield [
        ("Requests arrived, warm-up too", _row(candidates, _count, "requests", "arrived")),
        ("  completed", _row(candidates, _count, "requests", "completed")),
        ("  rejected", _row(candidates, _count, "requests", "rejected")),
        ("  failed", _row(candidates, _count, "requests", "failed")),
        ("  unfinished", _row(candidates, _count, "requests", "unfinished")),
    ]
    yield [
        ("Within service level", _row(candidates, _percent, "slo_attainment")),
        ("Promises kept", [promises_kept(candidate) for candidate in candidates]),
        ("Limits kept", [_limits(candidate) for candidate in candidates]),
    ]
    for label, key in (("TTFT", "ttft_s"), ("TPOT", "tpot_s"), ("End to end", "e2e_s")):
        shown = _milliseconds if key == "tpot_s" else _seconds
        unit = "ms" if key == "tpot_s" else "s"
        yield [
            (f"{label} {p}, {unit}", _row(candidates, shown, key, p)) for p in ("p50", "p95", "p99")
        ]
    yield [
        ("Requests per second", _row(candidates, _figure, "requests_per_s")),
        ("Output tokens per second", _row(candidates, _figure, "output_tokens_per_s")),
        ("Saturates at about, requests/s", _row(candidates, _rough, "saturation_rps")),
        ("Load, of saturation", [Text(_load(candidate)) for candidate in candidates]),
        ("Overloaded", [_overloaded(candidate) for candidate in candidates]),
    ]
    yield [
        ("GPUs in replicas / machines", [_gpus(candidate) for candidate in candidates]),
        ("GPU busy", [_pools(candidate, "gpu_busy") for candidate in candidates]),
        ("KV memory in use", [_pools(candidate, "kv_memory") for candidate in candidates]),
        ("Limited by", [Text(c["bottleneck"]["component"] or "-") for c in candidates]),
    ]
    yield [
        ("USD per month", _row(candidates, _money, "cost", "usd_per_month")),
        (
            "USD per million output tokens",
            _row(candidates, _cents, "cost", "usd_per_million_output_tokens"),
        ),
        ("USD per 1,000 requests", _row(candidates, _cents, "cost", "usd_per_1000_requests")),
        ("  from estimated prices", _row(candidates, _percent, "cost", "estimated_share")),
    ]
    yield [(f"  {name}", [_category(c, name) for c in candidates]) for name in CATEGORIES]


def mean_of(value: Any) -> float | None:
    """A figure, or its mean over replications."""
    found: float | None = value["mean"] if isinstance(value, dict) else value
    return found


def _row(candidates: list[Answer], shown: Callable[[float], str], *path: str) -> list[Text]:
    return [_cell(_at(candidate, path), shown) for candidate in candidates]


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _cell(value: Any, shown: Callable[[float], str]) -> Text:
    """A figure, or its mean and interval on two lines."""
    if value is None:
        return Text(NOT_DEFINED)
    if isinstance(value, dict):
        mean = shown(value["mean"])
        if value["low"] is None or shown(value["low"]) == shown(value["high"]) == mean:
            return Text(mean)
        return Text(f"{mean}\n[{shown(value['low'])}, {shown(value['high'])}]")
    return Text(shown(value))


def _pools(candidate: Answer, measure: str) -> Text:
    """A line for each pool."""
    lines = [
        f"{pool} {_cell(shares[measure], _percent).plain}".replace("\n", " ")
        for pool, shares in candidate["utilisation"].items()
    ]
    return Text("\n".join(lines or [NOT_DEFINED]))


def promises_kept(candidate: Answer) -> Text:
    """Yes, or what was broken; the values stand in the JSON answer."""
    broken = [
        f"{traffic}: {measure.removesuffix('_s').upper()}"
        for traffic, measures in candidate["service_level"].items()
        for measure, promise in measures.items()
        if promise["kept"] is False
    ]
    if broken:
        return Text("\n".join(["NO", *broken]), style="red")
    judged = [
        promise["kept"]
        for measures in candidate["service_level"].values()
        for promise in measures.values()
        if promise["kept"] is not None
    ]
    return Text("yes" if judged else NOT_DEFINED)


def _limits(candidate: Answer) -> Text:
    """Whether it breaks no limit of the study; the reasons stand below the table."""
    return Text("EXCLUDED", style="red") if candidate["broken_limits"] else Text("yes")


def _load(candidate: Answer) -> str:
    """The rate that was served as a share of the saturation rate."""
    served, most = (mean_of(candidate[key]) for key in ("requests_per_s", "saturation_rps"))
    return NOT_DEFINED if served is None or not most else f"{served / most:.0%}"


def _gpus(candidate: Answer) -> Text:
    used, there = (mean_of(candidate["gpus"][key]) for key in ("in_replicas", "in_machines"))
    return Text(f"{used:g} / {there:g}")


def _overloaded(candidate: Answer) -> Text:
    return Text("YES", style="bold red") if candidate["overloaded"] else Text("no")


def _category(candidate: Answer, name: str) -> Text:
    """A category of cost: its amount, included elsewhere, or EXCLUDED; never a zero."""
    cost = candidate["cost"]
    lines = []
    if name in cost["by_category"]:
        lines.append(_cell(cost["by_category"][name], _money).plain)
    if name in cost["excluded"]:
        lines.append("EXCLUDED")
    lines += [
        f"EXCLUDED {excluded.removeprefix(name).strip()}"
        for excluded in cost["excluded"]
        if excluded.startswith(f"{name} (")
    ]
    held = any(name in categories for categories in cost["included"].values())
    return Text("\n".join(lines or ["included" if held else NOT_DEFINED]))


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _seconds(value: float) -> str:
    return f"{value:,.2f}"


def _milliseconds(value: float) -> str:
    return f"{value * 1e3:,.0f}"


def _figure(value: float) -> str:
    return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"


def _rough(value: float) -> str:
    return f"{float(f'{value:.2g}'):,g}"


def _money(value: float) -> str:
    return f"{value:,.0f}"


def _cents(value: float) -> str:
    return f"{value:,.2f}"
