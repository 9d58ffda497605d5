"""The whole answer in the terminal: verdict, table, and what has to be known beside it."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console

from aisim.report.table import answer_table, mean_of

Answer = dict[str, Any]


def print_answer(answer: Answer, console: Console) -> None:
    """Print verdict, table and notes; plain words are never taken for mark-up."""
    if not answer["candidates"]:
        console.print(f"{answer['study']}: stopped before there was anything to show")
        return
    console.print(answer_table(answer))
    so_far = "So far: " if answer["partial"] else ""
    for line in (so_far + verdict(answer), *answer_notes(answer)):
        console.print(line, markup=False, highlight=False)


def verdict(answer: Answer, currency: str = "USD", usd_per_unit: float = 1.0) -> str:
    """Who keeps the promises and limits, and who of them costs least."""
    allowed = {n: c for n, c in answer["candidates"].items() if not c["broken_limits"]}
    if not allowed:
        return "Every candidate is excluded: it breaks a limit of the study."
    candidates = allowed
    if not any(level for c in candidates.values() for level in c["service_level"].values()):
        return "No service level was promised, so none can be judged."
    keeping = [name for name, candidate in candidates.items() if _keeps(candidate)]
    if not keeping:
        return "No candidate keeps all its promises."
    out = len(answer["candidates"]) - len(candidates)
    within = " within the limits" if out else ""
    everyone = f"All candidates{within} keep their"
    who = everyone if 1 < len(keeping) == len(candidates) else _only(keeping, within)
    months = {name: mean_of(candidates[name]["cost"]["usd_per_month"]) for name in keeping}
    priced = {name: month for name, month in months.items() if month is not None}
    if not priced:
        return f"{who} promises."
    least = min(priced, key=lambda name: priced[name])
    cost = f"{priced[least] / usd_per_unit:,.0f} {currency} a month"
    excluded = {tuple(c["cost"]["excluded"]) for c in candidates.values()}
    unlike = "; the totals leave out different things, see EXCLUDED" if len(excluded) > 1 else ""
    if len(keeping) == 1:
        return f"{who} promises, at {cost}{unlike}."
    return f"{who} promises; the least: {least}, {cost}{unlike}."


def _keeps(candidate: Answer) -> bool:
    judged = [p["kept"] for level in candidate["service_level"].values() for p in level.values()]
    return not candidate["overloaded"] and None not in judged and all(judged)


def _only(names: list[str], within: str = "") -> str:
    of = f"Of the candidates{within} only" if within else "Only"
    one = len(names) == 1
    return f"{of} {names[0]} keeps its" if one else f"{of} {', '.join(names)} keep their"


def answer_notes(answer: Answer) -> Iterator[str]:
    """What limits each candidate, and what has to be known beside the figures."""
    for name, candidate in answer["candidates"].items():
        yield from (f"EXCLUDED {name}: {reason}" for reason in candidate["broken_limits"])
        yield f"{name}: {candidate['bottleneck']['reason']}"
        for reason, n in candidate["rejections"].items():
            yield f"{name}: {mean_of(n) or 0:,.0f} requests rejected: {reason}"
        for reason, n in candidate["failures"].items():
            yield f"{name}: {mean_of(n) or 0:,.0f} requests failed: {reason}"
        if candidate["partial"]:
            yield f"{name}: PARTIAL, stopped before its end"
    yield from (f"Caution: {caveat}" for caveat in answer["caveats"])
    notes = dict.fromkeys(n for c in answer["candidates"].values() for n in c["notes"])
    yield from (f"Note: {note}" for note in notes)
    yield f"Measured: {answer['represents']}"
    if answer["partial"]:
        yield "PARTIAL: stopped before its end"
