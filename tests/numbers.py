"""What holds for numbers in every answer."""

from math import isfinite


def finite_or_null(data) -> None:
    """Every number below is finite, and whatever is not defined is None."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list | tuple):
        for value in data:
            finite_or_null(value)
    elif isinstance(data, float):
        assert isfinite(data)
    else:
        assert data is None or isinstance(data, str | int)
