"""When requests come."""

from dataclasses import dataclass

import numpy as np

from aisim import catalog
from aisim.scenario.study import HOUR_S, RunSettings
from aisim.scenario.workload import (
    LEAST_THINK_S,
    ClientArrivals,
    PoissonArrivals,
    ShapedArrivals,
)
from aisim.workload.table import Floats, Ints

WINDOW_S = 300.0
MAX_REQUESTS = 20_000_000


class TooManyRequests(ValueError):
    """A workload that would not fit in memory."""


@dataclass(frozen=True)
class Windows:
    """The 5-minute windows that were drawn for a run: which one each is."""

    choice: Ints
    factor: Floats


def poisson(arrivals: PoissonArrivals, horizon_s: float, rng: np.random.Generator) -> Floats:
    """Arrivals at a constant rate up to the horizon, in seconds, in order."""
    rate = np.array([arrivals.rate_rps])
    return _in_bins(np.array([0.0]), np.array([horizon_s]), rate, arrivals.burstiness, rng)


def shaped(
    arrivals: ShapedArrivals,
    settings: RunSettings,
    windows: Windows | None,
    rng: np.random.Generator,
) -> Floats:
    """Arrivals whose rate follows the week and the windows.

    The rate is constant between the edges of hours and of windows, which may not coincide.
    """
    horizon = settings.horizon_s
    first_hour_s = (-settings.start_hour % 1.0) * HOUR_S
    edges = np.unique(
        np.concatenate(
            [np.arange(0.0, horizon, WINDOW_S), np.arange(first_hour_s, horizon, HOUR_S)]
        )
    )
    ends = np.append(edges[1:], horizon)
    middle = (edges + ends) / 2
    hour = ((settings.start_hour + middle / HOUR_S) % 168).astype(np.int64)
    rate = arrivals.rate_rps * weekly_factors(arrivals)[hour]
    if windows is not None:
        rate = rate * windows.factor[(middle // WINDOW_S).astype(np.int64)]
    return _in_bins(edges, ends, rate, arrivals.burstiness, rng)


def _in_bins(
    start: Floats, end: Floats, rate_rps: Floats, burstiness: float, rng: np.random.Generator
) -> Floats:
    """Arrivals of piecewise constant rate, in bins that follow each other."""
    expected = rate_rps * (end - start)
    if expected.sum() > MAX_REQUESTS:
        raise TooManyRequests(
            f"about {expected.sum():,.0f} requests; at most {MAX_REQUESTS:,} fit, "
            "so lower the rate or the horizon"
        )
    if burstiness == 1:
        return _poisson(start, end, expected, rng)
    until = np.concatenate([[0.0], np.cumsum(expected)])
    edges = np.append(start, end[-1])
    times = np.interp(_renewals(float(until[-1]), burstiness, rng), until, edges)
    # Rounding may carry a time over the end of its bin.
    return np.sort(times[times < edges[-1]])


def _poisson(start: Floats, end: Floats, expected: Floats, rng: np.random.Generator) -> Floats:
    """Counts, then uniform times in each bin."""
    counts = rng.poisson(expected)
    times = np.repeat(start, counts) + rng.random(counts.sum()) * np.repeat(end - start, counts)
    return np.sort(times)


def _renewals(end: float, burstiness: float, rng: np.random.Generator) -> Floats:
    """Points up to `end` with Gamma gaps of mean 1 and variance `burstiness`, in order.

    They have gone on for ever when they are first looked at, so that n are expected in any length
    n: a gap is met in proportion to its length, and anywhere in it (Cox, Renewal Theory, 1962).
    """
    shape = 1 / burstiness
    points = np.array([rng.gamma(shape + 1, burstiness) * rng.random()])
    parts = [points]
    while points[-1] < end:
        left = end - points[-1]
        enough = int(left + 4 * np.sqrt(burstiness * left)) + 16
        points = points[-1] + np.cumsum(rng.gamma(shape, burstiness, enough))
        parts.append(points)
    points = np.concatenate(parts)
    return points[points < end]


def weekly_factors(arrivals: ShapedArrivals) -> Floats:
    """168 factors of mean 1, from Monday 00:00."""
    factors = np.ones(168)
    if arrivals.weekly is not None:
        factors = factors * np.asarray(catalog.weekly_profile(arrivals.weekly))
    if arrivals.by_hour is not None:
        factors = factors * np.tile(arrivals.by_hour, 7)
    if arrivals.by_weekday is not None:
        factors = factors * np.repeat(arrivals.by_weekday, 24)
    mean = factors.mean()
    return factors / mean if mean > 0 else factors


def draw_windows(name: str, horizon_s: float, rng: np.random.Generator) -> Windows:
    """One window of real traffic for every 5 minutes up to the horizon, at random."""
    factors = np.array([window.rate_factor for window in catalog.traffic_windows(name)])
    choice = rng.integers(0, len(factors), size=int(horizon_s // WINDOW_S) + 1)
    return Windows(choice, (factors / factors.mean())[choice])


def clients(
    arrivals: ClientArrivals, horizon_s: float, rng: np.random.Generator
) -> tuple[Floats, Ints, Floats]:
    """A closed loop as arrival hints, parents and think times.

    Client c sends rows c, c + N, c + 2N, ...; each waits for the one before. The first requests
    come after one think time, so that clients do not march in step.
    """
    n = arrivals.clients
    mean = horizon_s / max(arrivals.think_time_s, LEAST_THINK_S)
    # A client's rounds are Poisson at the most: six sigmas, so that hardly one runs out.
    rounds = int(np.ceil(mean + 6 * np.sqrt(mean))) + 2
    total = arrivals.requests or n * rounds
    if total > MAX_REQUESTS:
        raise TooManyRequests(
            f"{total:,} requests; at most {MAX_REQUESTS:,} fit, so set requests, "
            "fewer clients or a shorter horizon"
        )
    gaps = rng.exponential(1.0, size=total) * arrivals.think_time_s
    rows = np.arange(total)
    parents = np.where(rows >= n, rows - n, -1)
    # The arrival of a row with a parent is unknown; its hint keeps the rounds in order.
    return np.where(rows < n, gaps, horizon_s), parents, np.where(rows < n, 0.0, gaps)
