"""The figures of an answer as the cells of a table, in the language in use."""

from collections.abc import Callable
from typing import Any

from rich.text import Text

from aisim.language import mark, number, tr
from aisim.planning.limits import missed_promises
from aisim.results.intervals import mean_of

NOT_DEFINED = "-"
Answer = dict[str, Any]
#: How a number is written.
Shown = Callable[[float], str]
#: The categories of cost, for whoever translates them.
CATEGORY_WORDS = (
    mark("compute"), mark("energy"), mark("cooling"), mark("space"), mark("network"),
    mark("egress"), mark("storage"), mark("staff"), mark("support"), mark("licences"),
    mark("finance"), mark("decommissioning"), mark("compliance"),
)  # fmt: skip


def row_of(candidates: list[Answer], shown: Shown, *path: str) -> tuple[Text, ...]:
    """One figure of each candidate."""
    return tuple(_cell(_at(candidate, path), shown) for candidate in candidates)


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _cell(value: Any, shown: Shown) -> Text:
    """A figure, or its mean and interval on two lines."""
    if value is None:
        return Text(NOT_DEFINED)
    if isinstance(value, dict):
        mean = shown(value["mean"])
        if value["low"] is None or shown(value["low"]) == shown(value["high"]) == mean:
            return Text(mean)
        return Text(f"{mean}\n[{shown(value['low'])}, {shown(value['high'])}]")
    return Text(shown(value))


def pools(candidate: Answer, measure: str) -> Text:
    """A line for each pool."""
    lines = [
        f"{pool} {_cell(shares[measure], percent).plain}".replace("\n", " ")
        for pool, shares in candidate["utilisation"].items()
    ]
    return Text("\n".join(lines or [NOT_DEFINED]))


def promises_kept(candidate: Answer) -> Text:
    """Yes, or what was broken and by how much."""
    missed = missed_promises(candidate)
    if missed:
        return Text("\n".join([tr("NO"), *map(tr, missed)]), style="red")
    judged = [
        promise["kept"]
        for measures in candidate["service_level"].values()
        for promise in measures.values()
        if promise["kept"] is not None
    ]
    return Text(tr("yes") if judged else NOT_DEFINED)


def limits_kept(candidate: Answer) -> Text:
    """Whether it breaks no limit of the study; the reasons stand below the table."""
    return Text(tr("EXCLUDED"), style="red") if candidate["broken_limits"] else Text(tr("yes"))


def load(candidate: Answer) -> Text:
    """The rate that was served as a share of the saturation rate."""
    served, most = (mean_of(candidate[key]) for key in ("requests_per_s", "saturation_rps"))
    known = served is not None and most
    return Text(number(served / most, ".0%") if known else NOT_DEFINED)


def gpus(candidate: Answer) -> Text:
    """GPUs that replicas use, and those of all machines."""
    used, there = (mean_of(candidate["gpus"][key]) for key in ("in_replicas", "in_machines"))
    return Text(f"{number(used, 'g')} / {number(there, 'g')}")


def overloaded(candidate: Answer) -> Text:
    """Overload is said aloud."""
    return Text(tr("YES"), style="bold red") if candidate["overloaded"] else Text(tr("no"))


def bottleneck(candidate: Answer) -> Text:
    """The component that limits."""
    return Text(candidate["bottleneck"]["component"] or NOT_DEFINED)


def category(candidate: Answer, name: str, shown: Shown) -> Text:
    """A category of cost: its amount, included elsewhere, or EXCLUDED; never a zero."""
    cost = candidate["cost"]
    lines = []
    if name in cost["by_category"]:
        lines.append(_cell(cost["by_category"][name], shown).plain)
    if name in cost["excluded"]:
        lines.append(tr("EXCLUDED"))
    lines += [
        f"{tr('EXCLUDED')} {excluded.removeprefix(name).strip()}"
        for excluded in cost["excluded"]
        if excluded.startswith(f"{name} (")
    ]
    held = any(name in categories for categories in cost["included"].values())
    return Text("\n".join(lines or [tr("included") if held else NOT_DEFINED]))


def count(value: float) -> str:
    """A whole number."""
    return number(value, ",.0f")


def percent(value: float) -> str:
    """A share."""
    return number(value, ".1%")


def seconds(value: float) -> str:
    """Seconds."""
    return number(value, ",.2f")


def milliseconds(value: float) -> str:
    """Seconds as milliseconds."""
    return number(value * 1e3, ",.0f")


def figure(value: float) -> str:
    """Three digits, or all before the point."""
    return number(value, ",.3g" if abs(value) < 100 else ",.0f")


def rough(value: float) -> str:
    """Two digits."""
    return number(float(f"{value:.2g}"), ",g")


def amount(usd_per_unit: float, digits: int) -> Shown:
    """Dollars as an amount of a currency."""
    return lambda usd: number(usd / usd_per_unit, f",.{digits}f")
