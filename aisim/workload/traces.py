"""Traces: arrivals and lengths as they happened, from CSV files."""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from aisim.scenario.workload import Workload
from aisim.workload.table import Floats, Ints

NATIVE = ("arrival_s", "input_tokens", "output_tokens")
AZURE = ("TIMESTAMP", "ContextTokens", "GeneratedTokens")
MAX_BYTES = 2_000_000_000
MAX_TOKENS = 10_000_000


class BadTrace(ValueError):
    """A trace file that cannot be used; the message names file, row and column."""


@dataclass(frozen=True)
class Trace:
    """Rows of a trace in order of arrival, which begins at 0.

    `rows_read` = rows kept + `rows_dropped` (rows without input or output tokens).
    """

    arrival_s: Floats
    input_tokens: Ints
    output_tokens: Ints
    rows_read: int
    rows_dropped: int


def load_trace(file: str, form: str | None = None) -> Trace:
    """Read a trace.

    Formats: `native` (arrival_s,input_tokens,output_tokens; seconds) and `azure` (the Azure LLM
    inference traces of 2023 and 2024: TIMESTAMP,ContextTokens,GeneratedTokens; naive or with UTC
    offset, fractions of 0 to 7 digits). Without `form` the header decides. Rows without input
    or output tokens (failed calls) are dropped and counted.

    Raises:
        BadTrace: no such file, not a CSV of these columns, a value that is no number or time.
    """
    try:
        stamp = Path(file).stat().st_mtime_ns
    except (OSError, ValueError) as error:
        raise BadTrace(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    return _load(file, form, stamp)


def trace_stamps(workload: Workload) -> tuple[int, ...]:
    """When the trace files of a workload were written last, in ns; those that are there."""
    parts = (part for t in workload.traffic.values() for part in (t.arrivals, t.sizes))
    files = (Path(file) for part in parts if (file := getattr(part, "file", None)))
    return tuple(file.stat().st_mtime_ns for file in files if file.is_file())


@lru_cache(maxsize=2)
def _load(file: str, form: str | None, _stamp: int) -> Trace:
    """A desk draws from the same trace at every key press: it is read once for each change."""
    frame = _read(file)
    form = form or ("azure" if AZURE[0] in frame.columns else "native")
    columns = AZURE if form == "azure" else NATIVE
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise BadTrace(f"{file}: column {missing[0]} is missing; wanted {','.join(columns)}")
    time, inputs, outputs = (frame[name] for name in columns)
    arrival = _times(file, time) if form == "azure" else _numbers(file, time)
    tokens_in, tokens_out = _numbers(file, inputs), _numbers(file, outputs)
    for column, values in ((inputs.name, tokens_in), (outputs.name, tokens_out)):
        bad = (values < 0) | (values > MAX_TOKENS) | (values % 1 != 0)
        _refuse(file, str(column), values, bad)
    kept = (tokens_in >= 1) & (tokens_out >= 1)
    if not kept.any():
        raise BadTrace(f"{file}: no row with input and output tokens")
    order = np.argsort(arrival[kept], kind="stable")
    start = arrival[kept].min()
    return Trace(
        arrival_s=(arrival[kept] - start)[order],
        input_tokens=tokens_in[kept][order].astype(np.int64),
        output_tokens=tokens_out[kept][order].astype(np.int64),
        rows_read=len(frame),
        rows_dropped=int((~kept).sum()),
    )


def _read(file: str) -> pd.DataFrame:
    path = Path(file)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadTrace(f"{file}: larger than {MAX_BYTES:,} bytes")
        with warnings.catch_warnings():
            # Rows longer than the header would be cut with no more than a warning.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(path, dtype=str, encoding="utf-8-sig", index_col=False)
    except OSError as error:
        raise BadTrace(f"{file}: {error.strerror or error}") from None
    except pd.errors.ParserWarning:
        raise BadTrace(f"{file}: rows have more cells than the header") from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise BadTrace(f"{file}: not a CSV table: {' '.join(str(error).split())[:120]}") from None


def _numbers(file: str, column: pd.Series) -> Floats:
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    _refuse(file, str(column.name), column.to_numpy(), ~np.isfinite(values))
    return values


def _times(file: str, column: pd.Series) -> Floats:
    """Seconds since the first time stamp, exact to the 100 ns that the files have."""
    stamps = pd.to_datetime(column, utc=True, format="ISO8601", errors="coerce")
    _refuse(file, str(column.name), column.to_numpy(), stamps.isna().to_numpy())
    nanoseconds = stamps.to_numpy(dtype="datetime64[ns]").astype(np.int64)
    return np.asarray((nanoseconds - nanoseconds.min()) / 1e9, dtype=np.float64)


def _refuse(
    file: str, column: str, values: object, bad: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        given = np.asarray(values, dtype=object)[row]
        given = "nothing" if pd.isna(given) else repr(given)
        raise BadTrace(f"{file}: row {row + 1}: {column}: got {given}; {int(bad.sum())} such rows")
