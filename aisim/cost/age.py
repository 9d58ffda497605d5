"""How old a price is, from the words that say when it held."""

import calendar
import re
from datetime import date

from aisim.scenario.faults import shown

#: A year, half year, quarter, month or day at the beginning of the words.
_PERIOD = re.compile(
    r"\s*(\d{4})(?:-(?:H([12])|Q([1-4])|(\d\d)(?:-(\d\d))?))?(?![\w-])", re.ASCII | re.IGNORECASE
)
_DATE = re.compile(r"\d{4}(-\d\d){0,2}", re.ASCII)


def period(as_of: str) -> tuple[date, date] | None:
    """First and last day that words such as "2026-03" or "2025-H1" name; None where they do not.

    Words after the date, as in "2026-11 (package)", are left alone.
    """
    found = _PERIOD.match(as_of)
    if found is None:
        return None
    year, half, quarter, month, day = found.groups()
    months = 6 if half else 3 if quarter else 1 if month else 12
    first = int(month) if month else months * (int(half or quarter or 1) - 1) + 1
    try:
        begins = date(int(year), first, int(day or 1))
        days = calendar.monthrange(begins.year, first + months - 1)[1]
        return begins, begins if day else date(begins.year, first + months - 1, days)
    except ValueError:
        return None


def age_days(as_of: str, today: date) -> int | None:
    """Days since the first day for which a price held, its greatest age; None where unknown.

    A price "of 2026" may be of its first day: to count from the last would flatter it.
    """
    held = period(as_of)
    return None if held is None else max(0, (today - held[0]).days)


def date_fault(as_of: str, today: date) -> str:
    """What is wrong with the date of a quote, a year, month or day that has begun; else empty."""
    held = period(as_of) if _DATE.fullmatch(as_of) else None
    if held is None:
        return f"got {shown(as_of)}, allowed: YYYY, YYYY-MM or YYYY-MM-DD"
    return f"got {shown(as_of)}, allowed: not after today, {today}" if held[0] > today else ""
