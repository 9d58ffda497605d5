"""A comparison as files: tables of each candidate and a manifest of what made them."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from aisim.cost import ledger_frame
from aisim.planning import Comparison
from aisim.report.ledger import plain_cells
from aisim.scenario import dump_study

PACKAGES = ("aisim", "simpy", "numpy", "pandas", "currencyconverter")


def write_answer(answer: Any) -> str:
    """The answer as strict JSON text: null, never NaN."""
    return json.dumps(answer, indent=2, allow_nan=False)


def write_files(comparison: Comparison, answer: dict[str, Any], folder: Path) -> list[Path]:
    """Write the tables of every candidate that has run, the study, the answer and the manifest.

    A folder for each candidate: requests (Parquet where pyarrow is installed, else CSV),
    series.csv, usage.csv, ledger.csv. All of it is written beside the target first and then
    renamed, so that no half of it is ever seen. What the folder held under the same names is
    replaced, all else in it is left alone.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{os.getpid()}.part"
    beside.mkdir()
    try:
        for name, run in comparison.runs.items():
            (beside / name).mkdir()
            _write_table(run.requests.reset_index(), beside / name / "requests")
            run.series.to_csv(beside / name / "series.csv", index=False)
            run.usage.to_csv(beside / name / "usage.csv", index=False)
            ledger = ledger_frame(name, comparison.bills[name].charges, comparison.study.economics)
            plain_cells(ledger).to_csv(beside / name / "ledger.csv", index=False)
        (beside / "study.yaml").write_text(dump_study(comparison.study), encoding="utf-8")
        (beside / "answer.json").write_text(write_answer(answer), encoding="utf-8")
        manifest = write_answer(_manifest(comparison, answer))
        (beside / "manifest.json").write_text(manifest, encoding="utf-8")
        return [_move(path, folder / path.name) for path in sorted(beside.iterdir())]
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _move(source: Path, target: Path) -> Path:
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    source.replace(target)
    return target


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    write: Callable[..., Any] = frame.to_csv
    suffix = ".csv"
    try:
        import pyarrow  # noqa: F401 - an extra, and slow to import
    except ImportError:
        pass
    else:
        write, suffix = frame.to_parquet, ".parquet"
    write(path.with_suffix(suffix), index=False)


def _manifest(comparison: Comparison, answer: dict[str, Any]) -> dict[str, Any]:
    """What is needed to make the same files again, and how old the prices in them are."""
    return {
        "study": comparison.study.name,
        "seed": comparison.study.run.seed,
        "replications": answer["replications"],
        "tables_of_replication": next((run.replication for run in comparison.runs.values()), None),
        "partial": answer["partial"],
        "python": sys.version.split()[0],
        "packages": {name: version(name) for name in PACKAGES},
        "prices": {
            name: [
                {
                    "resource": charge.resource,
                    "category": charge.category,
                    "as_of": charge.as_of,
                    "quality": charge.quality,
                    "source": charge.source,
                }
                for charge in bill.charges
            ]
            for name, bill in comparison.bills.items()
        },
        "notes": {name: list(run.notes) for name, run in comparison.runs.items()},
    }
