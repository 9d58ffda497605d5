"""The candidates against each other in money over the years of the study."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aisim.language import mark, number, say, tr
from aisim.planning import OneDraw, Picture, money
from aisim.planning.which_draw import which_draw
from aisim.report.against import NOT_DEFINED, even, marked, pairs, share
from aisim.report.page_html import Html, bullets, table, words
from aisim.results.intervals import mean_of

Data = dict[str, Any]
COSTS = (
    (mark("paid at the beginning"), "upfront_usd"),
    (mark("paid in all, less what is left"), "paid_usd"),
    (mark("present cost"), "present_cost_usd"),
    (mark("a year, evenly"), "equivalent_annual_cost_usd"),
)
AGAINST = (
    mark("One instead of the other"), mark("other's machines"), mark("other, a month"),
    mark("saves (NPV)"), mark("IRR"), mark("pays back"), mark("even at"), mark("cheaper"),
)  # fmt: skip


def priced_of(picture: Picture) -> OneDraw:
    """The typical replication, of the candidates whose month is known."""
    costs = {name: found["cost"] for name, found in picture.answer["candidates"].items()}
    known = {
        name: outcome
        for name, outcome in picture.typical.outcomes.items()
        if costs[name]["usd_per_month"] is not None
    }
    return replace(picture.typical, outcomes=known)


def draw_note(picture: Picture) -> Html:
    """Of which draw a table is; nothing where there is one."""
    said = which_draw(picture)
    return Html(f"<p class='small'>{words(said)}</p>" if said else "")


def money_parts(picture: Picture, priced: OneDraw) -> Iterator[Html]:
    """What each candidate costs over the years, each against each other, and what to know."""
    if not priced.bills:
        return
    found = money(priced)
    yield _years(picture, found)
    rows = list(_rows(picture, found))
    if rows:
        caption = say("One instead of the other, in {code}", code=found["currency"]["code"])
        yield table(tr(caption), [tr(head) for head in AGAINST], rows, (1,))
        yield Html(f"<p class='small'>{words(_READING)}</p>")
    yield draw_note(picture)
    yield bullets(map(words, _notes(found)))


_READING = mark(
    "Saves: what it is worth today to take the one rather than the other. Pays back: after so many "
    "months, discounted. Even at: the share of all hours that the other's machines run, or of this "
    "load, at which both cost the same. Cheaper: the share of drawn prices at which that is so."
)


def _years(picture: Picture, found: Data) -> Html:
    """One row a candidate: the years in cash, and how far drawn prices spread them."""
    rate, spread = found["currency"]["usd_per_unit"], found["uncertainty"]["present_cost_usd"]
    rows = []
    for name in found["candidates"]:
        cost = picture.answer["candidates"][name]["cost"]
        cells = [_amount(mean_of(cost[figure]), rate) for _, figure in COSTS]
        ends = [_amount(spread[name][end] if name in spread else None, rate)
                for end in ("p5", "p95")]  # fmt: skip
        rows.append([marked(picture, name), *cells, *ends])
    heads = [tr("Candidate"), *(tr(label) for label, _ in COSTS)]
    heads += [tr("5 % of draws are below"), tr("95 % are below")]
    years, start, code = found["years"], found["start"], found["currency"]["code"]
    caption = (
        say("1 year from {start}, in {code}", start=start, code=code)
        if years == 1
        else say("{years} years from {start}, in {code}", years=years, start=start, code=code)
    )
    return table(tr(caption), heads, rows)


def _rows(picture: Picture, found: Data) -> Iterator[list[str]]:
    rate = found["currency"]["usd_per_unit"]
    for own, others in found["against"].items():
        name = marked(picture, own)
        for other, level, figures in pairs(picture, others):
            pair = tr(say("{own} instead of {other}", own=name, other=other))
            yield [pair, level, *_against(figures, rate)]


def _against(figures: Data, rate: float) -> Iterator[str]:
    yield _amount(figures["usd_per_month"], rate)
    yield _amount(figures["npv_usd"], rate)
    yield share(figures["irr_per_year"])
    yield _months(figures["break_even_months"])
    yield even(figures["break_even_utilisation"])
    yield share(figures["probability_cheaper"])


def _amount(usd: float | None, rate: float) -> str:
    return NOT_DEFINED if usd is None else number(usd / rate, ",.0f")


def _months(months: float | None) -> str:
    if months is None:
        return tr("never")
    return tr("at once") if months == 0 else tr(say("{months:.1f} months", months=months))


def _notes(found: Data) -> Iterator[str]:
    code = found["currency"]
    for name, candidate in found["candidates"].items():
        if candidate["owed_after_usd"]:
            yield say(
                "Caution: {name} still owes {owed:,.0f} {code} on its commitment when the years "
                "are over",
                name=name, owed=candidate["owed_after_usd"] / code["usd_per_unit"],
                code=code["code"],
            )  # fmt: skip
    rate = found["discount_rate"]
    yield say(
        "Cost of capital {rate:.1%} a year: {source}",
        rate=rate["per_year"],
        source=tr(rate["source"]),
    )
    if code["code"] != "USD":
        yield say(
            "1 {code} = {rate:.6g} USD on {date} (ECB)",
            code=code["code"], rate=code["usd_per_unit"], date=code["rate_date"],
        )  # fmt: skip
    yield mark("Prices without tax; a month counts 730 h")
