"""How old a price is."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.prices import cloud_instances, electricity_prices, hardware_items, opex_items
from aisim.catalog.services import services
from aisim.cost.age import age_days, period

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("as_of", "first", "last", "days"),
    [
        ("2026-07-20", date(2026, 7, 20), date(2026, 7, 20), 124),
        ("2026-03", date(2026, 3, 1), date(2026, 3, 31), 265),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), 1024),
        ("2025", date(2025, 1, 1), date(2025, 12, 31), 689),
        ("2025-H1", date(2025, 1, 1), date(2025, 6, 30), 689),
        ("2025-H2", date(2025, 7, 1), date(2025, 12, 31), 508),
        ("2025-Q1", date(2025, 1, 1), date(2025, 3, 31), 689),
        ("2025-q3", date(2025, 7, 1), date(2025, 9, 30), 508),
        ("2026-10 (package)", date(2026, 10, 1), date(2026, 10, 31), 51),
        (" 2025 list", date(2025, 1, 1), date(2025, 12, 31), 689),
        # What still holds has an age too.
        ("2026", date(2026, 1, 1), date(2026, 12, 31), 324),
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30), 20),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), 51),
    ],
)
def test_the_first_day_of_the_period_counts(as_of, first, last, days):
    assert period(as_of) == (first, last)
    assert age_days(as_of, TODAY) == days


@pytest.mark.parametrize(
    "as_of",
    [
        "", "the planner's own", "last year", "20260720", "2026-13", "2026-00", "2026-02-30",
        "2026-1", "2026-Q5", "2026-H3", "2026-07-20T12", "0000", "2026-", "July 2026", "٢٠٢٦",
    ],
)  # fmt: skip
def test_unknown(as_of):
    assert period(as_of) is None
    assert age_days(as_of, TODAY) is None


@pytest.mark.parametrize("as_of", ["2026-11-21", "2026-12", "2027-Q1", "9999"])
def test_what_begins_today_or_later_is_not_old(as_of):
    assert age_days(as_of, TODAY) == 0


@given(st.dates(), st.integers(0, 10_000))
def test_a_day_ages_by_the_day(day, days):
    later = date.min + timedelta(days=min((day - date.min).days + days, (date.max - date.min).days))
    assert age_days(day.isoformat(), later) == (later - day).days


@given(st.text(max_size=30))
def test_any_words_are_read(words):
    held = period(words)
    assert held is None or held[0] <= held[1]


def test_every_price_of_the_catalog_has_an_age():
    tables = (
        cloud_instances().values(), hardware_items().values(), opex_items().values(),
        electricity_prices(), services(),
    )  # fmt: skip
    for rows in tables:
        assert all(age_days(row.as_of, TODAY) is not None for row in rows)
