"""How real traffic rises and falls, and how long its prompts and answers are."""

from collections.abc import Iterable
from functools import cache
from itertools import groupby

from aisim.catalog.files import Fact, read_facts
from aisim.catalog.unknown import UnknownName

HOURS_OF_WEEK = 168


class TrafficWindow(Fact):
    """Five minutes of a real trace, as the distribution of its requests.

    Attributes:
        rate_factor: Arrival rate over the mean rate of the windows.
        requests: Requests that the window counted.
        input_tokens: Quantiles of the prompt lengths, percentile 0 to 100.
        output_tokens: Quantiles of the answer lengths, percentile 0 to 100.
    """

    rate_factor: float
    requests: int
    input_tokens: tuple[float, ...]
    output_tokens: tuple[float, ...]


class _HourRow(Fact):
    profile: str
    hour_of_week: int
    factor: float


class _QuantileRow(Fact):
    profile: str
    window: int
    rate_factor: float
    requests: int
    q: int
    input_tokens: float
    output_tokens: float


@cache
def weekly_profile(name: str) -> tuple[float, ...]:
    """Return the 168 hourly factors of a week, mean 1, from Monday 00:00 UTC.

    Raises:
        UnknownName: The catalog has no such profile.
    """
    rows = read_facts("weekly_profiles", _HourRow)
    hours = {row.hour_of_week: row.factor for row in rows if row.profile == name}
    if not hours:
        raise UnknownName("weekly profile", name, weekly_profile_names())
    return tuple(hours[hour] for hour in range(HOURS_OF_WEEK))


@cache
def weekly_profile_names() -> tuple[str, ...]:
    """Return the names of the weekly profiles."""
    return _distinct(row.profile for row in read_facts("weekly_profiles", _HourRow))


@cache
def traffic_windows(name: str) -> tuple[TrafficWindow, ...]:
    """Return the five-minute windows of a trace, in order of time.

    Raises:
        UnknownName: The catalog has no such trace.
    """
    rows = [row for row in read_facts("traffic_windows", _QuantileRow) if row.profile == name]
    if not rows:
        raise UnknownName("traffic windows", name, traffic_window_names())
    rows.sort(key=lambda row: (row.window, row.q))
    return tuple(_window(list(group)) for _, group in groupby(rows, lambda row: row.window))


@cache
def traffic_window_names() -> tuple[str, ...]:
    """Return the names of the traces that are held as windows."""
    return _distinct(row.profile for row in read_facts("traffic_windows", _QuantileRow))


def _window(rows: list[_QuantileRow]) -> TrafficWindow:
    first = rows[0]
    return TrafficWindow(
        rate_factor=first.rate_factor,
        requests=first.requests,
        input_tokens=tuple(row.input_tokens for row in rows),
        output_tokens=tuple(row.output_tokens for row in rows),
        source=first.source,
        as_of=first.as_of,
        quality=first.quality,
    )


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
