"""A preview: the same code on a short stretch of the study, drawn several times."""

from collections.abc import Iterable
from math import ceil

import numpy as np

from aisim.scenario import Candidate, Study
from aisim.scenario.hours import open_spans_s
from aisim.scenario.pools import Hours
from aisim.scenario.study import DAYS, HOUR_S, RunSettings
from aisim.scenario.workload import (
    ClientArrivals,
    PoissonArrivals,
    ReplayedArrivals,
    ShapedArrivals,
    TraceSizes,
    Traffic,
    Workload,
)
from aisim.workload import load_trace
from aisim.workload.arrivals import weekly_factors
from aisim.workload.table import Bools, Floats

#: Requests in the glimpse that answers a key press at once, and in each draw of a preview.
GLIMPSE_REQUESTS = 80
PREVIEW_REQUESTS = 1_000
#: Draws of a preview.
DRAWS = 6
#: A preview lasts so long at least, but never takes more than MOST times the requests wanted.
LEAST_S = 120.0
MOST = 5
WARM_UP_SHARE = 0.25
POINTS = 30
#: Step by which a stretch of a trace is lengthened until it holds enough requests.
LONGER = 1.25


def preview_study(study: Study, requests: int = PREVIEW_REQUESTS) -> Study:
    """The study on a short stretch of its measured time, with about so many requests.

    It begins in the hour of the measured time that the typical request meets: the one whose rate
    is nearest to the mean over the requests, among the hours in which every pool that keeps hours
    is open. A stretch of many hours is the one whose mean rate is nearest to that of the study. A
    trace is replayed from its beginning. A study that is shorter is simulated whole.

    Raises:
        BadTrace: a trace file that cannot be used.
    """
    settings = study.run
    hours = _measured_hours(settings)
    load = np.zeros(len(hours))
    for traffic in study.workload.traffic.values():
        load = load + hourly_rps(traffic, settings, hours)
    usable = _open(study.candidates.values(), hours)
    begin, rate_rps = _typical(load, usable, requests)
    horizon_s = _enough_s(study.workload, rate_rps, requests)
    resolution_s = max(settings.resolution_s, min(horizon_s, settings.horizon_s) / POINTS)
    if horizon_s >= settings.horizon_s:
        run = settings.model_copy(update={"resolution_s": resolution_s})
        return study.model_copy(update={"run": run})
    run = settings.model_copy(
        update={
            "start": _moment(hours[begin]),
            "warm_up_s": horizon_s * WARM_UP_SHARE,
            "horizon_s": horizon_s,
            "represents": "hour",
            "resolution_s": horizon_s / POINTS,
        }
    )
    workload = _bounded(study.workload, requests)
    return study.model_copy(update={"run": run, "workload": workload})


def draws_of(study: Study) -> int:
    """How often a preview is drawn: once where nothing is random, as in a trace replayed."""
    return DRAWS if any(map(_is_random, study.workload.traffic.values())) else 1


def _is_random(traffic: Traffic) -> bool:
    replayed = isinstance(traffic.arrivals, ReplayedArrivals)
    return not (replayed and isinstance(traffic.sizes, TraceSizes) and traffic.sizes.file is None)


def _typical(load: Floats, usable: Bools, requests: int) -> tuple[int, float]:
    """Place of the hour to begin with, and the mean rate of what begins there."""
    if load.sum() <= 0:
        return 0, 0.0
    target = float((load**2).sum() / load.sum())
    width = min(max(ceil(requests / target / HOUR_S), 1), len(load))
    if width > 2:
        target = float(load.mean())
    means = np.convolve(load, np.ones(width) / width, mode="valid")
    whole = np.convolve(usable, np.ones(width), mode="valid") >= width - 0.5
    misses = np.abs(means - target) + np.where(whole, 0.0, load.max())
    begin = int(np.argmin(misses))
    return begin, float(means[begin])


def _open(candidates: Iterable[Candidate], hours: Floats) -> Bools:
    """Which hours of the week have every pool open that keeps hours; all if none has."""
    usable: Bools = np.ones(len(hours), dtype=np.bool_)
    for candidate in candidates:
        for pool in candidate.pools.values():
            if isinstance(pool.runs, Hours):
                usable &= np.array([_is_open(pool.runs, hour) for hour in hours], dtype=np.bool_)
    return usable


def _is_open(rule: Hours, hour: float) -> bool:
    opens, closes = open_spans_s(rule.hours, hour)[0]
    return opens <= 0 and closes >= HOUR_S


def _bounded(workload: Workload, requests: int) -> Workload:
    """Clients with no more requests in store than a preview can see answered."""
    traffics = {}
    for name, traffic in workload.traffic.items():
        declared = traffic.arrivals
        if isinstance(declared, ClientArrivals):
            enough = declared.clients + MOST * MOST * requests
            given = declared.requests or enough
            update = {"requests": min(given, enough)}
            traffic = traffic.model_copy(update={"arrivals": declared.model_copy(update=update)})
        traffics[name] = traffic
    return workload.model_copy(update={"traffic": traffics})


def _enough_s(workload: Workload, rate_rps: float, requests: int) -> float:
    """Seconds in which about so many requests come; a trace is replayed from its beginning."""
    if rate_rps <= 0:
        return float("inf")
    found_s = min(max(requests / rate_rps, LEAST_S), MOST * requests / rate_rps)
    traces = [
        load_trace(traffic.arrivals.file, traffic.arrivals.format).arrival_s
        for traffic in workload.traffic.values()
        if isinstance(traffic.arrivals, ReplayedArrivals)
    ]
    if len(traces) < len(workload.traffic):
        return found_s
    last_s = max(float(times[-1]) for times in traces)
    while found_s < last_s:
        if sum(int(np.searchsorted(times, found_s)) for times in traces) >= requests:
            break
        found_s *= LONGER
    return found_s


def _measured_hours(settings: RunSettings) -> Floats:
    """Hours of the week at which the hours of the measured time begin."""
    count = max(round(settings.window_s / HOUR_S), 1)
    first = settings.start_hour + settings.warm_up_s / HOUR_S
    hours: Floats = (first + np.arange(float(min(count, 168)))) % 168
    return hours


def hourly_rps(traffic: Traffic, settings: RunSettings, hours: Floats) -> Floats:
    """About how many requests per second a traffic sends at those hours of the week."""
    declared = traffic.arrivals
    match declared:
        case PoissonArrivals():
            return np.full(len(hours), declared.rate_rps)
        case ShapedArrivals():
            return declared.rate_rps * weekly_factors(declared)[hours.astype(np.int64)]
        case ReplayedArrivals():
            times = load_trace(declared.file, declared.format).arrival_s
            replayed = int(np.searchsorted(times, settings.horizon_s))
            return np.full(len(hours), replayed / min(settings.horizon_s, times[-1] + 1.0))
        case ClientArrivals():
            return np.full(len(hours), declared.clients / max(declared.think_time_s, 1.0))


def _moment(hour: float) -> str:
    """An hour of the week as `run.start` has it."""
    minutes = round(hour * 60) % (168 * 60)
    return f"{DAYS[minutes // 1440]} {minutes // 60 % 24:02}:{minutes % 60:02}"
