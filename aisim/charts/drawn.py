"""The requests that a study asks for, of one draw, as charts need them; nothing is simulated."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from aisim.planning import Picture, preview_study
from aisim.planning.preview import hourly_rps
from aisim.results import SHARES
from aisim.scenario import Study
from aisim.scenario.study import HOUR_S
from aisim.scenario.workload import ClientArrivals
from aisim.workload import Requests, draw_requests, trace_stamps
from aisim.workload.table import Floats

#: More requests are not drawn: their declared rates are shown.
MOST_REQUESTS = 300_000
#: As many stretches of time as hold so many requests each, but no fewer and no more.
REQUESTS_EACH = 20
LEAST_STRETCHES, MOST_STRETCHES = 12, 120
WEEK_H = 168


@dataclass(frozen=True)
class Drawn:
    """What comes in the measured time.

    Attributes:
        arrivals: a row a traffic and stretch of time: traffic, time_s (its middle, from the end
            of the warm-up), rps, how (drawn; declared; clients, who wait for their answers).
        sizes: a row a traffic, part (input, output) and share of the requests in percent: tokens,
            requests (how many were drawn).
    """

    arrivals: pd.DataFrame
    sizes: pd.DataFrame


@dataclass(frozen=True)
class _Asked:
    """A study, equal to every other with the same workload in the same time."""

    key: str
    study: Study = field(compare=False)


def asked_study(picture: Picture) -> Study:
    """The study that was asked for, of which a preview is a short stretch."""
    return picture.asked or picture.study


def drawn(picture: Picture) -> Drawn:
    """What the study of a picture asks for; drawn once for each workload."""
    study = asked_study(picture)
    parts = (study.workload.model_dump_json(), study.run.model_dump_json())
    return _drawn(_Asked(f"{parts} {trace_stamps(study.workload)}", study))


@lru_cache(maxsize=16)
def _drawn(asked: _Asked) -> Drawn:
    study = asked.study
    hours = np.arange(study.run.horizon_s / HOUR_S) + study.run.start_hour
    rps = [hourly_rps(t, study.run, hours % WEEK_H) for t in study.workload.traffic.values()]
    mean_rps = float(np.sum(rps) / len(hours))
    if mean_rps * study.run.horizon_s > MOST_REQUESTS:
        sample = draw_requests(preview_study(study))
        return Drawn(_arrivals(study, None, mean_rps), _sizes(sample))
    requests = draw_requests(study)
    return Drawn(_arrivals(study, requests, mean_rps), _sizes(requests))


def _arrivals(study: Study, requests: Requests | None, mean_rps: float) -> pd.DataFrame:
    begin_s, end_s = study.run.warm_up_s, study.run.horizon_s
    wanted = mean_rps * (end_s - begin_s) / REQUESTS_EACH
    count = int(np.clip(wanted, LEAST_STRETCHES, MOST_STRETCHES))
    edges = np.linspace(begin_s, end_s, count + 1)
    middle_s = (edges[:-1] + edges[1:]) / 2
    hours = (study.run.start_hour + middle_s / HOUR_S) % WEEK_H
    parts = []
    for code, (name, traffic) in enumerate(study.workload.traffic.items()):
        how = "clients" if isinstance(traffic.arrivals, ClientArrivals) else "drawn"
        if requests is None and how == "drawn":
            how = "declared"
        if requests is not None and how == "drawn":
            times = requests.arrival_s[requests.traffic == code]
            rps: Floats = np.histogram(times, edges)[0] / (edges[1] - edges[0])
        else:
            rps = hourly_rps(traffic, study.run, hours)
        columns = {"traffic": name, "time_s": middle_s - begin_s, "rps": rps, "how": how}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _sizes(requests: Requests) -> pd.DataFrame:
    measured = requests.arrival_s >= requests.settings.warm_up_s
    parts = []
    for code, name in enumerate(requests.traffics):
        rows = measured & (requests.traffic == code)
        for part in ("input", "output"):
            tokens = getattr(requests, f"{part}_tokens")[rows]
            columns = {
                "traffic": name, "part": part, "share": SHARES, "requests": len(tokens),
                "tokens": np.percentile(tokens, SHARES) if len(tokens) else np.nan,
            }  # fmt: skip
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)
