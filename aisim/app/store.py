"""The study on the desk: its history, what was refused, which candidate is in hand."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aisim.app.step import Step, opened
from aisim.performance.placement import plan_pools
from aisim.scenario import Fault, InvalidStudy, Study, parse_study

#: Edits of one field that follow each other faster than this are one step of the history.
SAME_STEP_S = 1.0
MOST_PINS = 4
#: What `Study.candidates` allows.
MOST_CANDIDATES = 50


class Store:
    """A study that can be edited, undone, redone, reset; it tells `on_change` of every change.

    Attributes:
        refused: by path of the field, what was wrong with the value last given for it.
    """

    def __init__(self, study: Study, clock: Callable[[], float] = time.monotonic) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self.refused: dict[str, str] = {}
        self._clock = clock
        self._steps = [opened(study)]
        self._at = 0
        self._baseline = ""
        self._last_edit: tuple[str, float] = ("", 0.0)

    # --- what there is ------------------------------------------------------------------------

    @property
    def _step(self) -> Step:
        return self._steps[self._at]

    @property
    def study(self) -> Study:
        """The study as it stands."""
        return self._step.study

    @property
    def base(self) -> Study:
        """The study as it was opened, its candidates under their names of now."""
        return self._step.base

    @property
    def opened(self) -> Study:
        """The study as it was opened."""
        return self._step.opened

    @property
    def baseline(self) -> str:
        """The candidate that the others are held against."""
        names = self.study.candidates
        return self._baseline if self._baseline in names else next(iter(names))

    @property
    def selected(self) -> str:
        """The candidate in hand."""
        return self._step.selected

    @property
    def last_path(self) -> str:
        """The field that was changed last, empty after any other step."""
        return self._last_edit[0]

    @property
    def pins(self) -> list[str]:
        """Names of the candidates that are kept as they stood, without controls."""
        return [name for name in self.study.candidates if name in self._step.pins]

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
        return len(self.pins) < MOST_PINS and self.can_add

    @property
    def can_pin_as_opened(self) -> bool:
        """Whether the candidate in hand is another than it was opened."""
        opened = self.base.candidates.get(self.selected)
        return self.can_pin and opened not in (None, self.study.candidates[self.selected])

    @property
    def can_add(self) -> bool:
        """Whether the study may have one more candidate."""
        return len(self.study.candidates) < MOST_CANDIDATES

    @property
    def can_remove(self) -> bool:
        """Whether the candidate in hand is none of the pins, and not the last of the others."""
        own = set(self.study.candidates) - set(self.pins)
        return self.selected in own and len(own) > 1

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
        self._push(replace(self._step, study=study), edit, merge=merge)
        return True

    def refuse(self, path: str, reason: str) -> None:
        """Keep what is wrong with a value given for a field; the study stays as it is."""
        self.refused[path] = reason
        self.on_change()

    def select(self, name: str) -> None:
        """Take a candidate in hand."""
        if name != self.selected and name in self.study.candidates:
            self._steps[self._at] = replace(self._step, selected=name)
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
        if self.study != self.opened:
            self._push(opened(self.opened, self.selected))
        else:
            self.on_change()

    def open(self, study: Study) -> None:
        """Go on with another study; undo brings back the one before."""
        self.refused.clear()
        self._push(opened(study))

    def hold_against(self, name: str) -> None:
        """Make a candidate the one that the others are held against."""
        if name != self.baseline and name in self.study.candidates:
            self._baseline = name
            self.on_change()

    def pin(self) -> None:
        """Keep the candidate in hand as it stands, under a name of its own; at most MOST_PINS."""
        if self.can_pin:
            candidate = self.study.candidates[self.selected]
            self._push(self._step.pinned(candidate, f"{self.selected[:56]}-pin"))

    def pin_as_opened(self) -> None:
        """Keep the candidate in hand as it was opened, to hold the changes against."""
        if self.can_pin_as_opened:
            candidate = self.base.candidates[self.selected]
            self._push(self._step.pinned(candidate, f"{self.selected[:53]}-opened"))

    def unpin(self, name: str) -> None:
        """Take a pinned candidate away."""
        if name in self.pins:
            self._push(self._step.without(name))

    def duplicate(self) -> None:
        """Take a copy of the candidate in hand, to be changed on its own."""
        if self.can_add:
            self._push(self._step.duplicated())

    def remove(self) -> None:
        """Take the candidate in hand away."""
        if self.can_remove:
            self._push(self._step.without(self.selected))

    def rename(self, name: str) -> None:
        """Give the candidate in hand another name.

        Raises:
            ValueError: another candidate has it, or a study cannot have it.
        """
        if name != self.selected:
            step = self._step.renamed(name)
            if self._baseline == self.selected:
                self._baseline = name
            self._push(step)

    # --- history ------------------------------------------------------------------------------

    def _push(
        self, step: Step, edit: tuple[str, float] = ("", 0.0), *, merge: bool = False
    ) -> None:
        keep = self._at if merge and self._at else self._at + 1
        kept = self._steps[:keep]
        if (kept[-1].study, kept[-1].opened) != (step.study, step.opened):
            kept.append(step)
        else:
            edit = ("", 0.0)
        self._steps = kept
        self._go(len(kept) - 1, edit)

    def _go(self, at: int, edit: tuple[str, float] = ("", 0.0)) -> None:
        self._at = at
        self._last_edit = edit
        self.on_change()


def _line(fault: Fault, path: str) -> str:
    """A fault beside the control that it is of; another field is named."""
    return fault.problem if fault.path == path else f"{fault.path}: {fault.problem}"
