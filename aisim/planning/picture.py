"""What there is to see of a study so far: some trials of each candidate, as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from aisim.planning.answer import whole_answer
from aisim.planning.replicate import combine
from aisim.planning.trial import Outcome
from aisim.scenario import Study
from aisim.workload.table import Floats

#: Columns by name, all of one length.
Columns = dict[str, np.ndarray[Any, Any]]
State = Literal["sound", "preview", "partial", "overloaded"]


@dataclass(frozen=True)
class Picture:
    """The outcomes of a study, the same replications of every candidate.

    Attributes:
        study: as it was simulated, so of a preview the short one.
        outcomes: by candidate, in the order of the study; those that cannot run are absent.
        wanted: replications that were asked for.
        preview: whether `study` is a preview.
        stopped: whether the planner stopped it.
    """

    study: Study
    outcomes: Mapping[str, Sequence[Outcome]]
    wanted: int
    preview: bool = False
    stopped: bool = False

    @property
    def replications(self) -> int:
        """Replications that are through, of every candidate."""
        return min((len(found) for found in self.outcomes.values()), default=0)

    @property
    def partial(self) -> bool:
        """Whether there is more to come, or would have been."""
        return self.stopped or self.replications < self.wanted

    @cached_property
    def answer(self) -> dict[str, Any]:
        """The answer of all replications, each figure with its 95 % interval."""
        answers = [
            whole_answer(
                self.study,
                {name: found[i].answer for name, found in self.outcomes.items()},
                next(iter(self.outcomes.values()))[i].represents,
                partial=False,
            )
            for i in range(self.replications)
        ]
        answer = combine(self.study, answers, self.wanted)
        for name, candidate in answer["candidates"].items():
            candidate["partial"] = self.state(name) == "partial"
        return {**answer, "partial": self.partial}

    def state(self, name: str) -> State:
        """What the figures of a candidate are worth."""
        answers = [outcome.answer for outcome in self.outcomes[name]]
        if any(answer["overloaded"] for answer in answers):
            return "overloaded"
        if self.preview:
            return "preview"
        return "partial" if self.partial or any(a["partial"] for a in answers) else "sound"

    def quantiles(self, name: str, measure: str) -> Floats:
        """Seconds by share of the requests, the mean over the replications; NaN if undefined."""
        found = [outcome.quantiles[measure] for outcome in self.outcomes[name]]
        mean: Floats = np.mean(found, axis=0)
        return mean

    def levels(self, name: str) -> Columns:
        """Queue and GPUs over time, the mean over the replications."""
        return _mean([outcome.levels for outcome in self.outcomes[name]])

    def spent(self, name: str) -> Columns:
        """Mean seconds by component and part, the mean over the replications."""
        return _mean([outcome.spent for outcome in self.outcomes[name]])


def _mean(frames: Sequence[pd.DataFrame]) -> Columns:
    """The mean of frames with the same rows, number by number; a frame cut short ends them all."""
    count = min(len(frame) for frame in frames)
    columns: Columns = {}
    for name, first in frames[0].items():
        if first.dtype == np.float64:
            values = [frame[name].to_numpy()[:count] for frame in frames]
            columns[str(name)] = np.mean(values, axis=0)
        else:
            columns[str(name)] = first.to_numpy()[:count]
    return columns
