"""Money over years in a terminal: any currency, any width, and nothing taken for mark-up."""

import json
from copy import deepcopy
from dataclasses import replace
from functools import cache
from io import StringIO

import pytest
from rich.console import Console

from aisim.cost.used import Served
from aisim.planning import Comparison, money
from aisim.planning.replicate import combine
from aisim.report import print_money
from aisim.report.money import (
    against_table,
    money_notes,
    money_table,
    months_in_words,
    utilisation_in_words,
)  # fmt: skip
from tests.priced import priced, priced_study, repriced


@cache
def _answer(currency="USD"):
    asked = repriced({"economics.currency": currency})
    return asked.answer() | {"money": money(asked)}


def answer(currency="USD"):
    return deepcopy(_answer(currency))


def printed(found, width=160):
    console = Console(file=StringIO(), width=width)
    print_money(found, console)
    return console.file.getvalue()


def rows(table, width=220):
    """The cells of a table, line by line."""
    console = Console(file=StringIO(), width=width)
    console.print(table)
    lines = console.file.getvalue().splitlines()
    return [[cell.strip() for cell in line.strip("│┃").split("│")] for line in lines if "│" in line]


def test_it_says_all_it_knows():
    text = printed(answer())
    for words in (
        "priced: 3 years from 2027-01-01, in USD", "USD per month", "USD per 1,000 requests",
        "USD per 1,000 within service level", "USD per million input tokens",
        "USD per million output tokens", "what its busy GPUs bear of it", "paid at the beginning",
        "present cost (NPV)", "equivalent annual cost", "of drawn prices 5 % are below",
        "kWh per month", "litres of water per month", "compliance, per month", "included",
        "EXCLUDED (house)", "One instead of the other, in USD", "1 year*", "3 years", "on demand",
        "declared*", "never", "at once", "load", "the least: managed",
        "gpt over own, declared*", "cheaper", "Promises kept",
        "own: its present cost over the range of one price",
        "costs.dlp / 1000 to 1500 to 3000 monthly",
        "EXCLUDED gpt: personal data may reach openai", "Cost of capital 10.0% a year: ",
        "only prices are drawn", "Measured: ",
    ):  # fmt: skip
        assert words in text, words
    assert "(ECB)" not in text


def test_figures_are_those_of_the_answer():
    found = answer()
    table = {cells[0]: cells[1:] for cells in rows(money_table(found))}
    for i, candidate in enumerate(found["candidates"].values()):
        assert table["USD per month"][i] == f"{candidate['cost']['usd_per_month']:,.0f}"
        assert table["USD present cost (NPV)"][i] == f"{candidate['cost']['present_cost_usd']:,.0f}"
    assert table["energy, per month"][0] == table["energy, per month"][3] == "included"
    assert table["kWh per month"][0] == table["kWh per month"][2] == "-"
    assert table["compliance, per month"] == ["EXCLUDED", "1,500", "EXCLUDED", "EXCLUDED"]
    assert table["network, per month"][2] == "EXCLUDED (house)"


def test_another_currency_with_its_rate_and_date():
    dollars, euros = answer(), answer("EUR")
    rate, date = (euros["money"]["currency"][key] for key in ("usd_per_unit", "rate_date"))
    text = printed(euros)
    assert f"1 EUR = {rate:.6g} USD on {date} (ECB)" in text
    assert "USD per month" not in text
    assert "EUR a month" in text
    assert "in EUR" in text
    table = {cells[0]: cells[1:] for cells in rows(money_table(euros))}
    month = dollars["candidates"]["own"]["cost"]["usd_per_month"]
    assert table["EUR per month"][1] == f"{month / rate:,.0f}"
    # Energy is no money.
    assert table["kWh per month"] == next(
        cells[1:] for cells in rows(money_table(dollars)) if cells[0] == "kWh per month"
    )


def test_a_small_unit_keeps_its_digits():
    rate = answer("JPY")["money"]["currency"]["usd_per_unit"]
    (line,) = (line for line in money_notes(answer("JPY")) if line.startswith("1 JPY"))
    assert float(line.split()[3]) == pytest.approx(rate, rel=1e-5)


