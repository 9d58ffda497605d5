"""Confidence intervals over replications."""

from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

LEVEL = 0.95


class Interval(NamedTuple):
    """A mean and the interval that holds the true mean with the stated confidence."""

    mean: float
    low: float
    high: float


def mean_of(value: Any) -> Any:
    """A figure of an answer, or its mean over the replications."""
    return value["mean"] if isinstance(value, dict) else value


def mean_interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Student's t interval of the mean of independent replications.

    Never to be used over the requests of one run: they depend on each other.

    Raises:
        ValueError: fewer than two values, from which nothing can be said.
    """
    if len(values) < 2:
        raise ValueError("an interval needs at least two replications")
    from scipy.special import stdtrit  # here, as scipy is slow to import and a run needs none

    sample = np.asarray(values, dtype=np.float64)
    mean = float(sample.mean())
    error = float(sample.std(ddof=1)) / sqrt(len(sample))
    half = float(stdtrit(len(sample) - 1, 0.5 + level / 2)) * error
    return Interval(mean, mean - half, mean + half)
