"""What planners' own benchmark tools wrote, as runs."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from aisim.scenario.faults import shown
from aisim.validation.bench_aiperf import aiperf_run, is_aiperf
from aisim.validation.bench_guidellm import guidellm_run, is_guidellm
from aisim.validation.bench_options import Found, MissingOptions, Option, Options, serving_run
from aisim.validation.bench_vllm import is_vllm, vllm_run
from aisim.validation.measured import read_measurements
from aisim.validation.measured_cells import BadValue, opened
from aisim.validation.measured_records import BadMeasurements, Measurements, ServingRun, together

__all__ = ["MissingOptions", "read_any", "read_benchmark"]

MAX_FILES = 1000
TOOLS = "vllm bench serve (JSON), GuideLLM (JSON), AIPerf (CSV)"
_BLANKS = re.compile(r"\s*")

#: What an entry of a file is read with: it raises BadValue where it cannot be.
Reader = Callable[[], Found]


def read_benchmark(path: Path, **overrides: Option | None) -> Measurements:
    """Read the results of a benchmark tool as runs: one file, or a folder's *.json and *.csv.

    Tools: `vllm bench serve --save-result` (also appended, an array, or SGLang's with the same
    keys), GuideLLM's JSON, AIPerf's CSV. What such files do not say comes from `overrides`:
    hardware, model, engine, engine_version, precision, kv_dtype, tp, pp, ep, dp, n_gpus,
    concurrency, rate_rps, input_tokens, output_tokens (see `Options`). An entry that cannot be
    used is counted by its reason in `unreadable`; of a folder also a file, under its name.

    Raises:
        MissingOptions: neither file nor overrides say what is needed.
        BadMeasurements: no file, none of these tools, nothing in it that can be used.
    """
    options = Options.of(overrides)
    return _each(Path(path), lambda file: _benchmark(file, options))


def read_any(path: Path, **overrides: Option | None) -> Measurements:
    """Read tables of measurements and results of benchmark tools, one file or a folder.

    A table says itself what ran: with one file that is a table, overrides are refused; in a
    folder they hold for the results of tools.

    Raises:
        BadMeasurements: as `read_measurements` and `read_benchmark`.
    """
    path, options = Path(path), Options.of(overrides)
    alone = not _is_folder(path)

    def read(file: Path) -> Measurements:
        if _tool_wrote(file):
            return _benchmark(file, options)
        if alone and (options.texts or options.numbers):
            names = ", ".join((*options.texts, *options.numbers))
            raise BadMeasurements(f"{file}: a table says these itself, leave them out: {names}")
        return read_measurements(file)

    return _each(path, read)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _each(path: Path, read: Callable[[Path], Measurements]) -> Measurements:
    """The file, or the files of the folder as one."""
    if not _is_folder(path):
        return read(path)
    try:
        files = sorted(f for f in path.iterdir() if f.suffix.casefold() in (".json", ".csv"))
    except OSError as error:
        raise BadMeasurements(f"{path}: {error.strerror or error}") from None
    if not files or len(files) > MAX_FILES:
        raise BadMeasurements(f"{path}: {len(files)} files *.json and *.csv, allowed: 1 to 1,000")
    parts = []
    for file in files:
        try:
            parts.append(read(file))
        except MissingOptions:
            raise
        except BadMeasurements as error:
            reason = str(error).removeprefix(f"{file}: ")
            parts.append(Measurements(unreadable={f"{file.name}: {reason}": 1}))
    found = together(parts)
    if not (found.steps or found.runs or found.logs or found.training):
        raise BadMeasurements(f"{path}: nothing could be read: {_reasons(found.unreadable)}")
    return found


def _tool_wrote(path: Path) -> bool:
    """Whether a file is JSON or an AIPerf export, and not a table."""
    with opened(path) as file:
        return _is_json(file) or is_aiperf(_first_line(file))


def _is_json(file: TextIO) -> bool:
    """Whether the text begins as an object or array does. Rewinds the file."""
    start = file.read(4096).lstrip()
    file.seek(0)
    return start[:1] in ("{", "[")


def _first_line(file: TextIO) -> str:
    """The beginning of the first line that is not blank. Rewinds the file."""
    start = file.read(4096).lstrip()
    file.seek(0)
    return start.splitlines()[0] if start else ""


def _benchmark(path: Path, options: Options) -> Measurements:
    with opened(path) as file:
        if _is_json(file):
            return _runs(path, _json_entries(path, file.read()), options)
        if is_aiperf(_first_line(file)):
            return _runs(path, iter([partial(aiperf_run, file, path.name)]), options)
    raise BadMeasurements(f"{path}: not of these tools: {TOOLS}")


def _runs(path: Path, readers: Iterator[Reader], options: Options) -> Measurements:
    """The runs of the entries of a file, at least one."""
    runs: list[ServingRun] = []
    unreadable: Counter[str] = Counter()
    for reader in readers:
        try:
            runs.append(serving_run(reader(), options))
        except BadValue as reason:
            unreadable[str(reason)] += 1
    if not runs:
        why = _reasons(unreadable) if unreadable else f"no result of these tools: {TOOLS}"
        raise BadMeasurements(f"{path}: no run could be read: {why}")
    return Measurements(runs=tuple(runs), unreadable=dict(unreadable))


def _reasons(unreadable: Mapping[str, int]) -> str:
    """The first reasons, short enough for a line."""
    reasons = [f"{reason} ({n})" for reason, n in unreadable.items()]
    return ", ".join(reasons[:3]) + (", ..." if len(reasons) > 3 else "")


def _json_entries(path: Path, text: str) -> Iterator[Reader]:
    """A reader for each result of a JSON file, which may be an array or several documents."""
    results = [r for d in _documents(path, text) for r in (d if isinstance(d, list) else [d])]
    found = [reader for result in results for reader in _readers(result)]
    for i, reader in enumerate(found, 1):
        yield partial(reader, path.name if len(found) == 1 else f"{path.name} #{i}")


def _readers(result: object) -> list[Callable[[str], Found]]:
    """How each run in a result is read, given the name of its source."""
    if isinstance(result, dict) and is_guidellm(result):
        return [partial(guidellm_run, result, each) for each in result["benchmarks"]]
    if isinstance(result, dict) and is_vllm(result):
        return [partial(vllm_run, result)]
    return [partial(_unknown, result)]


def _unknown(result: object, _source: str) -> Found:
    if isinstance(result, dict) and isinstance(result.get("request_latency"), dict):
        raise BadValue("AIPerf as JSON, read profile_export_aiperf.csv")
    raise BadValue(f"not a result of {TOOLS}")


def _documents(path: Path, text: str) -> Iterator[Any]:
    """The JSON documents one after the other; appended results are such."""
    decoder, at = json.JSONDecoder(), 0
    while (at := _after_blanks(text, at)) < len(text):
        try:
            document, at = decoder.raw_decode(text, at)
        except RecursionError:
            raise BadMeasurements(f"{path}: JSON nested too deeply") from None
        except ValueError as error:
            raise BadMeasurements(f"{path}: not JSON: {shown(str(error))}") from None
        yield document


def _after_blanks(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at
