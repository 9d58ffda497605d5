"""What there is to see of a study as tidy frames, one row a mark."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from aisim.catalog import usd_per
from aisim.charts.levels import Unit
from aisim.cost import CATEGORIES
from aisim.planning import Columns, Picture
from aisim.results import SHARES
from aisim.scenario import Study
from aisim.scenario.study import HOUR_S

#: Seconds of a unit of time.
UNIT_S = {"hours": HOUR_S, "minutes": 60.0}
#: Beyond so many hours an axis of time counts hours.
MANY_HOURS = 3.0


def time_unit(study: Study) -> Unit:
    """The unit in which the measured time of a study reads best."""
    return "hours" if study.run.window_s > MANY_HOURS * HOUR_S else "minutes"


def latency_frame(picture: Picture, measure: str) -> pd.DataFrame:
    """Columns candidate, state, share (percent of the requests), seconds, limit_s.

    The limit is the tightest that any traffic was promised, NaN without any.

    Args:
        picture: what there is to see.
        measure: ttft_s, tpot_s or e2e_s.
    """
    traffic = picture.study.workload.traffic.values()
    limits = [getattr(t.service_level, measure) for t in traffic]
    limit = min((found.limit_s for found in limits if found is not None), default=np.nan)

    def of(name: str) -> Columns:
        seconds = picture.quantiles(name, measure)
        return {"share": SHARES, "seconds": seconds, "limit_s": np.full(len(SHARES), limit)}

    return _together(picture, of)


def levels_frame(picture: Picture, unit: Unit) -> pd.DataFrame:
    """Columns candidate, state, time (in `unit`), waiting (requests), gpu_busy (0 to 1)."""
    unit_s = UNIT_S[unit]

    def of(name: str) -> Columns:
        levels = picture.levels(name)
        return {
            "time": levels["time_s"] / unit_s,
            "waiting": levels["waiting"],
            "gpu_busy": levels["gpu_busy"],
        }

    return _together(picture, of)


def spent_frame(picture: Picture) -> pd.DataFrame:
    """Columns candidate, state, component, part (waiting, service), seconds per request."""
    return _together(picture, picture.spent)


def cost_frame(picture: Picture) -> pd.DataFrame:
    """Columns candidate, state, category, usd and amount (the same in the study's currency)."""
    usd_each, _ = usd_per(picture.study.economics.currency)

    def of(name: str) -> Columns:
        months = picture.answer["candidates"][name]["cost"]["by_category"]
        paid = [category for category in CATEGORIES if months.get(category) is not None]
        usd = np.array([float(months[category]["mean"]) for category in paid])
        return {"category": np.array(paid, dtype=object), "usd": usd, "amount": usd / usd_each}

    return _together(picture, of)


def _together(picture: Picture, of: Callable[[str], Columns]) -> pd.DataFrame:
    """The columns of all candidates under each other, with their name and state."""
    parts = {name: of(name) for name in picture.outcomes}
    if not parts:
        return pd.DataFrame()
    lengths = [len(next(iter(part.values()))) for part in parts.values()]
    states = [picture.state(name) for name in parts]
    columns: Columns = {
        "candidate": np.repeat(np.array(list(parts), dtype=object), lengths),
        "state": np.repeat(np.array(states, dtype=object), lengths),
    }
    for column in next(iter(parts.values())):
        columns[column] = np.concatenate([part[column] for part in parts.values()])
    return pd.DataFrame(columns)
