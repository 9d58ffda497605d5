"""The study on the desk: its history, what was refused, which candidate is in hand."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from aisim.performance.placement import plan_pools
from aisim.scenario import Candidate, Fault, InvalidStudy, Study, parse_study

#: Edits of one field that follow each other faster than this are one step of the history.
SAME_STEP_S = 1.0
MOST_PINS = 4
#: What `Study.candidates` allows.
MOST_CANDIDATES = 50


@dataclass(frozen=True)
class Step:
    """One state of the desk.

    Attributes:
        study: the study, always valid as a declaration; a pool may still not fit.
        selected: the candidate whose controls are shown.
        base: the study as it was opened.
    """

    study: Study
    selected: str
    base: Study


class Store:
    """A study that can be edited, undone, redone, reset; it tells `on_change` of every change.

    Attributes:
        refused: by path of the field, what was wrong with the value last given for it.
    """

    def __init__(self, study: Study, clock: Callable[[], float] = time.monotonic) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self.refused: dict[str, str] = {}
        self._clock = clock
        self._steps = [_opened(study)]
        self._at = 0
        self._last_edit: tuple[str, float] = ("", 0.0)

    # --- what there is ------------------------------------------------------------------------

    @property
    def study(self) -> Study:
        """The study as it stands."""
        return self._steps[self._at].study

    @property
    def base(self) -> Study:
        """The study as it was opened."""
        return self._steps[self._at].base

    @property
    def selected(self) -> str:
        """The candidate in hand."""
        return self._steps[self._at].selected

    @property
    def last_path(self) -> str:
        """The field that was changed last, empty after any other step."""
        return self._last_edit[0]

    @property
    def pins(self) -> list[str]:
        """Names of the pinned candidates: those that the study did not have when it was opened."""
        return [name for name in self.study.candidates if name not in self.base.candidates]

    @property
    def can_undo(self) -> bool:
        """Whether there is a step before."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether a step was undone."""
        return self._at < len(self._steps) - 1

    @property
    def can_pin(self) -> bool:
        """Whether the study may have one more candidate, and the desk one more pin."""
        return len(self.pins) < MOST_PINS and len(self.study.candidates) < MOST_CANDIDATES

    def problems(self) -> dict[str, str]:
        """Candidates that cannot run as they stand, and why."""
        found = {}
        for name, candidate in self.study.candidates.items():
            try:
                plan_pools(candidate)
            except InvalidStudy as invalid:
                found[name] = "; ".join(map(str, invalid.faults))
        return found

    # --- what can be done ---------------------------------------------------------------------

    def edit(self, path: str, value: Any) -> bool:
        """Set a field; a value that the study cannot have is refused, and the reason is kept."""
        data = self.study.model_dump(mode="json")
        parts = path.split(".")
        target = data
        for part in parts[:-1]:
            target = target[part]
        if target[parts[-1]] == value:
            if self.refused.pop(path, None) is not None:
                self.on_change()
            return True
        target[parts[-1]] = value
        try:
            study = parse_study(data, "")
        except InvalidStudy as invalid:
            self.refuse(path, "; ".join(_line(fault, path) for fault in invalid.faults))
            return False
        self.refused.pop(path, None)
        before, at = self._last_edit
        edit = (path, self._clock())
        merge = before == path and edit[1] - at < SAME_STEP_S
        self._push(replace(self._steps[self._at], study=study), edit, merge=merge)
        return True

    def refuse(self, path: str, reason: str) -> None:
        """Keep what is wrong with a value given for a field; the study stays as it is."""
        self.refused[path] = reason
        self.on_change()

    def select(self, name: str) -> None:
        """Take a candidate in hand."""
        if name != self.selected and name in self.study.candidates:
            self._steps[self._at] = replace(self._steps[self._at], selected=name)
            self.on_change()

    def undo(self) -> None:
        """Back by one step."""
        if self.can_undo:
            self.refused.clear()
            self._go(self._at - 1)

    def redo(self) -> None:
        """Forward by one step."""
        if self.can_redo:
            self.refused.clear()
            self._go(self._at + 1)

    def reset(self) -> None:
        """Back to the study as it was opened; can be undone."""
        self.refused.clear()
        if self.study != self.base:
            known = self.selected in self.base.candidates
            step = _opened(self.base)
            self._push(replace(step, selected=self.selected) if known else step)
        else:
            self.on_change()

    def open(self, study: Study) -> None:
        """Go on with another study; undo brings back the one before."""
        self.refused.clear()
        self._push(_opened(study))

    def pin(self) -> str | None:
        """Keep the candidate in hand as it stands, under a name of its own, beside the others.

        Returns its name, or None when there are MOST_PINS already.
        """
        if not self.can_pin:
            return None
        candidates = dict(self.study.candidates)
        numbers = range(1, len(candidates) + 2)
        names = (f"{self.selected[:56]}-pin{n}" for n in numbers)
        name = next(name for name in names if name not in candidates)
        candidates[name] = candidates[self.selected]
        self._put(candidates, self.selected)
        return name

    def unpin(self, name: str) -> None:
        """Take a pinned candidate away."""
        if name in self.pins:
            candidates = {n: c for n, c in self.study.candidates.items() if n != name}
            selected = self.selected if self.selected != name else next(iter(candidates))
            self._put(candidates, selected)

    def _put(self, candidates: dict[str, Candidate], selected: str) -> None:
        study = self.study.model_copy(update={"candidates": candidates})
        self._push(Step(study, selected, self.base))

    # --- history ------------------------------------------------------------------------------

    def _push(
        self, step: Step, edit: tuple[str, float] = ("", 0.0), *, merge: bool = False
    ) -> None:
        keep = self._at if merge and self._at else self._at + 1
        kept = self._steps[:keep]
        if (kept[-1].study, kept[-1].base) != (step.study, step.base):
            kept.append(step)
        else:
            edit = ("", 0.0)
        self._steps = kept
        self._go(len(kept) - 1, edit)

    def _go(self, at: int, edit: tuple[str, float] = ("", 0.0)) -> None:
        self._at = at
        self._last_edit = edit
        self.on_change()


def _opened(study: Study) -> Step:
    return Step(study, next(iter(study.candidates)), study)


def _line(fault: Fault, path: str) -> str:
    """A fault beside the control that it is of; another field is named."""
    return fault.problem if fault.path == path else f"{fault.path}: {fault.problem}"
