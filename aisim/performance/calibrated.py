"""A planner's own calibration in place of the catalog's parameters."""

from typing import NamedTuple

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.engines import EngineHost, GpuFit
from aisim.language import say
from aisim.performance.fits import kernels_named
from aisim.performance.precision import ACTIVATION_BYTES, WEIGHT_BYTES, compute
from aisim.scenario.calibration_file import CalibrationGroup, calibration_file, groups_for
from aisim.scenario.pools import Pool


class Calibrated(NamedTuple):
    """What `iteration_time` takes, None for the catalog's, and what to know of it."""

    fits: tuple[GpuFit, ...] | None = None
    host: EngineHost | None = None
    notes: tuple[str, ...] = ()


def pool_calibration(pool: Pool, device: Accelerator) -> Calibrated:
    """Return the calibration that a pool names, of the precision nearest to the pool's.

    Raises:
        InvalidStudy: A bad file, or one for another accelerator or engine.
        ValueError: The accelerator cannot compute in the pool's precision.
    """
    if pool.calibration is None:
        return Calibrated()
    found = calibration_file(pool.calibration)
    groups = groups_for(found.groups, device.name, pool.engine, pool.calibration)
    precision = compute(device, pool.weights, pool.activations).name
    kernels = kernels_named(pool.weights, precision)
    group = min(groups, key=lambda group: _gap(group.host_precision, kernels))
    origin = (pool.calibration, found.date)
    return Calibrated(
        (group.fit(*origin),), group.engine_host(*origin), _notes(group, kernels, *origin)
    )


def _gap(precision: str, other: str) -> float:
    """How far two precisions are apart; weight-only kernels are like no others."""
    if precision == other:
        return 0.0
    widths = [WEIGHT_BYTES.get(name, 2 * ACTIVATION_BYTES) for name in (precision, other)]
    return 0.1 + abs(widths[0] - widths[1])


def _notes(group: CalibrationGroup, kernels: str, file: str, day: str) -> tuple[str, ...]:
    by = {"file": file, "day": day, "runs": group.runs}
    notes = [say("calibrated by {file} of {day}, {runs} measurements", **by)]
    if group.host_precision != kernels:
        was, runs = group.host_precision, kernels
        apart = say("{file} was measured in {was}, this pool runs {runs}",
                    file=file, was=was, runs=runs)  # fmt: skip
        notes.append(apart)
    if group.helps is False:
        no_help = say(
            "{file} predicts runs left out of it no better than the catalog does", file=file
        )
        notes.append(no_help)
    if group.helps is None:
        few = say("{file} has too few measurements to tell how well it predicts others", file=file)
        notes.append(few)
    return tuple(notes)
