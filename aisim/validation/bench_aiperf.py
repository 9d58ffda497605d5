"""The CSV export of AIPerf, and that of GenAI-Perf before it."""

import csv
import re
from collections.abc import Iterable
from typing import TextIO

from aisim.validation.bench_options import Found
from aisim.validation.measured_cells import BadValue, amount

#: Milliseconds of the units that the tools write behind a metric's name.
UNITS = {"ms": 1.0, "s": 1000.0, "sec": 1000.0, "us": 0.001, "ns": 1e-6}
LATENCIES = {
    "ttft": "time to first token",
    "tpot": "inter token latency",
    "e2e": "request latency",
}
_NAMED = re.compile(r"(.*?)\s*(?:\(([^()]*)\))?")

#: Of a metric: the value under each heading, and the unit.
Table = dict[str, tuple[dict[str, str], str]]


def is_aiperf(first_line: str) -> bool:
    """Whether a CSV begins as such an export does."""
    cells = next(csv.reader([first_line.lstrip("\ufeff")]), [])
    return len(cells) > 1 and cells[0].strip().casefold() == "metric"


def aiperf_run(file: TextIO, source: str) -> Found:
    """What an export tells.

    Raises:
        BadValue: a value that cannot be, a unit that is not known.
    """
    table = _table(csv.reader(file, strict=True))
    lengths = [f"{side} sequence length" for side in ("input", "output")]
    fixed = all(_same(table, name) for name in lengths)
    finished = _one(table, "request count", "avg")
    failed = _one(table, "error request count", "avg")
    measured = {"output_tok_s": _one(table, "output token throughput", "avg")}
    for ours, theirs in LATENCIES.items():
        for statistic, heading in (("mean", "avg"), ("p50", "p50"), ("p99", "p99")):
            measured[f"{ours}_{statistic}_ms"] = _milliseconds(table, theirs, heading)
    measured.pop("e2e_p50_ms")
    return Found(
        source=source,
        setup={},
        measured=measured,
        input_tokens=_one(table, lengths[0], "avg"),
        output_tokens=_one(table, lengths[1], "avg"),
        length_kind="fixed" if fixed else "mean of the run",
        n_requests=None if finished is None else int(finished),
        flag=f"{failed:.0f} requests failed;" if failed else "",
        notes=["tpot is the inter-token latency"] if measured["tpot_mean_ms"] else [],
    )


def _table(lines: Iterable[list[str]]) -> Table:
    """All blocks that begin with `Metric`; other blocks, such as GPU telemetry, are passed over."""
    table: Table = {}
    headings: list[str] = []
    for cells in lines:
        words = [cell.strip() for cell in cells]
        if not any(words):
            headings = []
        elif words[0].casefold() == "metric":
            headings = [word.casefold() for word in words[1:]]
        elif headings:
            matched = _NAMED.fullmatch(words[0])
            name, unit = matched.groups() if matched else (words[0], None)
            values = dict(zip(headings, words[1:], strict=False))
            table.setdefault(name.casefold(), (values, (unit or "").casefold()))
    return table


def _one(table: Table, name: str, heading: str) -> float | None:
    """A value without its thousands separators; 0 is what the tools write for nothing."""
    values, _ = table.get(name, ({}, ""))
    cell = values.get(heading)
    if cell is None and heading == "avg":
        cell = values.get("value")
    text = None if cell is None or cell.casefold() in ("n/a", "nan", "-") else cell
    return amount(text and text.replace(",", ""), name, zero=True) or None


def _milliseconds(table: Table, name: str, heading: str) -> float | None:
    value = _one(table, name, heading)
    if value is None:
        return None
    unit = UNITS.get(table[name][1])
    if unit is None:
        raise BadValue(f"{name}: unknown unit")
    return value * unit


def _same(table: Table, name: str) -> bool:
    """Whether all requests have the same length."""
    least, most = (_one(table, name, heading) for heading in ("min", "max"))
    return least is not None and least == most
