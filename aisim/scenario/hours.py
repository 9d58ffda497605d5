"""Hours of the week as seconds of a simulation."""

from collections.abc import Iterator, Sequence

from aisim.scenario.pools import HOURS
from aisim.scenario.study import DAYS, HOUR_S

DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S


def open_spans_s(hours: Sequence[str], start_hour: float) -> list[tuple[float, float]]:
    """The spans of one week in seconds of the simulation, joined and in order.

    `hours` are spans such as 'mon-fri 07:00-19:00', `start_hour` is the time of the week at
    second 0. The first span may have begun before second 0; every span comes again a week later.
    Hours that leave no gap are one span without end.
    """
    start_s = start_hour * HOUR_S
    spans = sorted(
        (opens + week * WEEK_S - start_s, closes + week * WEEK_S - start_s)
        for text in hours
        for opens, closes in _spans_of_week_s(text)
        for week in range(-1, 3)
    )
    joined = [span for span in _joined(spans) if span[1] > 0]
    first = joined[0][0]
    if joined[0][1] - first >= WEEK_S:
        return [(first, float("inf"))]
    return [span for span in joined if span[0] < first + WEEK_S]


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans in order, those that overlap or touch made one."""
    joined: list[tuple[float, float]] = []
    for opens, closes in spans:
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return joined


def _spans_of_week_s(text: str) -> Iterator[tuple[float, float]]:
    """The span on each of its days; one that ends before it begins ends on the next day."""
    match = HOURS.fullmatch(text)
    assert match is not None
    first, last, *times = match.groups()
    opens = int(times[0]) * HOUR_S + int(times[1]) * 60
    closes = DAY_S if times[2] is None else int(times[2]) * HOUR_S + int(times[3]) * 60
    days = (DAYS.index(last or first) - DAYS.index(first)) % 7 + 1
    for day in range(DAYS.index(first), DAYS.index(first) + days):
        begin = day % 7 * DAY_S
        yield begin + opens, begin + closes + (DAY_S if closes <= opens else 0.0)
