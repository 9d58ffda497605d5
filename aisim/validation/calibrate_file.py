"""A calibration as a file that studies can use."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from aisim.scenario.calibration_file import FORMAT, CalibrationFile
from aisim.validation.calibrate import HOST, KERNELS, Calibrated, Calibration
from aisim.validation.calibrate_errors import MeasureErrors, Spread

_LONGEST = 200


def as_file(calibration: Calibration, sources: Sequence[str]) -> CalibrationFile:
    """Return the calibration as it is written, numbers to five digits."""
    return CalibrationFile.model_validate(
        {
            "aisim_calibration": FORMAT,
            "date": date.today().isoformat(),
            "sources": [_line(source) for source in sources[:1000]],
            "groups": [_group(done) for done in calibration.groups],
        }
    )


def _group(done: Calibrated) -> dict[str, Any]:
    return {
        "accelerator": done.group.accelerator,
        "engine": done.group.engine,
        "engine_version": _line(done.engine_version),
        "precision": done.group.precision,
        "host_precision": done.group.kernels,
        "runs": done.cases,
        "helps": done.judged.helps,
        "note": "; ".join(done.notes),
        "kernels": {name: _short(getattr(done.after.fit, name)) for name in KERNELS},
        "host": {name: _short(getattr(done.after.host, name)) for name in HOST},
        "errors": {name: _errors(errors) for name, errors in done.judged.errors.items()},
    }


def _errors(errors: MeasureErrors) -> dict[str, Any]:
    return {
        "rows": errors.rows,
        **_spread("before", errors.before),
        **_spread("after", errors.after),
        **_spread("cross_validated", errors.cross_validated),
    }


def _spread(name: str, spread: Spread | None) -> dict[str, float | None]:
    return {
        f"{name}_{part}": None if spread is None else _short(getattr(spread, part))
        for part in Spread._fields
    }


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")


def _line(text: str) -> str:
    """Printable and of one line, whatever stood in a stranger's file."""
    return "".join(c if c.isprintable() else "?" for c in text)[:_LONGEST]
