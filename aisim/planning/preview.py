"""A preview: the same code on a short stretch of the study, drawn several times."""

import numpy as np

from aisim.scenario import Study
from aisim.scenario.study import DAYS, HOUR_S, RunSettings
from aisim.scenario.workload import (
    ClientArrivals,
    PoissonArrivals,
    ReplayedArrivals,
    ShapedArrivals,
    Traffic,
)
from aisim.workload import load_trace
from aisim.workload.arrivals import weekly_factors
from aisim.workload.table import Floats

#: Requests in the glimpse that answers a key press at once, and in each draw of a preview.
GLIMPSE_REQUESTS = 80
PREVIEW_REQUESTS = 1_000
#: Draws of a preview.
DRAWS = 6
LEAST_S = 120.0
WARM_UP_SHARE = 0.25
POINTS = 40


def preview_study(study: Study, requests: int = PREVIEW_REQUESTS) -> Study:
    """The study on a short stretch of its measured time, with about so many requests.

    It begins in the hour of the measured time that the typical request meets: the one whose rate
    is nearest to the mean over the requests. A study that is shorter stays as it is.

    Raises:
        BadTrace: a trace file that cannot be used.
    """
    settings = study.run
    hours = _measured_hours(settings)
    load = np.zeros(len(hours))
    for traffic in study.workload.traffic.values():
        load = load + _hourly_rps(traffic, settings, hours)
    typical = float((load**2).sum() / load.sum()) if load.sum() > 0 else 0.0
    begin = int(np.argmin(np.abs(load - typical)))
    rate_rps = float(load[begin])
    wanted_s = requests / rate_rps if rate_rps > 0 else settings.horizon_s
    horizon_s = max(wanted_s, LEAST_S)
    if horizon_s >= settings.horizon_s:
        return study
    run = settings.model_copy(
        update={
            "start": _moment(hours[begin]),
            "warm_up_s": horizon_s * WARM_UP_SHARE,
            "horizon_s": horizon_s,
            "represents": "hour",
            "resolution_s": horizon_s / POINTS,
        }
    )
    return study.model_copy(update={"run": run})


def _measured_hours(settings: RunSettings) -> Floats:
    """Hours of the week at which the hours of the measured time begin."""
    count = max(round(settings.window_s / HOUR_S), 1)
    first = settings.start_hour + settings.warm_up_s / HOUR_S
    hours: Floats = (first + np.arange(float(min(count, 168)))) % 168
    return hours


def _hourly_rps(traffic: Traffic, settings: RunSettings, hours: Floats) -> Floats:
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
