"""The fit of the shipped parameters: `python -m aisim.validation.fit`.

From the measurements in `data/measured/` it writes `data/gpu_fits.csv`, `collective_fits.csv`,
`engine_hosts.csv` and `fitted_rows.txt`; with `--docs` also `error_bands.csv` and the tables of
errors in `docs/`, which takes some minutes. A file is written beside and then renamed.
"""

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aisim.catalog import EngineHost, GpuFit, engines
from aisim.catalog.engines import collective_fits, engine_hosts, gpu_fits
from aisim.catalog.error_bands import error_bands
from aisim.catalog.files import data_dir
from aisim.validation.docs import bands, write_docs
from aisim.validation.fit_collectives import fit_collectives, reduces_of
from aisim.validation.fit_hosts import closed_runs, fit_hosts, with_delays
from aisim.validation.fit_kernels import Group, fit_kernels, grouped
from aisim.validation.fitted import write_fitted
from aisim.validation.measured import Step
from aisim.validation.shipped import (
    shipped,
    shipped_collectives,
    shipped_products,
    shipped_runs,
    shipped_steps,
)
from aisim.validation.splits import serving_splits, step_splits
from aisim.validation.steps import StepTimes
from aisim.validation.validate import validate

_ORIGIN = ("source", "as_of", "quality", "note")


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write."""
    parser = argparse.ArgumentParser(prog="python -m aisim.validation.fit", description=__doc__)
    parser.add_argument("--docs", type=Path, metavar="DIR", help="write the tables of errors too")
    options = parser.parse_args(arguments)
    steps = shipped_steps().steps
    _write("collective_fits", _collectives(steps))
    collective_fits.cache_clear()
    fits = _with_errors(fit_kernels(steps, shipped_products()), steps)
    _write("gpu_fits", [fit.model_dump() for fit in fits])
    gpu_fits.cache_clear()
    runs = closed_runs(shipped_runs().runs)
    hosts = with_delays(fit_hosts(runs), runs)
    _write("engine_hosts", [host.model_dump() for host in hosts])
    engine_hosts.cache_clear()
    used = [step for group in grouped(steps).values() for step in group]
    write_fitted([*used, *(run.run for run in runs)])
    sys.stderr.write(_told(fits, hosts))
    if options.docs is not None:
        error_bands.cache_clear()
        splits = [*step_splits(steps, shipped_products())]
        splits += serving_splits(shipped_runs().runs, steps, shipped_products())
        _write("error_bands", bands(splits))
        write_docs(options.docs, splits, validate(shipped()))
    return 0


def _collectives(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """From micro-benchmarks; where an engine has none, from the steps that it is part of."""
    rows = fit_collectives(shipped_collectives())
    known = {(row["accelerator"], row["engine"]) for row in rows}
    composed = [step for step in steps if step.kind.startswith("composed") and not step.suspect]
    more = fit_collectives(reduces_of(composed))
    rows += [row for row in more if (row["accelerator"], row["engine"]) not in known]
    origin = {"source": "python -m aisim.validation.fit", "as_of": "2026-11", "quality": "fitted"}
    return [{**row, **origin, "note": ""} for row in rows]


def _with_errors(fits: Sequence[GpuFit], steps: Sequence[Step]) -> list[GpuFit]:
    """The fits with their errors on their own rows."""
    groups, times, found = grouped(steps), StepTimes(fits), []
    for fit in fits:
        own = Group(fit.accelerator, fit.engine, fit.engine_version, fit.precision)
        errors = [abs(times.predicted_ms(s) / s.measured_ms - 1) for s in groups.get(own, [])]
        if errors:
            median, p90 = np.quantile(errors, [0.5, 0.9])
            fit = fit.model_copy(update={"median_error": float(median), "p90_error": float(p90)})
        found.append(fit)
    return found


def _write(name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write beside, then rename; numbers to four digits."""
    target = data_dir() / f"{name}.csv"
    columns = [column for column in rows[0] if column not in _ORIGIN] + list(_ORIGIN)
    beside = target.with_suffix(".new")
    with beside.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        for row in rows:
            table.writerow([_cell(row[column]) for column in columns])
    beside.replace(target)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, tuple):
        return " ".join(value)
    return "" if value is None else str(value)


def _told(fits: Sequence[GpuFit], hosts: Sequence[EngineHost]) -> str:
    lines = [f"{len(fits)} fits of kernels, {len(hosts)} of {len(engines())} engines"]
    for fit in fits:
        if fit.at_bound:
            named = f"{fit.accelerator} {fit.engine} {fit.precision}"
            lines.append(f"{named}: at a bound in {', '.join(fit.at_bound)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
