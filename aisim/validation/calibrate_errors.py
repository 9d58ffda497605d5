"""How far a calibration is off: on what was fitted, and on what was left out."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from aisim.validation.calibrate_cases import Case, Parameters, Predictions, queues
from aisim.validation.calibrate_fit import Knob, fitted
from aisim.validation.setups import NotPredicted

_FOLDS = 5
MEASURES = ("tpot", "iteration", "throughput", "e2e", "ttft")
#: Standard errors by which the errors on left-out cases must be lower to be called so.
_CLEARLY = 1.0


class Spread(NamedTuple):
    """Median and 90th percentile of absolute relative errors."""

    median: float
    p90: float


class MeasureErrors(NamedTuple):
    """Of one measure: how many values, and the errors; None where nothing could be left out.

    `helps`: whether values left out of the fit are predicted better than by the catalog.
    """

    rows: int
    before: Spread
    after: Spread
    cross_validated: Spread | None
    helps: bool | None


class Judged(NamedTuple):
    """Errors by measure, in order of weight, and what was left out in turn."""

    errors: Mapping[str, MeasureErrors]
    left_out: str

    @property
    def helps(self) -> bool | None:
        """Whether the first measure, which weighs most in the fit, is predicted better."""
        return next((errors.helps for errors in self.errors.values()), None)


Key = tuple[int, str]
Errors = dict[Key, float]


def judged(
    before: Parameters, after: Parameters, cases: Sequence[Case], knobs: Sequence[Knob]
) -> Judged:
    """Return the errors of the catalog and of a calibration, in sample and cross-validated."""
    everything = range(len(cases))
    old, new = _errors(before, cases, everything), _errors(after, cases, everything)
    left_out, folds = _folds(cases)
    unseen: Errors = {}
    for fold in folds:
        kept = [case for i, case in enumerate(cases) if i not in fold]
        unseen |= _errors(fitted(before, kept, knobs).parameters, cases, fold)
    waiting = _only_load(before, cases)
    errors = {}
    for measure in MEASURES:
        keys = [
            key
            for key in old
            if key[1] == measure
            and key in new
            and key not in waiting
            and (not folds or key in unseen)
        ]
        if keys:
            errors[measure] = _measure_errors(keys, old, new, unseen)
    return Judged(errors, left_out)


def _measure_errors(keys: list[Key], old: Errors, new: Errors, unseen: Errors) -> MeasureErrors:
    spreads = _spread(old, keys), _spread(new, keys)
    if not unseen:
        return MeasureErrors(len(keys), *spreads, None, None)
    return MeasureErrors(len(keys), *spreads, _spread(unseen, keys), _helps(old, unseen, keys))


def _errors(parameters: Parameters, cases: Sequence[Case], which: Sequence[int]) -> Errors:
    """Absolute relative errors of the simulation, by case and measure."""
    said, found = Predictions(parameters), {}
    for i in which:
        try:
            simulated = said.simulated(cases[i])
        except NotPredicted:
            continue
        for measure, measured in cases[i].measured.items():
            found[i, measure] = abs(simulated[measure] / measured - 1.0)
    return found


def _only_load(before: Parameters, cases: Sequence[Case]) -> set[Key]:
    """TTFT of cases in which it is mostly waiting: there a percentage means nothing."""
    said, found = Predictions(before), set()
    for i, case in enumerate(cases):
        if "ttft" not in case.names:
            continue
        simulated = said.simulated(case)
        if queues(case, simulated, said.closed(case, simulated["sequences"])):
            found.add((i, "ttft"))
    return found


def _folds(cases: Sequence[Case]) -> tuple[str, list[list[int]]]:
    """What is left out in turn: a model, else a tensor parallelism, else a load, else a part.

    What differs most from the rest is what a planner will ask for next.
    """
    if len(cases) < 2:
        return "nothing", []
    labels = {
        "one model in turn": [case.ran.model.name for case in cases],
        "one tensor parallelism in turn": [str(case.ran.parallel.tensor) for case in cases],
        "one load in turn": [case.load for case in cases],
    }
    for words, label in labels.items():
        known = sorted(set(label))
        if len(known) > 2 or (len(known) == 2 and len(cases) > 3):
            return words, [[i for i, own in enumerate(label) if own == name] for name in known]
    count = min(_FOLDS, len(cases))
    return (
        f"one of {count} parts in turn",
        [list(range(part, len(cases), count)) for part in range(count)],
    )


def _spread(errors: Errors, keys: Sequence[Key]) -> Spread:
    values = [errors[key] for key in keys]
    return Spread(float(np.median(values)), float(np.quantile(values, 0.9)))


def _helps(old: Errors, unseen: Errors, keys: Sequence[Key]) -> bool:
    """Whether left-out cases are predicted better, by more than chance would have it."""
    gains = np.array([old[key] - unseen[key] for key in keys])
    if len(gains) < 2:
        return False
    doubt = float(gains.std(ddof=1)) / np.sqrt(len(gains))
    lower = _spread(unseen, keys).median < _spread(old, keys).median
    return bool(lower and gains.mean() > _CLEARLY * doubt)
