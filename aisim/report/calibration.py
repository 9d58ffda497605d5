"""What a calibration found, for a terminal and as plain data."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aisim.validation.calibrate import HOST, KERNELS, Calibrated, Calibration
from aisim.validation.calibrate_errors import Spread
from aisim.validation.calibrate_fit import COMPUTE, LAUNCHES, MEMORY

_MEASURES = {
    "tpot": "TPOT", "ttft": "TTFT", "e2e": "end to end", "throughput": "output tokens/s",
    "iteration": "iteration time",
}  # fmt: skip


def print_calibration(calibration: Calibration, console: Console) -> None:
    """Print parameters and errors of each group, and what the data could not tell."""
    for done in calibration.groups:
        console.print(_parameters_table(done))
        console.print(_errors_table(done))
        for note in done.notes:
            console.print(Text(f"Note: {note}"), soft_wrap=True)
    for reason, n in calibration.left_out.items():
        console.print(Text(f"Left out: {n} x {reason}"), soft_wrap=True)


def _title(done: Calibrated) -> Text:
    return Text(f"{done.group}, {done.cases} measurements")


def _parameters_table(done: Calibrated) -> Table:
    table = Table(title=_title(done), title_justify="left", pad_edge=False)
    table.add_column("parameter", no_wrap=True)
    for name in ("before", "after"):
        table.add_column(name, justify="right")
    table.add_column("unit")
    table.add_column("told by the data", justify="right")
    for row in _parameters(done):
        told = "-" if row["told"] is None else f"{100 * row['told']:.0f} %"
        table.add_row(
            row["parameter"], f"{row['before']:.4g}", f"{row['after']:.4g}", row["unit"], told
        )
    return table


def _errors_table(done: Calibrated) -> Table:
    words = f"Errors, median / p90, in %; cross-validated: leaving out {done.judged.left_out}"
    table = Table(title=Text(words), title_justify="left", pad_edge=False)
    for name in ("", "values", "catalog", "calibrated", "cross-validated"):
        table.add_column(name, justify="right" if name else "left")
    table.add_column("better?")
    for measure, errors in done.judged.errors.items():
        said = {None: "not known", True: "yes", False: "NO"}[errors.helps]
        spreads = (errors.before, errors.after, errors.cross_validated)
        table.add_row(_MEASURES[measure], str(errors.rows), *map(_percent, spreads), said)
    return table


def _percent(spread: Spread | None) -> str:
    return "-" if spread is None else f"{100 * spread.median:.1f} / {100 * spread.p90:.1f}"


def _parameters(done: Calibrated) -> list[dict[str, Any]]:
    """The parameters that changed, with their units and how much the data told of them."""
    rows = []
    for names, before, after in (
        (KERNELS, done.before.fit, done.after.fit),
        (HOST, done.before.host, done.after.host),
    ):
        for name in names:
            old, new = getattr(before, name), getattr(after, name)
            if new is not None and (old is None or old != new or name in done.told):
                told = _told(name, done)
                row = {"parameter": name, "before": old, "after": new, "unit": _unit(name)}
                rows.append({**row, "told": told})
    return rows


def _told(name: str, done: Calibrated) -> float | None:
    knobs = {
        **dict.fromkeys(COMPUTE, "compute"),
        **dict.fromkeys(MEMORY, "memory"),
        **dict.fromkeys(LAUNCHES, "launches"),
    }
    found = done.told.get(knobs.get(name, name))
    return done.told.get("common") if found is None else found


def _unit(name: str) -> str:
    if name.startswith("eff_"):
        return "of peak" if name in COMPUTE else "of bandwidth"
    if name.endswith("_us"):
        return "us"
    return {"delay_iterations": "iterations"}.get(
        name, "tokens" if name.endswith("_tokens") else "times"
    )


def calibration_answer(calibration: Calibration) -> dict[str, Any]:
    """Return what a calibration found as plain data; errors are shares of the measured value."""
    return {
        "groups": [
            {
                "accelerator": done.group.accelerator,
                "engine": done.group.engine,
                "engine_version": done.engine_version,
                "precision": done.group.kernels,
                "measurements": done.cases,
                "helps": done.judged.helps,
                "left_out_in_turn": done.judged.left_out,
                "parameters": _parameters(done),
                "errors": {
                    name: {
                        "rows": errors.rows,
                        "before": errors.before._asdict(),
                        "after": errors.after._asdict(),
                        "cross_validated": errors.cross_validated
                        and errors.cross_validated._asdict(),
                        "helps": errors.helps,
                    }
                    for name, errors in done.judged.errors.items()
                },
                "notes": list(done.notes),
            }
            for done in calibration.groups
        ],
        "left_out": dict(calibration.left_out),
    }
