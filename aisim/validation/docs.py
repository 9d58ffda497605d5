"""The tables of errors in `docs/`: unseen rows first, fitted rows apart."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from aisim.validation.splits import Split
from aisim.validation.validate import Errors, Pair, Validation, errors_of

GROUPS_FILE, SPLITS_FILE, PAGE = "validation.csv", "validation_splits.csv", "validation.md"
_SERVING = ("tpot_mean_ms", "output_tok_s")
_BAD = {"iteration_ms": 0.3}
_BAD_OTHERWISE = 0.4
Splits = Sequence[tuple[Split, list[Pair]]]


def bands(splits: Splits) -> list[dict[str, Any]]:
    """Return rows of `data/error_bands.csv`: unseen rows by where their parameters come from."""
    rows = []
    whole = _whole(splits)
    for provenance, held_out in (("fitted", "model"), ("relatives", "accelerator")):
        errors = whole[held_out, "tpot_mean_ms"]
        note = f"{held_out}s left out in turn"
        rows += [_band(provenance, metric, errors, note) for metric in _SERVING]
        rows.append(_band(provenance, "iteration_ms", whole[held_out, "iteration_ms"], note))
    errors = whole["concurrency", "tpot_mean_ms"]
    note = "concurrencies left out in turn"
    return [*rows, *(_band("calibrated", metric, errors, note) for metric in _SERVING)]


def _band(provenance: str, metric: str, errors: Errors, note: str) -> dict[str, Any]:
    return {
        "provenance": provenance,
        "metric": metric,
        "median_error": errors.median_error,
        "p90_error": errors.p90_error,
        "rows": errors.n,
        "source": "python -m aisim.validation.fit --docs docs",
        "as_of": date.today().isoformat(),
        "quality": "fitted",
        "note": note,
    }


def _whole(splits: Splits) -> dict[tuple[str, str], Errors]:
    """The errors over all values of a split."""
    pairs: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for split, found in splits:
        pairs[split.held_out, split.metric] += found
    return {key: errors_of(found) for key, found in pairs.items()}


def write_docs(folder: Path, splits: Splits, validation: Validation) -> None:
    """Write the page and the two tables that it stands on.

    Args:
        folder: Where they go.
        splits: Rows left out of the fit in turn.
        validation: The shipped parameters against the shipped measurements.
    """
    folder.mkdir(parents=True, exist_ok=True)
    groups = validation.groups()
    _csv(folder / GROUPS_FILE, [_rounded(group) for group in groups])
    rows = [{**split._asdict(), **split.errors._asdict()} for split, _ in splits]
    _csv(
        folder / SPLITS_FILE,
        [_rounded({k: v for k, v in r.items() if k != "errors"}) for r in rows],
    )
    beside = folder / f"{PAGE}.new"
    beside.write_text(_page(splits, validation), encoding="utf-8")
    beside.replace(folder / PAGE)


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {key: round(v, 4) if isinstance(v, float) else v for key, v in row.items()}


def _csv(path: Path, rows: list[dict[str, Any]]) -> None:
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    beside.replace(path)


def _page(splits: Splits, validation: Validation) -> str:
    parts = [
        "# How far predictions are from measurements\n",
        "Written by `python -m aisim.validation.fit --docs docs`; not by hand. Errors are of"
        " predicted against measured: median and 90th percentile of the absolute error, and the"
        " median of the error (bias). `aisim validate` computes them anew, `aisim validate --data"
        " FILE.csv` on rows of your own.\n",
        "## Rows that the fit has not seen\n",
        "Each value is left out in turn, the parameters are fitted to the rest. Iteration times are"
        " of kernels (`data/measured/steps.csv`); TPOT of closed-loop serving runs"
        " (`data/measured/serving.csv`), many of whose settings are not told.\n",
        _table(("left out", "value", "metric"), _split_rows(splits)),
        "\nServing runs and iterations that no fit uses, predicted with the shipped parameters:\n",
        _table(("scenario", "hardware", "metric"), _scenario_rows(validation, fitted=False)),
        "\n## Rows that the fit has seen\n",
        _table(("scenario", "hardware", "metric"), _scenario_rows(validation, fitted=True)),
        "\nBy model too: [validation.csv](validation.csv). Not predicted, by reason: "
        + "; ".join(f"{reason} ({n})" for reason, n in validation.not_predicted.items())
        + ".\n",
        "\n## Cells that are bad, and what is known of them\n",
        *(f"- {line}\n" for line in _KNOWN),
    ]
    return "\n".join(part.rstrip("\n") if part.startswith("- ") else part for part in parts) + "\n"


_KNOWN = (
    "Bold cells have a median error over 30 % (iterations) or 40 % (serving).",
    "Servers of MLPerf run close to saturation with tuned runtimes whose parallelism is not told;"
    " there TPOT and TTFT say little, and the saturation rate (mlperf_offline) is what to compare.",
    "Some runs of DeepSeek answer faster than reading their weights takes: several tokens an"
    " iteration are predicted there, which aisim does not model.",
    "L40S over PCIe: all-reduces of the micro-benchmark (2 GB/s at 8 ranks) are far slower than"
    " what serving runs of another host imply.",
    "Experts: two mixtures were measured; a third can be off by a third.",
    "TTFT of runs whose engine streams several tokens at a time depends on a setting that the files"
    " do not tell; `delay_iterations` is its median.",
)


def _split_rows(splits: Splits) -> list[tuple[tuple[str, str, str], Errors]]:
    whole = _whole(splits)
    rows = []
    for (held_out, metric), errors in whole.items():
        rows.append(((held_out, "all", metric), errors))
        same = [s for s, _ in splits if (s.held_out, s.metric) == (held_out, metric)]
        rows += [((held_out, split.value, metric), split.errors) for split in same]
    return rows


def _scenario_rows(
    validation: Validation, *, fitted: bool
) -> list[tuple[tuple[str, str, str], Errors]]:
    pairs: dict[tuple[str, str, str], list[Pair]] = defaultdict(list)
    for pair in validation.pairs:
        if pair.fitted == fitted:
            pairs[pair.phase, pair.hardware, pair.metric].append(pair)
    return [(key, errors_of(found)) for key, found in sorted(pairs.items())]


def _table(heads: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], Errors]]) -> str:
    lines = [
        f"| {' | '.join(heads)} | rows | median | p90 | bias |",
        f"|{'---|' * len(heads)}--:|--:|--:|--:|",
    ]
    for names, errors in rows:
        bad = errors.median_error > _BAD.get(names[-1], _BAD_OTHERWISE)
        median = f"{errors.median_error:.1%}"
        median = f"**{median}**" if bad else median
        lines.append(
            f"| {' | '.join(names)} | {errors.n} | {median} | {errors.p90_error:.1%} "
            f"| {errors.bias:+.1%} |"
        )
    return "\n".join(lines) + "\n"
