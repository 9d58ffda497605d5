"""One state of the desk, and the states that follow when candidates come, go or are renamed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aisim.scenario import Candidate, InvalidStudy, Study, parse_study


@dataclass(frozen=True)
class Step:
    """One state of the desk.

    Attributes:
        study: the study, always valid as a declaration; a pool may still not fit.
        selected: the candidate whose controls are shown.
        base: the study as it was opened, with the names of now: what sliders are centred on.
        opened: the study as it was opened, what a reset goes back to.
        pins: names of candidates that are kept as they stood.
    """

    study: Study
    selected: str
    base: Study
    opened: Study
    pins: tuple[str, ...] = ()

    def pinned(self, candidate: Candidate, stem: str) -> "Step":
        """A candidate is kept under a name of its own, without controls."""
        name = self._free_name(stem)
        return replace(self, study=_with(self.study, name, candidate), pins=(*self.pins, name))

    def duplicated(self) -> "Step":
        """A copy of the candidate in hand is in hand; its sliders are centred where it stands."""
        candidate, name = (
            self.study.candidates[self.selected],
            self._free_name(f"{self.selected[:57]}-copy"),
        )
        study, base = (_with(each, name, candidate) for each in (self.study, self.base))
        return replace(self, study=study, base=base, selected=name)

    def without(self, name: str) -> "Step":
        """A candidate is taken away."""
        study, base = (_without(each, name) for each in (self.study, self.base))
        own = next(n for n in study.candidates if n not in self.pins)
        return replace(
            self,
            study=study,
            base=base,
            selected=self.selected if self.selected != name else own,
            pins=tuple(pin for pin in self.pins if pin != name),
        )

    def renamed(self, name: str) -> "Step":
        """The candidate in hand has another name.

        Raises:
            ValueError: another candidate has it, or a study cannot have it.
        """
        old = self.selected
        if name in self.study.candidates:
            raise ValueError(f"{name} is the name of another candidate")
        data = self.study.model_dump(mode="json")
        data["candidates"] = _moved(data["candidates"], old, name)
        try:
            study = parse_study(data, "")
        except InvalidStudy as invalid:
            raise ValueError("; ".join(fault.problem for fault in invalid.faults)) from None
        centred = {"candidates": _moved(self.base.candidates, old, name)}
        return replace(
            self,
            study=study,
            base=self.base.model_copy(update=centred),
            selected=name,
        )

    def _free_name(self, stem: str) -> str:
        numbers = range(1, len(self.study.candidates) + 2)
        return next(f"{stem}{n}" for n in numbers if f"{stem}{n}" not in self.study.candidates)


def opened(study: Study, selected: str | None = None) -> Step:
    """A study as it is opened, with a candidate in hand if it has it."""
    first = next(iter(study.candidates))
    in_hand = selected if selected in study.candidates else first
    return Step(study, in_hand or first, base=study, opened=study)


def _with(study: Study, name: str, candidate: Candidate) -> Study:
    return study.model_copy(update={"candidates": {**study.candidates, name: candidate}})


def _without(study: Study, name: str) -> Study:
    """The study without a candidate; one that had no other stays as it is."""
    candidates = {n: c for n, c in study.candidates.items() if n != name}
    return study.model_copy(update={"candidates": candidates}) if candidates else study


def _moved(candidates: Mapping[str, Any], old: str, name: str) -> dict[str, Any]:
    """The same under another name, in the same order."""
    return {name if key == old else key: value for key, value in candidates.items()}
