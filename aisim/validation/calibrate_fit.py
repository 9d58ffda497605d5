"""The fit of a few parameters to a planner's cases.

Least squares on the logarithm of predicted over measured, soft-L1 against outliers, with a prior
at the catalog's own parameters that weighs as much as a few rows: little data moves little. The
prediction is the closed form of a steady load, scaled to the simulation at the last parameters
found; so it is simulated and fitted in turn until nothing moves.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import least_squares

from aisim.performance.fits import PARAMETERS
from aisim.validation.calibrate_cases import Case, Parameters, Predictions, queues
from aisim.validation.fit_kernels import fit_group
from aisim.validation.measured import Step
from aisim.validation.setups import NotPredicted

_ROW_SPREAD = 0.1
_PRIOR_ROWS = 3.0
_ROUNDS = 4
_STILL = 0.01
#: TTFT is noisy, and throughput says again what TPOT says.
_WEIGHTS = {"ttft": 0.3, "e2e": 0.3, "throughput": 0.3}
FEWEST = 3

COMPUTE = ("eff_c_dense", "eff_c_moe", "eff_prefill_attn")
MEMORY = ("eff_m_dense", "eff_m_moe", "eff_kv_decode", "eff_kv_mixed")
LAUNCHES = ("launch_share", "experts_share")


class Knob(NamedTuple):
    """A number that is fitted, 0 for the catalog's parameters.

    A factor is its exponential; a time moves by so many times itself, or `least` where the
    catalog has less. `spread` is its standard deviation before anything was measured.
    """

    name: str
    spread: float
    limit: float
    least: float = 0.0


#: For several cases.
KNOBS = (
    Knob("compute", 0.3, 1.1),
    Knob("memory", 0.3, 1.1),
    Knob("launches", 0.5, 1.5),
    Knob("iteration_us", 3.0, 20.0, 500.0),
    Knob("sequence_us", 2.0, 20.0, 20.0),
    Knob("delay_iterations", 1.0, 20.0, 2.0),
)
#: For one or two: what is common to all times, and the host.
FEW = (Knob("common", 0.1, 1.1), Knob("iteration_us", 0.5, 20.0, 500.0))


class Found(NamedTuple):
    """Parameters, the knobs that led to them, and how much of each the data told (0 to 1)."""

    parameters: Parameters
    at: dict[str, float]
    told: dict[str, float]


def knobs_for(cases: Sequence[Case]) -> tuple[Knob, ...]:
    """Return what is fitted to so many cases."""
    if len(cases) < FEWEST:
        return FEW
    with_ttft = any({"ttft", "e2e"} & case.names.keys() for case in cases)
    steps = all(isinstance(case.what, Step) for case in cases)
    left_out = {"delay_iterations"} if steps or not with_ttft else set()
    return tuple(knob for knob in KNOBS if knob.name not in left_out)


def applied(start: Parameters, knobs: Sequence[Knob], at: Mapping[str, float]) -> Parameters:
    """Return the parameters with the knobs turned so far."""
    common = at.get("common", 0.0)
    factors: dict[str, float] = {}
    factors |= dict.fromkeys(COMPUTE, at.get("compute", 0.0) + common)
    factors |= dict.fromkeys(MEMORY, at.get("memory", 0.0) + common)
    launches = at.get("launches", 0.0) - common
    host: dict[str, float] = {
        name: getattr(start.host, name) * float(np.exp(launches)) for name in LAUNCHES
    }
    for knob in knobs:
        if knob.least:
            known = getattr(start.host, knob.name)
            step = max(known, knob.least) * at[knob.name]
            host[knob.name] = max(0.0, known + step)
    kernels = {
        name: getattr(start.fit, name) * float(np.exp(log))
        for name, log in factors.items()
        if getattr(start.fit, name) is not None
    }
    return Parameters(start.fit.model_copy(update=kernels), start.host.model_copy(update=host))


def fitted(start: Parameters, cases: Sequence[Case], knobs: Sequence[Knob]) -> Found:
    """Return the parameters that fit these cases, from those of the catalog.

    Steps with kernels measured one by one give the kernels; all else what remains.
    """
    parts = [case.what for case in cases if case.has_parts and isinstance(case.what, Step)]
    told: dict[str, float] = {}
    if parts:
        start = _with_kernels(start, parts)
        told = {"kernels": 1.0}
    whole = [case for case in cases if not case.has_parts]
    at = {knob.name: 0.0 for knob in knobs}
    if not whole:
        return Found(start, at, told)
    now = start
    for _ in range(_ROUNDS):
        before, rows = at, _rows(now, whole)
        at, told_now = _least_squares(start, rows, knobs, at)
        now = applied(start, knobs, at)
        if all(abs(at[name] - before[name]) < _STILL for name in at):
            break
    return Found(now, at, {**told, **told_now})


def _with_kernels(start: Parameters, steps: Sequence[Step]) -> Parameters:
    kin = {name: float(getattr(start.fit, name)) for name in PARAMETERS}
    if start.fit.eff_kv_mixed is not None:
        kin["eff_kv_mixed"] = start.fit.eff_kv_mixed
    kernels = fit_group(steps, kin=kin)
    return start._replace(fit=start.fit.model_copy(update=kernels))


class Row(NamedTuple):
    """One measured value: how far simulation and closed form are apart, in logarithms."""

    case: Case
    sequences: float
    measure: str
    gap: float
    weight: float


def _rows(now: Parameters, cases: Sequence[Case]) -> list[Row]:
    """The rows of a fit, each with what these parameters say."""
    said, rows = Predictions(now), []
    for case in cases:
        try:
            simulated = said.simulated(case)
        except NotPredicted:
            continue
        sequences = simulated["sequences"]
        closed = said.closed(case, sequences)
        for measure, measured in case.measured.items():
            if measure == "ttft" and queues(case, simulated, closed):
                continue
            weight = _WEIGHTS.get(measure, 1.0) if len(case.measured) > 1 else 1.0
            gap = float(np.log(simulated[measure] / closed[measure] / measured))
            rows.append(Row(case, sequences, measure, gap, weight))
    return rows


def _least_squares(
    start: Parameters, rows: Sequence[Row], knobs: Sequence[Knob], first: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    names = [knob.name for knob in knobs]
    pull = np.sqrt(_PRIOR_ROWS) * _ROW_SPREAD / np.array([knob.spread for knob in knobs])
    limit = np.array([knob.limit for knob in knobs])
    weights = np.array([row.weight for row in rows])
    cases = list({row.case: row for row in rows}.values())

    def residuals(logs: Any) -> Any:
        at = dict(zip(names, logs.tolist(), strict=True))
        said = Predictions(applied(start, knobs, at))
        closed = {row.case: said.closed(row.case, row.sequences) for row in cases}
        misfit = np.array([np.log(closed[row.case][row.measure]) + row.gap for row in rows])
        return np.concatenate([np.clip(misfit, -3, 3) * weights, pull * logs])

    inside = np.clip([first[name] for name in names], -0.99 * limit, 0.99 * limit)
    found = least_squares(
        residuals, inside, bounds=(-limit, limit), loss="soft_l1", f_scale=_ROW_SPREAD,
        diff_step=1e-4, xtol=1e-5, ftol=1e-6,
    )  # fmt: skip
    return dict(zip(names, found.x.tolist(), strict=True)), _told(names, found.jac, pull)


def _told(names: Sequence[str], jacobian: Any, pull: Any) -> dict[str, float]:
    """How much of the prior's variance of each knob the data took away."""
    data = jacobian[: len(jacobian) - len(names)]
    left = np.diag(np.linalg.inv(data.T @ data + np.diag(pull**2)))
    told = np.clip(1.0 - left * pull**2, 0.0, 1.0)
    return dict(zip(names, told.tolist(), strict=True))