def test_one_against_the_other():
    found = answer()
    cells = rows(against_table(found))
    levels = [_pair(line[0]) for line in cells]
    assert ("gpt", "managed", "1 year*") in levels
    assert ("gpt", "managed", "declared*") not in levels
    assert ("managed", "gpt", "declared*") in levels
    assert len(levels) == len(set(levels)) == 4 * 3 + 3 * 2
    for pair, _, saves, *_, cheaper in cells:
        own, other, level = _pair(pair)
        name = {"1 year*": "commit_1y", "3 years": "commit_3y", "on demand": "on_demand",
                "declared*": "declared"}[level]  # fmt: skip
        figures = found["money"]["against"][own][other][name]
        assert saves == f"{figures['npv_usd']:,.0f}"
        assert cheaper == f"{figures['probability_cheaper']:.0%}"


def _pair(words):
    pair, _, level = words.partition(", ")
    return (*pair.split(" over "), level)


def test_who_answered_nothing_is_named_and_held_against_no_other():
    whole = priced()
    mute = replace(whole.bills["own"], used=replace(whole.bills["own"].used, served=Served()))
    asked = replace(whole, bills=whole.bills | {"own": mute})
    found = asked.answer() | {"money": money(asked)}
    line = "own answered nothing in the measured time: it is held against no other"
    assert [n for n in money_notes(found) if "answered nothing" in n] == [line]
    assert not [cells for cells in rows(against_table(found)) if "own" in cells[0].split()]
    table = {cells[0]: cells[1:] for cells in rows(money_table(found))}
    assert table["staff, per month"][1] == "-"
    assert line in printed(found)
    assert "answered nothing" not in printed(answer())


def test_what_was_not_answered_is_said():
    """Of one run a number, of several replications their mean."""
    found = answer()
    found["candidates"]["own"]["rejections"] = {"queue full": 1234}
    mean = {"mean": 5.4, "low": 1.0, "high": 9.0}
    found["candidates"]["gpt"]["failures"] = {"429 six times": mean}
    notes = list(money_notes(found))
    assert "own: 1,234 requests rejected: queue full" in notes
    assert "gpt: 5 requests failed: 429 six times" in notes
    assert not [n for n in money_notes(answer()) if " requests " in n]


def test_limits_that_some_replication_breaks_are_joined():
    """Each reason once, in the order in which they came."""
    whole = priced()
    first, second, third = (whole.answer() for _ in range(3))
    own = [each["candidates"]["own"] for each in (first, second, third)]
    own[0]["broken_limits"] = []
    own[1]["broken_limits"] = ["a month: 9,501 USD", "no room"]
    own[2]["broken_limits"] = ["no room", "a month: 9,502 USD"]
    found = combine(whole.study, [first, second, third], 3)["candidates"]
    assert found["own"]["broken_limits"] == ["a month: 9,501 USD", "no room", "a month: 9,502 USD"]
    assert found["gpt"]["broken_limits"] == whole.answer()["candidates"]["gpt"]["broken_limits"]
    assert found["managed"]["broken_limits"] == []


@pytest.mark.parametrize(
    ("months", "words"), [(None, "never"), (0.0, "at once"), (0.04, "0.0 mo"), (35.96, "36.0 mo")]
)
def test_months(months, words):
    assert months_in_words(months) == words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "-"),
        ({"value": None, "of": "hours", "never": True}, "never"),
        ({"value": 1.2, "of": "hours", "never": True}, "never"),
        ({"value": 0.25, "of": "hours", "never": False}, "25% hours"),
        ({"value": 7.5, "of": "traffic", "never": False}, "750% load"),
    ],
)
def test_utilisation(found, words):
    assert utilisation_in_words(found) == words


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
def test_any_width(width):
    for line in printed(answer("JPY"), width).splitlines():
        assert len(line) <= width


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_table_is_cut_off(width):
    console = Console(file=StringIO(), width=width)
    console.print(money_table(answer()))
    for line in console.file.getvalue().splitlines()[1:]:
        assert line.rstrip()[-1] in "┓┃┩│┤┘", line


