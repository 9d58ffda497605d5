"""What each candidate has paid by when, and where one passes below another."""

from collections.abc import Sequence
from itertools import combinations, pairwise
from math import ceil
from typing import TypeVar

import numpy as np
import pandas as pd

from aisim.catalog import usd_per
from aisim.charts.chart import Chart
from aisim.charts.rows import numbers
from aisim.charts.scale import upper
from aisim.charts.state import candidate_colour, dash, line
from aisim.charts.theme import fifths, framed, unseen_points
from aisim.charts.vega import alt
from aisim.charts.words import NO_FIGURE, by_candidate
from aisim.cost.cash import Flow
from aisim.language import money, number, say, tr
from aisim.planning import Picture
from aisim.planning.which_draw import which_draw

YEAR = 12
#: Months between the places where the pointer finds a line: each is an element of the page.
TIPS_EVERY = 6
#: Payments that differ by less are the same, in the currency.
CENT = 0.01

Amount = TypeVar("Amount", float, Flow)


def in_currency(usd: Amount, code: str) -> Amount:
    """Dollars in the currency of a study, at the newest rate of the catalog."""
    return usd / usd_per(code)[0]


def cash_frame(picture: Picture) -> pd.DataFrame:
    """Columns candidate, state, month (0 is before the first), paid (in all, in the currency).

    Of the typical draw; who has no cost that stands for a month has no rows.
    """
    answers, code = picture.answer["candidates"], picture.study.economics.currency
    paid = {
        name: np.cumsum(in_currency(bill.flow, code))
        for name, bill in picture.typical.bills.items()
        if answers[name]["cost"]["usd_per_month"] is not None
    }
    if not paid:
        return pd.DataFrame()
    lengths = [len(line) for line in paid.values()]
    states = [picture.state(name) for name in paid]
    columns = {
        "candidate": np.repeat(np.array(list(paid), dtype=object), lengths),
        "state": np.repeat(np.array(states, dtype=object), lengths),
        "month": np.concatenate([np.arange(length) for length in lengths]),
        "paid": np.concatenate(list(paid.values())),
    }
    return pd.DataFrame(columns)


def cash_scales(frame: pd.DataFrame) -> dict[str, float]:
    """Ends of the axes of money and of months: params `most` and `end`."""
    return {
        "most": upper(numbers(frame, "paid")),
        "end": max(numbers(frame, "month"), default=YEAR),
    }


def cash_chart(frame: pd.DataFrame, candidates: Sequence[str], currency: str) -> alt.LayerChart:
    """What is paid in all until a month, a line a candidate.

    Args:
        frame: as `cash_frame` has it.
        candidates: all that may have rows, in the order of their colours.
        currency: code of the currency of `paid`.
    """
    ticks = alt.ExprRef(f"sequence(0, end + 1, {YEAR} * ceil(end / {YEAR} / 6))")
    months = alt.Scale(domain=[0, alt.ExprRef("end")], nice=False)
    amounts = alt.Scale(domain=[0, alt.ExprRef("most")], nice=False)
    paid = tr(say("Paid so far, {currency}", currency=currency))
    x = alt.X("month:Q", title=tr("Months"), scale=months, axis=alt.Axis(values=ticks))
    y = alt.Y("paid:Q", title=paid, scale=amounts, axis=fifths())
    lines = line().encode(
        x=x, y=y, strokeDash=dash(), color=candidate_colour(candidates), order="month:Q"
    )
    tips = unseen_points(
        x, y,
        alt.Tooltip("month:Q", title=tr("Months")),
        alt.Tooltip("paid:Q", title=paid, format=",.0f"),
    ).transform_filter(f"datum.month % {TIPS_EVERY} == 0")  # fmt: skip
    return framed([lines, tips], frame, tr("Cash paid over the years"), cash_scales(frame))


def cash_summary(frame: pd.DataFrame, currency: str) -> str:
    """What each has paid in all, and in which month one passes below another."""
    if frame.empty:
        return tr("Cash paid over the years: no result yet.")
    months = int(frame["month"].max())

    def total(rows: pd.DataFrame) -> str:
        paid = rows["paid"].iloc[-1]
        return money(float(paid), currency) if np.isfinite(paid) else tr(NO_FIGURE)

    totals = by_candidate(frame, total)
    paid = tr(say("Paid in all in {months} months: {totals}.", months=months, totals=totals))
    return " ".join([paid, *_crossings(frame, months), *_worth(frame)])


def crossings(one: Flow, other: Flow) -> list[tuple[int, bool]]:
    """Where the cash of one passes that of another: month, and whether one is lower from then on.

    Between two months both follow a straight line. What touches and turns back has not passed.
    """
    ahead = other - one
    ahead = np.where(np.abs(ahead) < CENT, 0.0, ahead)
    known = np.flatnonzero(ahead)
    found = []
    for before, after in pairwise(known):
        if (ahead[before] > 0) != (ahead[after] > 0):
            way = ahead[before] / (ahead[before] - ahead[after])
            month = before + float(way) * (after - before)
            found.append((ceil(month), bool(ahead[after] > 0)))
    return found


def _crossings(frame: pd.DataFrame, months: int) -> list[str]:
    """A sentence for each two candidates whose lines cross; one on all that do not."""
    paid = {str(n): rows["paid"].to_numpy() for n, rows in frame.groupby("candidate", sort=False)}
    said, apart = [], False
    for one, other in combinations(paid, 2):
        found = crossings(paid[one], paid[other])
        if not found:
            apart = True
            continue
        month, is_lower = found[-1]
        below, above = (one, other) if is_lower else (other, one)
        sentence = say(
            "{below} passes below {above} in month {month}.", below=below, above=above, month=month
        )
        said.append(tr(sentence))
        if len(found) > 1:
            said.append(tr(say("It is the last of {times} crossings.", times=len(found))))
    years = number(months / YEAR, "g")
    if apart and said:
        said.append(tr(say("No others cross within {years} years.", years=years)))
    elif apart:
        said.append(tr(say("None passes below another within {years} years.", years=years)))
    return said


def _worth(frame: pd.DataFrame) -> list[str]:
    """A word on lines that fall at their end: something is left that has a value."""
    falls = any(rows["paid"].diff().iloc[-1] < 0 for _, rows in frame.groupby("candidate"))
    return [tr("What is left at the end is taken off there, at its value.")] if falls else []


def _summary(picture: Picture, frame: pd.DataFrame) -> str:
    said = cash_summary(frame, picture.study.economics.currency)
    return said if frame.empty else f"{said} {tr(which_draw(picture))}".rstrip()


CASH = Chart(
    "cash",
    cash_frame,
    lambda picture, frame, names: cash_chart(frame, names, picture.study.economics.currency),
    cash_scales,
    _summary,
    lambda picture: picture.study.economics.currency,
)
