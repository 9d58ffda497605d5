"""Ends of a scale that stay put while values move a little: 1, 2 or 5 times a power of ten."""

import math
from collections.abc import Iterable

#: How far an end stays from the outermost value, so that no mark touches the frame.
AIR = 1.02


def upper(values: Iterable[float]) -> float:
    """The least of 1, 2, 5 x 10^n above the largest finite value; 1 where none is positive.

    Args:
        values: any numbers, NaN and infinite ones are passed over.
    """
    positive = [value for value in values if math.isfinite(value) and value > 0]
    if not positive:
        return 1.0
    return min(step for step in _steps(max(positive)) if step >= max(positive) * AIR)


def lower(values: Iterable[float]) -> float:
    """The greatest of 1, 2, 5 x 10^n below the smallest positive finite value; 0.1 without one.

    Args:
        values: any numbers; NaN, infinite ones and those not above 0 are passed over.
    """
    positive = [value for value in values if math.isfinite(value) and value > 0]
    if not positive:
        return 0.1
    return max(step for step in _steps(min(positive)) if step <= min(positive) / AIR)


def _steps(value: float) -> list[float]:
    """1, 2, 5 x 10^n around a positive value, two decades to each side."""
    power = math.floor(math.log10(value))
    # read from text, because 10.0**-3 * 2 is not 0.002
    return [float(f"{digit}e{power + by}") for by in (-2, -1, 0, 1) for digit in (1, 2, 5)]
