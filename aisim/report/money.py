"""Money over years in the terminal: each candidate, one against the other, what prices do."""

from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aisim.cost import CATEGORIES
from aisim.cost.break_even import DECLARED
from aisim.report.answer import verdict
from aisim.report.table import mean_of, promises_kept

Data = dict[str, Any]
NEVER = "never"
#: Swings that are shown for each candidate.
SWINGS = 5

#: Label, figure in the answer's cost, digits.
COSTS = (
    ("per month", "usd_per_month", 0),
    ("per 1,000 requests", "usd_per_1000_requests", 2),
    ("per 1,000 within service level", "usd_per_1000_kept_requests", 2),
    ("per million input tokens", "usd_per_million_input_tokens", 2),
    ("  what its busy GPUs bear of it", "busy_usd_per_million_input_tokens", 2),
    ("per million output tokens", "usd_per_million_output_tokens", 2),
    ("  what its busy GPUs bear of it", "busy_usd_per_million_output_tokens", 2),
    ("paid at the beginning", "upfront_usd", 0),
    ("paid in all, less what is left", "paid_usd", 0),
    ("present cost (NPV)", "present_cost_usd", 0),
    ("equivalent annual cost", "equivalent_annual_cost_usd", 0),
)
LEVELS = {"on_demand": "on demand", "commit_1y": "1 year", "commit_3y": "3 years"}
ENDS = {"rejections": "rejected", "failures": "failed"}
ENERGY = (
    ("kWh per month", "kwh_per_month"),
    ("kg CO2e per month", "kg_co2e_per_month"),
    ("litres of water per month, off site", "water_l_per_month"),
)


def print_money(answer: Data, console: Console) -> None:
    """Print the comparison in money; plain words are never taken for mark-up."""
    if not answer["candidates"]:
        console.print(f"{answer['study']}: stopped before there was anything to show")
        return
    code, rate = (answer["money"]["currency"][name] for name in ("code", "usd_per_unit"))
    console.print(money_table(answer))
    if len(answer["money"]["candidates"]) > 1:
        console.print(against_table(answer))
    for line in (verdict(answer, code, rate), *_drawn_notes(answer), *money_notes(answer)):
        console.print(line, markup=False, highlight=False)


def money_table(answer: Data) -> Table:
    """One column a candidate: costs, energy, and every category with its amount or EXCLUDED."""
    money, shown = answer["money"], _shown(answer)
    code = money["currency"]["code"]
    span = f"{money['years']} year{'s' if money['years'] > 1 else ''} from {money['start']}"
    title = f"{answer['study']}: {span}, in {code}"
    table = Table(title=Text(title), title_justify="left", pad_edge=False)
    table.add_column("", min_width=12)
    names = list(answer["candidates"])
    for name in names:
        head = Text(name + _excluded(answer, name))
        table.add_column(head, justify="right", min_width=8, overflow="fold")
    for label, figure, digits in COSTS:
        cells = [_cell(answer["candidates"][n]["cost"][figure], shown, digits) for n in names]
        table.add_row(f"{code} {label}" if label[0] != " " else label, *cells)
    spread = money["uncertainty"]["present_cost_usd"]
    for share in ("p5", "p95"):
        ends = [spread[n][share] if n in spread else None for n in names]
        label = f"  of drawn prices {share[1:]} % are below"
        table.add_row(label, *(_cell(end, shown, 0) for end in ends))
    table.add_section()
    kept = [promises_kept(answer["candidates"][name]) for name in names]
    table.add_row("Promises kept", *kept)
    table.add_section()
    for label, figure in ENERGY:
        cells = [_cell(answer["candidates"][n]["energy"][figure], _plain, 0) for n in names]
        table.add_row(label, *cells)
    table.add_section()
    for label, amounts in _completeness(answer, names, shown):
        table.add_row(label, *amounts)
    return table


def _excluded(answer: Data, name: str) -> str:
    return "\nEXCLUDED" if answer["candidates"][name]["broken_limits"] else ""


def _completeness(
    answer: Data, names: list[str], shown: Callable[[float, int], str]
) -> Iterator[tuple[str, list[Text]]]:
    """Each category of a complete comparison, per month."""
    candidates = answer["money"]["candidates"]
    for category in CATEGORIES if candidates else ():
        found = [candidates[n]["completeness"][category] if n in candidates else None
                 for n in names]  # fmt: skip
        yield f"  {category}, per month", [_amount(each, shown) for each in found]


def _amount(found: Data | None, shown: Callable[[float, int], str]) -> Text:
    if found is None:
        return Text("-")
    lines = [shown(found["usd_per_month"], 0)] if found["usd_per_month"] is not None else []
    if found["excluded"] is not None:
        where = "" if found["excluded"] == "everywhere" else f" ({found['excluded']})"
        lines.append(f"EXCLUDED{where}")
    return Text("\n".join(lines or ["included"]))


