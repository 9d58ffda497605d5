"""Hours of the week as seconds of a simulation."""

from collections.abc import Sequence

from aisim.scenario.candidate import HOURS
from aisim.scenario.study import DAYS, HOUR_S

DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S


def open_spans_s(hours: Sequence[str], start_hour: float) -> list[tuple[float, float]]:
    """The spans of one week in seconds of the simulation, joined and in order.

    `hours` are spans such as 'mon-fri 07:00-19:00', `start_hour` is the time of the week at
    second 0. A span that is open at second 0 begins at or before it; one may end beyond the week.
    """
    spans = sorted(span for text in hours for span in _spans_of_week_s(text))
    joined: list[list[float]] = []
    for opens, closes in spans:
        if joined and opens <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], closes)
        else:
            joined.append([opens, closes])
    start_s = start_hour * HOUR_S
    shifted = [(opens - start_s, closes - start_s) for opens, closes in joined]
    return sorted((o, c) if c > 0 else (o + WEEK_S, c + WEEK_S) for o, c in shifted)


def _spans_of_week_s(text: str) -> list[tuple[float, float]]:
    match = HOURS.match(text)
    assert match is not None
    first = DAYS.index(match[1])
    last = DAYS.index(match[2] or match[1])
    opens = int(match[3]) * HOUR_S + int(match[4]) * 60
    closes = int(match[5]) * HOUR_S + int(match[6]) * 60
    if closes <= opens:
        closes += DAY_S
    days = range(first, last + 1 if last >= first else last + 8)
    return [(day % 7 * DAY_S + opens, day % 7 * DAY_S + closes) for day in days]
