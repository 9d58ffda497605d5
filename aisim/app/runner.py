"""Simulations in the background of a notebook: slice by slice, newest wish first, cancellable."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

from aisim.catalog import UnknownName
from aisim.planning import (
    DRAWS,
    GLIMPSE_REQUESTS,
    Outcome,
    Picture,
    Trial,
    preview_study,
)
from aisim.scenario import InvalidStudy, Study
from aisim.workload import BadTrace, TooManyRequests, draw_requests

#: The kernel answers at least this often while a simulation goes on.
BREATH_S = 0.01
#: A glimpse does not stop to breathe before: it is nearly over, and wanted now.
GLIMPSE_BREATH_S = 0.1
#: A glimpse that is older than the study on the desk is finished only if it is nearly there.
PATIENCE_S = 0.25
#: Draws of a preview after which it is shown.
SHOWN = (1, 3, DRAWS)
KEPT_OUTCOMES = 600


@dataclass(frozen=True)
class Job:
    """What to simulate: a study, those of its candidates that can run, how often."""

    study: Study
    names: tuple[str, ...]
    replications: int
    preview: bool


@dataclass(frozen=True)
class Progress:
    """How far a full run is: the share that is done, and in words."""

    done: float
    words: str


@dataclass
class Runner:
    """Runs one job at a time; a newer wish makes what is still computed stale, and it is dropped.

    Attributes:
        show: told a picture whenever there is more to see.
        tell: told the progress of a full run; None when nothing runs any more.
        fail: told in a line why a job could not be run.
    """

    show: Callable[[Picture], None]
    tell: Callable[[Progress | None], None]
    fail: Callable[[str], None]
    _wanted: Job | None = None
    _task: "asyncio.Task[None] | None" = None
    _stop: bool = False
    _kept: "OrderedDict[tuple[str, ...], Outcome]" = field(default_factory=OrderedDict)

    def preview(self, study: Study, names: tuple[str, ...]) -> None:
        """Show a preview of the study as soon as may be."""
        self._want(Job(study, names, DRAWS, preview=True))

    def run(self, study: Study, names: tuple[str, ...], replications: int) -> None:
        """Simulate the study fully, so many times."""
        self._want(Job(study, names, replications, preview=False))

    def cancel(self) -> None:
        """Stop what runs; what was computed until then is shown, marked partial."""
        self._stop = True

    async def idle(self) -> None:
        """Wait until nothing is left to do."""
        while self._task is not None:
            await asyncio.shield(self._task)

    def _want(self, job: Job) -> None:
        self._wanted = job
        if self._task is not None:
            return
        try:
            self._task = asyncio.get_running_loop().create_task(self._work())
        except RuntimeError:  # a script has no loop that could go on in the background
            asyncio.run(self._work())

    async def _work(self) -> None:
        try:
            while self._wanted is not None:
                job, self._wanted, self._stop = self._wanted, None, False
                try:
                    await self._do(job)
                except (InvalidStudy, BadTrace, TooManyRequests, UnknownName) as problem:
                    self.fail(str(problem))
                except Exception as error:  # a fault of aisim must not vanish in a task
                    self.fail(f"aisim failed: {type(error).__name__}: {error}")
                if not job.preview:
                    self.tell(None)
        finally:
            self._task = None

    async def _do(self, job: Job) -> None:
        if not job.preview:
            await self._replicate(job, job.study)
            return
        study = preview_study(job.study)
        if not all(_key(job, study, name, 0) in self._kept for name in job.names):
            await self._glimpse(job)
        if self._wanted is None and not self._stop:
            await self._replicate(job, study)

    async def _glimpse(self, job: Job) -> None:
        """One very short draw, at once; what comes after takes a moment."""
        study = preview_study(job.study, GLIMPSE_REQUESTS)
        found = {o.candidate: [o] async for o in self._replication(job, study, 0, glimpse=True)}
        if len(found) == len(job.names):
            self.show(Picture(study, found, job.replications, preview=True))

    async def _replicate(self, job: Job, study: Study) -> None:
        outcomes: dict[str, list[Outcome]] = {name: [] for name in job.names}
        for replication in range(job.replications if job.names else 0):
            async for outcome in self._replication(job, study, replication):
                outcomes[outcome.candidate].append(outcome)
            through = all(len(found) > replication for found in outcomes.values())
            if through and self._worth_showing(job, study, replication):
                self.show(Picture(study, _even(outcomes), job.replications, preview=job.preview))
            if not through:
                break
        else:
            return
        if self._stop and not job.preview:
            self.tell(None)
            begun = {name: found for name, found in outcomes.items() if found}
            self.show(Picture(study, _even(begun), job.replications, stopped=True))

    def _worth_showing(self, job: Job, study: Study, replication: int) -> bool:
        """Every replication of a full run, some draws of a preview; not what comes at once."""
        if not job.preview or replication + 1 == job.replications:
            return True
        following = (_key(job, study, name, replication + 1) for name in job.names)
        return replication + 1 in SHOWN and not all(key in self._kept for key in following)

    async def _replication(
        self, job: Job, study: Study, r: int, *, glimpse: bool = False
    ) -> AsyncIterator[Outcome]:
        """The outcomes of all candidates; those that were simulated before come from memory."""
        requests, began = None, time.monotonic()
        for i, name in enumerate(job.names):
            key = _key(job, study, name, r)
            if key not in self._kept:
                requests = requests or draw_requests(study, r)
                trial = Trial(study, name, requests, saturate=not job.preview)
                complete = True
                async for done in _breathing(
                    trial.slices(), GLIMPSE_BREATH_S if glimpse else BREATH_S
                ):
                    if self._is_stale(glimpse, began) or self._stop:
                        complete = False
                        break
                    if not job.preview:
                        self._report(job, r, i + done, name)
                if complete:
                    self._keep(key, trial.finish())
                else:
                    if r == 0 and not job.preview and self._wanted is None:
                        yield trial.finish()
                    return
            yield self._keep(key, self._kept[key])

    def _is_stale(self, glimpse: bool, began: float) -> bool:
        """Whether a newer wish is worth more than the end of this."""
        if self._wanted is None:
            return False
        return not glimpse or time.monotonic() - began > PATIENCE_S

    def _report(self, job: Job, replication: int, candidates_done: float, name: str) -> None:
        done = (replication + candidates_done / len(job.names)) / job.replications
        words = f"replication {replication + 1} of {job.replications}, {name}"
        self.tell(Progress(done, words))

    def _keep(self, key: tuple[str, ...], outcome: Outcome) -> Outcome:
        self._kept[key] = outcome
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_OUTCOMES:
            self._kept.popitem(last=False)
        return outcome


async def _breathing(slices: Iterator[float], every_s: float) -> AsyncIterator[float]:
    """The slices of a simulation, with a pause for everything else now and then."""
    last = time.monotonic()
    for done in slices:
        if time.monotonic() - last >= every_s:
            await asyncio.sleep(0)
            last = time.monotonic()
            yield done


def _even(outcomes: dict[str, list[Outcome]]) -> dict[str, list[Outcome]]:
    """The same replications of every candidate."""
    count = min((len(found) for found in outcomes.values()), default=0)
    return {name: found[:count] for name, found in outcomes.items()}


def _key(job: Job, study: Study, name: str, replication: int) -> tuple[str, ...]:
    """What an outcome depends on."""
    parts = (study.workload, study.candidates[name], study.economics, study.run)
    return name, f"{replication} {job.preview}", *(part.model_dump_json() for part in parts)
