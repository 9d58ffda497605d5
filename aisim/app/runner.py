"""Simulations in the background of a notebook: slice by slice, newest wish first, cancellable."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from math import inf

from aisim.app.link import is_dashboard
from aisim.app.memory import Key, Memory, outcome_key
from aisim.app.soon import PAGE_S
from aisim.catalog import UnknownName
from aisim.language import say, tr
from aisim.planning import (
    GLIMPSE_REQUESTS,
    Outcome,
    Picture,
    Trial,
    draws_of,
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
#: A preview in a dashboard ends by then: its server has other visitors.
PREVIEW_S = 20.0
#: By then the words that follow a picture are there.
WORDS_S = 1.2 * PAGE_S
#: Draws of a preview after which it is shown.
SHOWN = (1, 3)


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


@dataclass(frozen=True)
class Draw:
    """One draw of a job: the study as it is simulated, which replication, since when."""

    job: Job
    study: Study
    replication: int
    is_glimpse: bool = False
    began_s: float = field(default_factory=time.monotonic)

    def key(self, name: str) -> Key:
        """What the outcome of a candidate is remembered by."""
        saturated = not self.job.preview
        return outcome_key(self.study, name, self.replication, saturated=saturated)

    def progress(self, place: int, done: float) -> Progress:
        """How far the job is when a share of the candidate at a place is done."""
        names, wanted = self.job.names, self.job.replications
        share = (self.replication + (place + done) / len(names)) / wanted
        words = say(
            "replication {n} of {wanted}, {candidate}",
            n=self.replication + 1,
            wanted=wanted,
            candidate=names[place],
        )
        return Progress(share, tr(words))


@dataclass
class Runner:
    """Runs one job at a time; a newer wish makes what is still computed stale, and it is dropped.

    Attributes:
        show: told a picture whenever there is more to see.
        tell: told the progress of a full run; None when nothing runs any more, and why in words.
        fail: told in a line why a job could not be run.
        memory: the outcomes that are known.
    """

    show: Callable[[Picture], None]
    tell: Callable[[Progress | None, str], None]
    fail: Callable[[str], None]
    memory: Memory = field(default_factory=Memory)
    _wanted: Job | None = None
    _task: "asyncio.Task[None] | None" = None
    _stop: bool = False
    _full: bool = False
    _ends_s: float = inf

    def preview(self, study: Study, names: tuple[str, ...]) -> None:
        """Show a preview of the study as soon as may be."""
        self._want(Job(study, names, 0, preview=True))

    def run(self, study: Study, names: tuple[str, ...], replications: int) -> None:
        """Simulate the study fully, so many times."""
        self._want(Job(study, names, replications, preview=False))

    def cancel(self) -> None:
        """Stop a full run; what was computed until then is shown, marked partial."""
        if self._full:
            self._stop = True

    async def idle(self) -> None:
        """Wait until nothing is left to do."""
        while self._task is not None:
            await asyncio.shield(self._task)
        await asyncio.sleep(WORDS_S)

    def _want(self, job: Job) -> None:
        self._wanted, self._stop, self._full = job, False, not job.preview
        if self._task is not None:
            return
        try:
            self._task = asyncio.get_running_loop().create_task(self._work())
        except RuntimeError:  # a script has no loop that could go on in the background
            asyncio.run(self._alone())

    async def _alone(self) -> None:
        """All that is wanted, and the words that follow it."""
        await self._work()
        await asyncio.sleep(WORDS_S)

    async def _work(self) -> None:
        try:
            while self._wanted is not None:
                job, self._wanted = self._wanted, None
                try:
                    await self._do(job)
                except (InvalidStudy, BadTrace, TooManyRequests, UnknownName) as problem:
                    self.fail(str(problem))
                except Exception as error:  # a fault of aisim must not vanish in a task
                    self.fail(f"aisim failed: {type(error).__name__}: {error}")
                if not job.preview:
                    self.tell(None, self._why_it_ended())
        finally:
            self._task, self._full = None, False

    async def _do(self, job: Job) -> None:
        limited = job.preview and is_dashboard()
        self._ends_s = time.monotonic() + PREVIEW_S if limited else inf
        if not job.preview:
            await self._replicate(job, job.study)
            return
        study = preview_study(job.study)
        job = replace(job, replications=draws_of(study))
        if not all(Draw(job, study, 0).key(name) in self.memory for name in job.names):
            await self._glimpse(job)
        if self._wanted is not None or self._stop:
            return
        if not await self._replicate(job, study) and self._wanted is None and self._is_late():
            self.fail(f"the preview took longer than {PREVIEW_S:g} s and was stopped")

    async def _glimpse(self, job: Job) -> None:
        """One very short draw, at once; what comes after takes a moment."""
        draw = Draw(job, preview_study(job.study, GLIMPSE_REQUESTS), 0, is_glimpse=True)
        found = {outcome.candidate: [outcome] async for outcome in self._outcomes(draw)}
        if len(found) == len(job.names):
            self._show(job, draw.study, found)
            await asyncio.sleep(PAGE_S)

    async def _replicate(self, job: Job, study: Study) -> bool:
        """Draw after draw; whether all were made."""
        outcomes: dict[str, list[Outcome]] = {name: [] for name in job.names}
        for replication in range(job.replications if job.names else 0):
            await asyncio.sleep(0)
            if self._stop or self._wanted is not None or self._is_late():
                break
            draw = Draw(job, study, replication)
            async for outcome in self._outcomes(draw):
                outcomes[outcome.candidate].append(outcome)
            if not all(len(found) > replication for found in outcomes.values()):
                break
            if self._is_worth_showing(draw):
                self._show(job, study, _even(outcomes))
        else:
            return True
        if self._stop and not job.preview:
            self.tell(None, self._why_it_ended())
            begun = {name: found for name, found in outcomes.items() if found}
            through = len(begun) == len(outcomes)
            kept = _even(begun) if through else begun
            self._show(job, study, kept, stopped=True)
        return False

    def _show(
        self, job: Job, study: Study, found: dict[str, list[Outcome]], *, stopped: bool = False
    ) -> None:
        self.show(Picture(study, found, job.replications, job.preview, stopped, asked=job.study))

    def _why_it_ended(self) -> str:
        """Words on a full run that did not come to its end."""
        if self._wanted is not None:
            return tr(
                "The full run was stopped: something was changed. What it found is remembered."
            )
        return tr("Stopped.") if self._stop else ""

    def _is_worth_showing(self, draw: Draw) -> bool:
        """Every replication of a full run, some draws of a preview; not what comes at once."""
        number = draw.replication + 1
        if not draw.job.preview or number == draw.job.replications:
            return True
        following = Draw(draw.job, draw.study, number)
        known = all(following.key(name) in self.memory for name in draw.job.names)
        return number in SHOWN and not known

    async def _outcomes(self, draw: Draw) -> AsyncIterator[Outcome]:
        """The outcomes of all candidates; partial where a first replication was stopped."""
        requests = None
        for i, name in enumerate(draw.job.names):
            outcome = self.memory.get(draw.key(name))
            if outcome is None:
                if requests is None:
                    requests = draw_requests(draw.study, draw.replication)
                trial = Trial(draw.study, name, requests, saturate=not draw.job.preview)
                through = await self._simulate(draw, trial, i)
                if not through and (not self._stop or draw.job.preview or draw.replication):
                    return
                outcome = trial.finish()
                if not through:
                    yield outcome
                    return
                self.memory.keep(draw.key(name), outcome)
            yield outcome

    async def _simulate(self, draw: Draw, trial: Trial, place: int) -> bool:
        """Simulate a trial, with a pause for everything else now and then; whether to its end."""
        breath_s = GLIMPSE_BREATH_S if draw.is_glimpse else BREATH_S
        last = time.monotonic()
        for done in trial.slices():
            if time.monotonic() - last < breath_s:
                continue
            await asyncio.sleep(0)
            last = time.monotonic()
            if self._stop or self._is_stale(draw) or self._is_late():
                return False
            if not draw.job.preview:
                self.tell(draw.progress(place, done), "")
        return True

    def _is_late(self) -> bool:
        return time.monotonic() > self._ends_s

    def _is_stale(self, draw: Draw) -> bool:
        """Whether a newer wish is worth more than the end of this."""
        if self._wanted is None:
            return False
        return not draw.is_glimpse or time.monotonic() - draw.began_s > PATIENCE_S


def _even(outcomes: dict[str, list[Outcome]]) -> dict[str, list[Outcome]]:
    """The same replications of every candidate."""
    count = min((len(found) for found in outcomes.values()), default=0)
    return {name: found[:count] for name, found in outcomes.items()}
