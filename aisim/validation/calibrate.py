"""Parameters of an accelerator and an engine, from a planner's own benchmark.

Few parameters, as such data can tell few: a factor on all rates of computing, one on all rates
of memory, one on all launches, and what the engine's host adds. How well they predict is told
by runs that were left out of the fit in turn.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aisim.catalog import UnknownName
from aisim.performance.fits import PARAMETERS
from aisim.validation.calibrate_cases import (
    Case,
    Group,
    Measured,
    Parameters,
    Predictions,
    cases_of,
    catalog_parameters,
)
from aisim.validation.calibrate_errors import Judged, judged
from aisim.validation.calibrate_fit import FEWEST, Found, fitted, knobs_for
from aisim.validation.measured import BadMeasurements, Measurements, Step
from aisim.validation.setups import NotPredicted, accelerator_named

MOST_STEPS = 400
_TOLD = 0.5
_SUSPECT = 1.1
HOST = ("launch_share", "experts_share", "iteration_us", "sequence_us", "delay_iterations")
KERNELS = (*PARAMETERS, "eff_kv_mixed")


class Calibrated(NamedTuple):
    """One group: the catalog's parameters, those fitted, their errors, and what to know.

    `told` says of each knob how much of what was unknown before the data took away, 0 to 1.
    """

    group: Group
    engine_version: str
    before: Parameters
    after: Parameters
    told: Mapping[str, float]
    judged: Judged
    cases: int
    notes: tuple[str, ...]


class Calibration(NamedTuple):
    """All groups, and how many rows were left out for which reason."""

    groups: tuple[Calibrated, ...]
    left_out: Mapping[str, int]


def calibrate(measured: Measurements) -> Calibration:
    """Return the parameters that fit what was measured, for each accelerator, engine, precision.

    Raises:
        BadMeasurements: An accelerator that the catalog does not know, or nothing that can be
            predicted; one line.
    """
    _refuse_unknown(measured)
    groups, left_out = cases_of(measured)
    done = []
    for group, cases in groups.items():
        try:
            done.append(_calibrated(group, _served(group, cases, left_out)))
        except NotPredicted as reason:
            left_out[f"{group}: {reason}"] += len(cases)
    if not done:
        reasons = [f"{reason} ({n})" for reason, n in left_out.items() if n]
        raise BadMeasurements(f"nothing to calibrate with: {', '.join(reasons[:3]) or 'no rows'}")
    return Calibration(tuple(done), {reason: n for reason, n in left_out.items() if n})


def _refuse_unknown(measured: Measurements) -> None:
    rows: tuple[Measured, ...] = (*measured.runs, *measured.logs, *measured.steps)
    for what in rows:
        try:
            accelerator_named(what.setup.hardware)
        except UnknownName as unknown:
            raise BadMeasurements(f"{what.source[:200]}: hardware: {unknown}") from None


def _served(group: Group, cases: list[Case], left_out: Counter[str]) -> list[Case]:
    """The cases that a simulation with the catalog's parameters can serve."""
    said, served = Predictions(catalog_parameters(group, cases)[0]), []
    for case in _fewer_steps(cases, left_out):
        try:
            said.simulated(case)
        except NotPredicted as reason:
            left_out[str(reason)] += 1
        else:
            served.append(case)
    if not served:
        raise NotPredicted("nothing of a group can be predicted")
    return served


def _fewer_steps(cases: list[Case], left_out: Counter[str]) -> list[Case]:
    """Of many steps, evenly so many that the fit does not take minutes."""
    steps = [case for case in cases if isinstance(case.what, Step)]
    if len(steps) <= MOST_STEPS:
        return cases
    kept = {id(steps[i * len(steps) // MOST_STEPS]) for i in range(MOST_STEPS)}
    left_out[f"more than {MOST_STEPS} steps of {len(steps)}"] += len(steps) - len(kept)
    return [case for case in cases if not isinstance(case.what, Step) or id(case) in kept]


def _calibrated(group: Group, cases: list[Case]) -> Calibrated:
    before, version = catalog_parameters(group, cases)
    knobs = knobs_for(cases)
    found = fitted(before, cases, knobs)
    judgement = judged(before, found.parameters, cases, knobs)
    return Calibrated(
        group, version, before, found.parameters, found.told, judgement, len(cases),
        (*_verdict(judgement), *_untold(found, cases), *_suspects(found.parameters, before)),
    )  # fmt: skip


def _verdict(judgement: Judged) -> tuple[str, ...]:
    if judgement.helps is None:
        return ("too few measurements to leave some out: how well others are predicted is unknown",)
    worse = [measure for measure, errors in judgement.errors.items() if not errors.helps]
    if not worse:
        return ()
    words = f"{', '.join(worse)} NOT BETTER than with the catalog on what was left out of the fit"
    advice = "" if judgement.helps else ": prefer the catalog, or measure more"
    return (f"{words} ({judgement.left_out}){advice}",)


def _untold(found: Found, cases: Sequence[Case]) -> tuple[str, ...]:
    """What the data could not tell, in words."""
    notes = []
    if len(cases) < FEWEST:
        notes.append(
            f"fewer than {FEWEST} measurements: only one common factor and iteration_us are "
            "fitted, both held near the catalog"
        )
    weak = [name for name, told in found.told.items() if told < _TOLD]
    if weak and len(cases) >= FEWEST:
        notes.append(f"hardly told by these data, so near the catalog: {', '.join(weak)}")
    if len({case.load for case in cases}) < 2 and len(cases) > 1:
        notes.append("all at one load: computing, memory and host are hard to tell apart")
    if not any(case.ran.model.n_experts for case in cases):
        notes.append("no mixture of experts was measured: experts move with the dense products")
    if all(case.ran.parallel.gpus == 1 for case in cases):
        notes.append("one GPU a replica: nothing is told of the links between several")
    return tuple(notes)


def _suspects(after: Parameters, before: Parameters) -> tuple[str, ...]:
    """Rates beyond the data sheet point to a mistake in what was said to have run."""
    high = [
        name
        for name in KERNELS
        if name.startswith("eff_")
        and (getattr(after.fit, name) or 0.0) > max(_SUSPECT, getattr(before.fit, name) or 0.0)
    ]
    if not high:
        return ()
    return (
        f"{', '.join(high)} beyond the data sheet: check accelerator, precision and parallelism",
    )
