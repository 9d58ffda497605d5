"""A planner's own calibration in place of the catalog's parameters."""

from typing import NamedTuple

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.engines import EngineHost, GpuFit
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
    notes = [f"calibrated by {file} of {day}, {group.runs} measurements"]
    if group.host_precision != kernels:
        notes.append(f"{file} was measured in {group.host_precision}, this pool runs {kernels}")
    if group.helps is False:
        notes.append(f"{file} predicts runs left out of it no better than the catalog does")
    if group.helps is None:
        notes.append(f"{file} has too few measurements to tell how well it predicts others")
    return tuple(notes)
