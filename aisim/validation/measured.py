"""Tables of measurements, as planners keep them in CSV files."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import numpy as np

from aisim.scenario.faults import shown
from aisim.validation.measured_cells import BadValue, opened
from aisim.validation.measured_records import (
    MEASURES,
    BadMeasurements,
    FloatArray,
    IntArray,
    Measurements,
    RequestLog,
    ServingRun,
    Setup,
    Step,
    TrainingStep,
    together,
)
from aisim.validation.measured_rows import KINDS, Kind, Record, Request, Row

__all__ = [
    "MEASURES",
    "BadMeasurements",
    "FloatArray",
    "IntArray",
    "Measurements",
    "RequestLog",
    "ServingRun",
    "Setup",
    "Step",
    "TrainingStep",
    "read_measurements",
    "together",
]

MAX_ROWS = 2_000_000


def read_measurements(path: Path) -> Measurements:
    """Read a CSV table of measurements; its header says which of the four kinds it is.

    The kinds: step times, end-to-end runs, request logs, training throughput. Columns may be in
    any order, optional ones may lack and unknown ones are passed over. A row that cannot be used
    is counted by its reason in `unreadable` and stops nothing.

    Raises:
        BadMeasurements: no file, not a CSV in UTF-8, none of the four kinds, too large.
    """
    path = Path(path)
    with opened(path) as file:
        return _read(path, file)


def _read(path: Path, file: TextIO) -> Measurements:
    lines = csv.reader(file, strict=True)
    header = _header(path, next((cells for cells in lines if any(cells)), []))
    kind = _kind(path, {name for name in header if name})
    unreadable: Counter[str] = Counter()
    records: list[Record] = []
    for row in _rows(path, header, lines, unreadable):
        try:
            records.append(kind.read(row, path.name))
        except BadValue as reason:
            unreadable[str(reason)] += 1
    return Measurements(
        steps=tuple(r for r in records if isinstance(r, Step)),
        runs=tuple(r for r in records if isinstance(r, ServingRun)),
        logs=_logs(r for r in records if isinstance(r, Request)),
        training=tuple(r for r in records if isinstance(r, TrainingStep)),
        unreadable=dict(unreadable),
    )


def _header(path: Path, cells: list[str]) -> list[str]:
    """The column names; a column without a name is passed over."""
    names = [cell.strip().casefold() for cell in cells]
    twice = [name for name, n in Counter(names).items() if name and n > 1]
    if twice:
        raise BadMeasurements(f"{path}: column {shown(twice[0])} is there more than once")
    return names


def _kind(path: Path, header: set[str]) -> Kind:
    """The kind of table; of several that fit, that with more of its columns."""
    fits = [kind for kind in KINDS if not kind.missing(header)]
    if fits:
        return max(fits, key=lambda kind: len(kind.required))
    near = min(KINDS, key=lambda kind: len(kind.missing(header)) / len(kind.required))
    kinds = ", ".join(kind.name for kind in KINDS)
    missing = ", ".join(near.missing(header))
    raise BadMeasurements(
        f"{path}: not a table of {kinds}; nearest is {near.name}, where these columns"
        f" are missing: {missing}"
    )


def _rows(
    path: Path, header: list[str], lines: Iterator[list[str]], unreadable: Counter[str]
) -> Iterator[Row]:
    """The rows with a cell for each column; others are counted."""
    n = 0
    for cells in lines:
        if not cells:
            continue
        n += 1
        if n > MAX_ROWS:
            raise BadMeasurements(f"{path}: more than {MAX_ROWS:,} rows")
        if len(cells) == len(header):
            yield {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        else:
            more = "more" if len(cells) > len(header) else "fewer"
            unreadable[f"{more} cells than the header"] += 1


def _logs(requests: Iterable[Request]) -> tuple[RequestLog, ...]:
    """The requests as one log for each setup, source and limits, in order of first appearance."""
    by_log: dict[tuple[Setup, str, int | None, int | None, int | None], list[Request]] = {}
    for request in requests:
        by_log.setdefault(request.log, []).append(request)
    logs = []
    for (setup, source, sequences, budget, kv_tokens), members in by_log.items():
        members.sort(key=lambda member: member.values[0])
        arrival, inputs, outputs, ttft, tpot, e2e = zip(*(m.values for m in members), strict=True)
        logs.append(
            RequestLog(
                setup=setup,
                source=source,
                max_sequences=sequences,
                token_budget=budget,
                kv_tokens=kv_tokens,
                arrival_s=_floats(arrival) - arrival[0],
                input_tokens=np.array(inputs, dtype=np.int64),
                output_tokens=np.array(outputs, dtype=np.int64),
                ttft_ms=_floats(ttft),
                tpot_ms=_floats(tpot),
                e2e_ms=_floats(e2e),
            )
        )
    return tuple(logs)


def _floats(values: Iterable[float]) -> FloatArray:
    return np.array(tuple(values), dtype=np.float64)
