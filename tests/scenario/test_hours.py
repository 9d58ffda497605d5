"""Hours of the week against a reading minute by minute."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aisim.scenario import InvalidStudy, parse_study
from aisim.scenario.hours import WEEK_S, open_spans_s
from aisim.scenario.pools import HOURS
from aisim.scenario.study import DAYS
from tests.scenario.small import small

DAY, WEEK = 24 * 60, 7 * 24 * 60


def read(hours: list[str]) -> np.ndarray:
    """Whether each minute of a week is open; a span that ends before it begins ends next day."""
    is_open = np.zeros(WEEK, dtype=bool)
    for text in hours:
        days, times = text.split()
        first, _, last = days.partition("-")
        opens, closes = (int(t[:2]) * 60 + int(t[3:]) for t in times.split("-"))
        length = (closes - opens) if closes > opens else closes + DAY - opens
        day, end = DAYS.index(first), DAYS.index(last or first)
        while True:
            is_open[(day * DAY + opens + np.arange(length)) % WEEK] = True
            if day == end:
                break
            day = (day + 1) % 7
    return is_open


def simulated(spans: list[tuple[float, float]], weeks: int) -> np.ndarray:
    """Whether each minute from second 0 on is in one of the spans, which come every week."""
    minutes = np.arange(weeks * WEEK) * 60.0 + 30.0
    is_open = np.zeros(len(minutes), dtype=bool)
    for week in range(weeks + 1):
        for opens, closes in spans:
            is_open |= (minutes >= opens + week * WEEK_S) & (minutes < closes + week * WEEK_S)
    return is_open


def times(step: int) -> st.SearchStrategy[str]:
    return st.integers(0, DAY // step - 1).map(lambda i: f"{i * step // 60:02}:{i * step % 60:02}")


@st.composite
def spans(draw) -> str:
    """A span of hours, over the end of the week too."""
    first = draw(st.integers(0, 6))
    last = draw(st.integers(0, 6))
    opens, closes = draw(times(15)), draw(times(15) | st.just("24:00"))
    return f"{DAYS[first]}{'-' + DAYS[last] if last != first else ''} {opens}-{closes}"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(spans(), min_size=1, max_size=4), st.integers(0, WEEK - 1))
@example(["mon-fri 07:00-19:00"], 23 * 60)
@example(["mon-sun 22:00-06:00"], 0)
@example(["mon-sun 00:00-24:00"], 9000)
@example(["sun 20:00-08:00", "mon 06:00-18:00"], 60)
@example(["fri-mon 07:00-19:00"], 0)
@example(["mon 22:00-06:00"], 26 * 60)
@example(["mon 00:00-24:00"], 0)
@example(["wed 08:00-12:00", "wed 10:00-14:00", "tue 23:00-09:00"], 57 * 60)
def test_as_read_minute_by_minute(hours, start):
    found = open_spans_s(hours, start / 60)
    assert found == sorted(found)
    assert all(closes > 0 for _, closes in found)
    if found[-1][1] < np.inf:
        again = [*found, (found[0][0] + WEEK_S, 0.0)]
        assert all(closes < opens for (_, closes), (opens, _) in pairwise(again))
    wanted = np.tile(np.roll(read(hours), -start), 2)
    np.testing.assert_array_equal(simulated(found, 2), wanted)


@pytest.mark.parametrize(
    ("hours", "share"),
    [
        ("mon-fri 07:00-19:00", 60 / 168),
        ("sat-sun 00:00-24:00", 48 / 168),
        ("tue 22:00-06:00", 8 / 168),
        ("wed 00:00-00:00", 24 / 168),
        ("fri-mon 09:30-10:00", 2 / 168),
    ],
)
def test_share_of_the_week(hours, share):
    assert sum(c - o for o, c in open_spans_s([hours], 0.0)) / WEEK_S == pytest.approx(share)


@pytest.mark.parametrize(
    "hours",
    [
        "mon 7:00-19:00", "Mon 07:00-19:00", "mon 07:00-25:00", "mon 24:00-25:00", "mon",
        "mon,tue 07:00-19:00", "monday 07:00-19:00", "mon 07:60-19:00", "mon 07:00 - 19:00", "",
    ],
)  # fmt: skip
def test_other_spellings_are_refused(hours):
    data = small(candidates__site__pools__llm__runs={"kind": "hours", "hours": [hours]})
    with pytest.raises(InvalidStudy, match=r"runs\.hours\.0"):
        parse_study(data)


@pytest.mark.parametrize("text", ["mon 07:00-24:30", "mon 07:00-19:00\n", "mon 24:00-07:00"])
def test_what_is_no_span(text):
    assert not HOURS.fullmatch(text)
