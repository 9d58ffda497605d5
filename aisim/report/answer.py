"""The whole answer in the terminal: verdict, table, and what has to be known beside it."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console

from aisim.catalog import usd_per
from aisim.language import Sentence, say, tr
from aisim.report.table import answer_table, mean_of

Answer = dict[str, Any]


def print_answer(answer: Answer, console: Console, currency: str = "USD") -> None:
    """Print verdict, table and notes; plain words are never taken for mark-up."""
    if not answer["candidates"]:
        nothing = say("{study}: stopped before there was anything to show", study=answer["study"])
        console.print(tr(nothing))
        return
    rate = usd_per(currency)[0]
    console.print(answer_table(answer, currency))
    found = _verdict(answer, currency, rate)
    first = say("So far: {verdict}", verdict=found) if answer["partial"] else found
    for line in (tr(first), *answer_notes(answer)):
        console.print(line, markup=False, highlight=False)


def verdict(answer: Answer, currency: str = "USD", usd_per_unit: float | None = None) -> str:
    """Who keeps the promises and limits, and who of them costs least.

    Args:
        answer: of a comparison or of replications.
        currency: ISO code in which the cost is shown.
        usd_per_unit: its rate; left out, the newest there is.
    """
    rate = usd_per(currency)[0] if usd_per_unit is None else usd_per_unit
    return tr(_verdict(answer, currency, rate))


def _verdict(answer: Answer, currency: str, usd_per_unit: float) -> Sentence:
    candidates = {n: c for n, c in answer["candidates"].items() if not c["broken_limits"]}
    if not candidates:
        return say("Every candidate is excluded: it breaks a limit of the study.")
    if not any(level for c in candidates.values() for level in c["service_level"].values()):
        return say("No service level was promised, so none can be judged.")
    keeping = [name for name, candidate in candidates.items() if _keeps(candidate)]
    if not keeping:
        return say("No candidate keeps all its promises.")
    who = _who(keeping, len(candidates), len(answer["candidates"]))
    months = {name: mean_of(candidates[name]["cost"]["usd_per_month"]) for name in keeping}
    priced = {name: month for name, month in months.items() if month is not None}
    if not priced:
        return say("{who}.", who=who)
    least = min(priced, key=lambda name: priced[name])
    found = _least(who, least, priced[least] / usd_per_unit, currency, one=len(keeping) == 1)
    if len({tuple(c["cost"]["excluded"]) for c in candidates.values()}) > 1:
        return say("{finding}; the totals leave out different things, see EXCLUDED.", finding=found)
    return say("{finding}.", finding=found)


def _keeps(candidate: Answer) -> bool:
    judged = [p["kept"] for level in candidate["service_level"].values() for p in level.values()]
    return not candidate["overloaded"] and None not in judged and all(judged)


def _who(keeping: list[str], allowed: int, asked: int) -> Sentence:
    """Who keeps its promises, of those that no limit excludes."""
    names = ", ".join(keeping)
    if 1 < len(keeping) == allowed:
        if allowed < asked:
            return say("All candidates within the limits keep their promises")
        return say("All candidates keep their promises")
    if allowed < asked and len(keeping) == 1:
        return say("Of the candidates within the limits only {name} keeps its promises", name=names)
    if allowed < asked:
        return say(
            "Of the candidates within the limits only {names} keep their promises", names=names
        )
    if len(keeping) == 1:
        return say("Only {name} keeps its promises", name=names)
    return say("Only {names} keep their promises", names=names)


def _least(who: Sentence, name: str, amount: float, currency: str, *, one: bool) -> Sentence:
    """What the cheapest of them costs."""
    cost = {"amount": amount, "currency": currency}
    if one:
        return say("{who}, at {amount:,.0f} {currency} a month", who=who, **cost)
    return say(
        "{who}; the least: {name}, {amount:,.0f} {currency} a month", who=who, name=name, **cost
    )


def answer_notes(answer: Answer) -> Iterator[str]:
    """What limits each candidate, and what has to be known beside the figures."""
    return map(tr, _notes(answer))


def _notes(answer: Answer) -> Iterator[Sentence]:
    for name, candidate in answer["candidates"].items():
        yield from _of_candidate(name, candidate)
    for caveat in answer["caveats"]:
        yield say("Caution: {caveat}", caveat=caveat)
    for note in dict.fromkeys(n for c in answer["candidates"].values() for n in c["notes"]):
        yield say("Note: {note}", note=note)
    yield say("Measured: {measured}", measured=answer["represents"])
    if answer["partial"]:
        yield say("PARTIAL: stopped before its end")


def _of_candidate(name: str, candidate: Answer) -> Iterator[Sentence]:
    for reason in candidate["broken_limits"]:
        yield say("EXCLUDED {name}: {reason}", name=name, reason=reason)
    yield say("{name}: {reason}", name=name, reason=candidate["bottleneck"]["reason"])
    for why, n in candidate["rejections"].items():
        times = mean_of(n) or 0
        yield say("{name}: {times:,.0f} requests rejected: {why}", name=name, times=times, why=why)
    for why, n in candidate["failures"].items():
        times = mean_of(n) or 0
        yield say("{name}: {times:,.0f} requests failed: {why}", name=name, times=times, why=why)
    if candidate["partial"]:
        yield say("{name}: PARTIAL, stopped before its end", name=name)
