"""What there is to see of a study so far: some trials of each candidate, as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from aisim.planning.answer import whole_answer
from aisim.planning.limits import broken_limits
from aisim.planning.priced import OneDraw
from aisim.planning.replicate import combine
from aisim.planning.trial import Outcome
from aisim.scenario import Study
from aisim.scenario.pools import Hours
from aisim.workload.table import Floats

#: Columns by name, all of one length.
Columns = dict[str, np.ndarray[Any, Any]]
State = Literal["sound", "preview", "partial", "overloaded", "excluded"]


@dataclass(frozen=True)
class Picture:
    """The outcomes of a study, the same replications of every candidate.

    Attributes:
        study: as it was simulated, so of a preview the short one.
        outcomes: by candidate, in the order of the study; those that cannot run are absent.
        wanted: replications that were asked for.
        preview: whether `study` is a preview.
        stopped: whether the planner stopped it.
        asked: the study that was asked for, of which a preview is a short stretch.
    """

    study: Study
    outcomes: Mapping[str, Sequence[Outcome]]
    wanted: int
    preview: bool = False
    stopped: bool = False
    asked: Study | None = None

    @property
    def replications(self) -> int:
        """Replications that are through, of every candidate."""
        return min((len(found) for found in self.outcomes.values()), default=0)

    @property
    def partial(self) -> bool:
        """Whether there is more to come of a full run, or would have been."""
        return not self.outcomes or any(self._is_short(name) for name in self.outcomes)

    @property
    def is_last(self) -> bool:
        """Whether no other picture of the same question will follow."""
        return self.stopped or self.replications == self.wanted

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
            candidate["partial"] = self._is_short(name)
            candidate["overloaded"] = self._is_overloaded(name)
            if not self._is_priced(name):
                candidate["cost"] = _unknown(candidate["cost"])
                candidate["broken_limits"] = self._broken_limits(name)
                candidate["energy"] = dict.fromkeys(candidate["energy"])
        # The caveats are about the month of a full run.
        caveats = [] if self.preview else answer["caveats"]
        return {**answer, "partial": self.partial, "caveats": caveats}

    @cached_property
    def typical(self) -> OneDraw:
        """The replication whose months cost most nearly what they do in the mean.

        Explanations, cash and prices at other levels are of it: they are of one draw, the same
        requests for every candidate.
        """
        if not self.outcomes:
            return OneDraw(self.study, {})
        counted = range(max(self.replications, 1))
        months = np.array(
            [[_month(found[i]) for i in counted] for found in self.outcomes.values()], dtype=float
        )
        scale = np.maximum(np.abs(months).mean(axis=1, keepdims=True), 1.0)
        misses = ((months - months.mean(axis=1, keepdims=True)) / scale) ** 2
        nearest = int(misses.sum(axis=0).argmin())
        outcomes = {name: found[nearest] for name, found in self.outcomes.items()}
        return OneDraw(self.study, outcomes, nearest)

    def _is_priced(self, name: str) -> bool:
        """Whether what was simulated stands for a month: all of it, and closing hours too."""
        if any(outcome.answer["partial"] for outcome in self.outcomes[name]):
            return False
        pools = self.study.candidates[name].pools.values()
        return not (self.preview and any(isinstance(pool.runs, Hours) for pool in pools))

    def state(self, name: str) -> State:
        """What the figures of a candidate are worth."""
        if self._is_overloaded(name):
            return "overloaded"
        # What was cut short has promises open that it might have kept.
        if self._is_short(name):
            return "partial"
        if self._broken_limits(name) or self._misses_a_promise(name):
            return "excluded"
        return "preview" if self.preview else "sound"

    def _is_overloaded(self, name: str) -> bool:
        overloaded = any(outcome.answer["overloaded"] for outcome in self.outcomes[name])
        return overloaded and not (self.preview and self._is_filling_up(name))

    def _broken_limits(self, name: str) -> list[str]:
        """The limits that a candidate breaks; budgets are not asked where no month is known."""
        if not self._is_priced(name):
            return list(broken_limits(self.study, self.study.candidates[name]))
        return [line for found in self.outcomes[name] for line in found.answer["broken_limits"]]

    def _misses_a_promise(self, name: str) -> bool:
        """Whether a promise is broken in any replication; of so short a preview, in every draw."""
        levels = [outcome.answer["service_level"] for outcome in self.outcomes[name]]
        enough = all if self.preview else any
        return any(
            enough(level[traffic][measure]["kept"] is False for level in levels)
            for traffic, promises in levels[0].items()
            for measure in promises
        )

    def _is_filling_up(self, name: str) -> bool:
        """Whether answers take so long that an empty system has not filled up in the warm-up."""
        spent = self.spent(name)
        service_s = float(spent["seconds"][spent["part"] == "service"].sum())
        return service_s > self.study.run.warm_up_s

    def _is_short(self, name: str) -> bool:
        """Whether a candidate has less than it was meant to; a preview is as short as it is."""
        cut = any(outcome.answer["partial"] for outcome in self.outcomes[name])
        return not self.preview and (self.stopped or cut or self.replications < self.wanted)

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


def _unknown(cost: dict[str, Any]) -> dict[str, Any]:
    """A cost without its figures."""
    told = {name: cost[name] for name in ("excluded", "included")}
    by_category = dict.fromkeys(cost["by_category"])
    return {**dict.fromkeys(cost), **told, "by_category": by_category}


def _month(outcome: Outcome) -> float:
    return float(outcome.answer["cost"]["usd_per_month"] or 0.0)


def _known_mean(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The mean over the first axis of what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    mean = np.full(count.shape, np.nan)
    np.divide(np.where(known, values, 0.0).sum(axis=0), count, out=mean, where=count > 0)
    return mean


def _mean(frames: Sequence[pd.DataFrame]) -> Columns:
    """The mean of frames with the same rows, number by number; a frame cut short ends them all."""
    count = min(len(frame) for frame in frames)
    columns: Columns = {}
    for name, first in frames[0].items():
        if first.dtype == np.float64:
            values = [frame[name].to_numpy()[:count] for frame in frames]
            columns[str(name)] = _known_mean(np.array(values))
        else:
            columns[str(name)] = first.to_numpy()[:count]
    return columns