def test_names_are_never_mark_up():
    found = answer()
    evil = "[red]x[/red]"
    for part in (found["candidates"], found["money"]["candidates"]):
        part[evil] = part.pop("gpt")
    against = found["money"]["against"]
    for others in against.values():
        if "gpt" in others:
            others[evil] = others.pop("gpt")
    against[evil] = against.pop("gpt")
    found["candidates"][evil]["broken_limits"] = ["[bold]because[/bold]"]
    found["candidates"][evil]["cost"]["excluded"] = ["staff ([b]a[/b])"]
    found["money"]["candidates"][evil]["completeness"]["staff"]["excluded"] = "[i]there[/i]"
    found["money"]["discount_rate"]["source"] = "[link=x]bank[/link]"
    found["money"]["uncertainty"]["tornado"]["own"][0]["price"] = "[blink]price[/blink]"
    found["study"] = "[u]study[/u]"
    text = printed(found, 240)
    for words in (evil, "[bold]because[/bold]", "[i]there[/i]", "[link=x]bank[/link]",
                  "[blink]price[/blink]", "[u]study[/u]"):  # fmt: skip
        assert words in text, words


def test_one_candidate_has_nothing_to_be_held_against():
    whole = priced()
    alone = replace(whole, runs={"own": whole.runs["own"]}, bills={"own": whole.bills["own"]})
    text = printed(alone.answer() | {"money": money(alone)})
    assert "One instead of the other" not in text
    assert "costs less than" not in text


def test_nothing_at_all():
    empty = Comparison(priced().study, stopped=True)
    text = printed(empty.answer() | {"money": money(empty)})
    assert text == "priced: stopped before there was anything to show\n"


def test_who_was_stopped_has_dashes():
    whole = priced()
    nothing = replace(whole.bills["own"], charges=(), used=None)
    some = Comparison(
        whole.study, {n: whole.runs[n] for n in ("gpt", "own")},
        {"gpt": whole.bills["gpt"], "own": nothing}, stopped=True,
    )  # fmt: skip
    found = some.answer() | {"money": money(some)}
    table = {cells[0]: cells[1:] for cells in rows(money_table(found))}
    assert table["USD per month"][1] == "-"
    assert table["staff, per month"] == ["EXCLUDED", "-"]
    assert "PARTIAL: stopped before its end" in list(money_notes(found))
    printed(found)


def test_intervals_of_replications():
    whole = priced()
    two = combine(whole.study, [whole.answer(), whole.answer()], 2)
    wide = deepcopy(two)
    month = wide["candidates"]["own"]["cost"]["usd_per_month"]
    month["low"], month["high"] = month["mean"] - 10, month["mean"] + 10
    cells = rows(money_table(wide | {"money": money(whole)}))
    at = next(i for i, line in enumerate(cells) if line[0] == "USD per month")
    mean = month["mean"]
    assert cells[at][2] == f"{mean:,.0f}"
    assert cells[at + 1][2] == f"[{mean - 10:,.0f}, {mean + 10:,.0f}]"
    # Where all replications agree, the figure stands alone.
    assert cells[at + 2][0] == "USD per 1,000 requests"


def test_what_is_owed_and_what_is_cautioned():
    machine = {"kind": "cloud", "site": "region", "instance": "g6e.xlarge", "price": "commit_3y"}
    asked = repriced({"economics.years": 1, "candidates.managed.machines.gpu": machine})
    found = asked.answer() | {"money": money(asked)}
    owed = found["money"]["candidates"]["managed"]["owed_after_usd"]
    assert (
        f"Caution: managed still owes {owed:,.0f} on its commitment when the years are over"
        in list(money_notes(found))
    )
    assert "1 years" not in printed(found)


def test_the_answer_is_left_as_it_was():
    found = answer()
    printed(found)
    assert found == _answer()
    json.dumps(found, allow_nan=False)
    assert priced_study().economics.currency == "USD"