def against_table(answer: Data) -> Table:
    """What it brings to take one candidate rather than another, at each commitment level."""
    shown, money = _shown(answer), answer["money"]
    title = f"One instead of the other, in {money['currency']['code']}"
    table = Table(title=Text(title), title_justify="left", pad_edge=False)
    table.add_column("one over the other", overflow="fold")
    for label in ("other\na month", "saves,\nNPV", "IRR", "pays\nback", "even at", "cheaper"):
        # A number that is parted over two lines is no number.
        table.add_column(label, justify="right", no_wrap=True)
    table.caption = Text(
        "* as declared; pays back: after so many months, discounted; even at: the share of all "
        "hours that the other's machines run, or of this load, at which both cost the same; "
        "cheaper: the share of drawn prices at which that is so"
    )
    table.caption_justify = "left"
    for own, others in money["against"].items():
        for other, levels in others.items():
            for level, figures in _told(levels):
                table.add_row(*map(Text, _against_row(own, other, level, figures, shown)))
        table.add_section()
    return table


def _told(levels: Data) -> Iterator[tuple[str, Data]]:
    """The declared level by its own name where another level is the same."""
    declared = levels[DECLARED]
    same = [name for name, figures in levels.items() if figures == declared][1:]
    for level, figures in levels.items():
        if level == DECLARED and same:
            continue
        star = "*" if level in same or level == DECLARED else ""
        yield LEVELS.get(level, level) + star, figures


def _against_row(
    own: str, other: str, level: str, figures: Data, shown: Callable[[float, int], str]
) -> tuple[str, ...]:
    irr, month = figures["irr_per_year"], figures["usd_per_month"]
    share = figures["probability_cheaper"]
    return (
        f"{own} over {other}, {level}",
        "-" if month is None else shown(month, 0),
        shown(figures["npv_usd"], 0),
        "-" if irr is None else f"{irr:.0%}",
        months_in_words(figures["break_even_months"]),
        utilisation_in_words(figures["break_even_utilisation"]),
        "-" if share is None else f"{share:.0%}",
    )


def months_in_words(months: float | None) -> str:
    """When something has paid back: never is an answer, and so is at once."""
    if months is None:
        return NEVER
    return "at once" if months == 0 else f"{months:.1f} mo"


def utilisation_in_words(found: Data | None) -> str:
    """Where own machines cost the same as what is rented."""
    if found is None:
        return "-"
    if found["value"] is None:
        return NEVER
    of = "hours" if found["of"] == "hours" else "load"
    return NEVER if found["never"] else f"{found['value']:.0%} {of}"


def _drawn_notes(answer: Data) -> Iterator[str]:
    """How sure the comparison is while prices are not, and which prices matter most."""
    shown, uncertainty = _shown(answer), answer["money"]["uncertainty"]
    for name, swings in uncertainty["tornado"].items():
        if swings:
            yield f"{name}: its present cost over the range of one price"
        for swing in swings[:SWINGS]:
            low, high = (swing[f"present_cost_at_{end}_usd"] for end in ("low", "high"))
            yield f"  {shown(low, 0)} to {shown(high, 0)}: {swing['price']}"


def _candidate_notes(answer: Data) -> Iterator[str]:
    """What a candidate breaks, and what it did not answer."""
    for name, candidate in answer["candidates"].items():
        yield from (f"EXCLUDED {name}: {reason}" for reason in candidate["broken_limits"])
        for what, ended in ENDS.items():
            for reason, n in candidate[what].items():
                yield f"{name}: {mean_of(n) or 0:,.0f} requests {ended}: {reason}"
        if name not in answer["money"]["candidates"]:
            yield f"{name} answered nothing in the measured time: it is held against no other"


def money_notes(answer: Data) -> Iterator[str]:
    """What has to be known beside the figures."""
    money, shown = answer["money"], _shown(answer)
    yield from _candidate_notes(answer)
    for name, found in money["candidates"].items():
        if found["owed_after_usd"]:
            owed = shown(found["owed_after_usd"], 0)
            yield f"Caution: {name} still owes {owed} on its commitment when the years are over"
    rate = money["discount_rate"]
    yield f"Cost of capital {rate['per_year']:.1%} a year: {rate['source']}"
    code = money["currency"]
    if code["code"] != "USD":
        yield f"1 {code['code']} = {code['usd_per_unit']:.6g} USD on {code['rate_date']} (ECB)"
    yield "Prices without tax; only prices are drawn, over one run; a month counts 730 h"
    if answer["replications"] > 1:
        yield "Intervals are of each candidate's own figures; pairs and draws of the first draw"
    yield from (f"Caution: {caveat}" for caveat in answer["caveats"])
    yield f"Measured: {answer['represents']}"
    if answer["partial"]:
        yield "PARTIAL: stopped before its end"


def _shown(answer: Data) -> Callable[[float, int], str]:
    """Dollars as text in the currency of the study."""
    rate = answer["money"]["currency"]["usd_per_unit"]
    return lambda usd, digits: f"{usd / rate:,.{digits}f}"


def _plain(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}"


def _cell(value: Any, shown: Callable[[float, int], str], digits: int) -> Text:
    mean = mean_of(value)
    if mean is None:
        return Text("-")
    low = value["low"] if isinstance(value, dict) else None
    text = shown(mean, digits)
    if low is None:
        return Text(text)
    span = f"[{shown(low, digits)}, {shown(value['high'], digits)}]"
    return Text(text if shown(low, digits) == shown(value["high"], digits) else f"{text}\n{span}")
