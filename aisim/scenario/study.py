"""A study: one question."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from aisim.scenario.base import Declaration, Name
from aisim.scenario.candidate import Candidate
from aisim.scenario.economics import Economics
from aisim.scenario.limits import Limits
from aisim.scenario.workload import Workload

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR_S = 3600.0
MONTH_H = 730.0
START = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):([0-5]\d)$")


def _start(text: str) -> str:
    if not START.fullmatch(text):
        raise ValueError("write 'mon 07:30'")
    return text


class RunSettings(Declaration):
    """How long is simulated, and what that stands for."""

    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    """Seed of all randomness."""
    start: Annotated[
        str, AfterValidator(_start), Field(json_schema_extra={"pattern": START.pattern})
    ] = "mon 00:00"
    """Time of the week at which the simulation begins, UTC, for instance 'mon 23:00'."""
    warm_up_s: Annotated[float, Field(ge=0, le=31_536_000)] = 0.0
    """Seconds at the beginning that count in no percentile, no usage and no money."""
    horizon_s: Annotated[float, Field(gt=0, le=31_536_000)] = 3600.0
    """Second at which arrivals stop; what is in the system then may finish."""
    represents: Literal["hour", "day", "week"] = "hour"
    """What the time from warm-up to horizon stands for; a month is 730 hours like it."""
    resolution_s: Annotated[float, Field(gt=0, le=31_536_000)] = 60.0
    """Step of the time series."""

    @model_validator(mode="after")
    def _something_to_measure(self) -> "RunSettings":
        if self.warm_up_s >= self.horizon_s:
            raise ValueError(
                f"warm_up_s {self.warm_up_s:g} must be below horizon_s {self.horizon_s:g}"
            )
        if self.horizon_s / self.resolution_s > 200_000:
            raise ValueError("resolution_s gives more than 200,000 points over the horizon")
        return self

    @property
    def start_hour(self) -> float:
        """Hours from Monday 00:00 to the beginning."""
        match = START.fullmatch(self.start)
        assert match is not None
        return DAYS.index(match[1]) * 24 + int(match[2]) + int(match[3]) / 60

    @property
    def window_s(self) -> float:
        """Seconds from warm-up to horizon."""
        return self.horizon_s - self.warm_up_s


class Study(Declaration):
    """One question: a workload, its candidates, economics, run settings."""

    aisim: Literal[1]
    """Version of the format of this file."""
    name: Name
    """Short name of the study."""
    description: str = ""
    """The question, in a few lines."""
    workload: Workload
    """The traffic."""
    candidates: Annotated[dict[Name, Candidate], Field(min_length=1, max_length=50)]
    """The architectures to compare."""
    economics: Economics = Economics()
    """Money beside the prices of machines."""
    limits: Limits = Limits()
    """What a candidate must not break."""
    run: RunSettings = RunSettings()
    """How long is simulated, and what that stands for."""
