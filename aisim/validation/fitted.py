"""Which measured rows the shipped parameters were fitted to: a print of each is kept."""

from collections.abc import Iterable
from functools import cache
from zlib import crc32

from aisim.catalog.files import data_dir
from aisim.validation.measured import ServingRun, Step

_FILE = "fitted_rows.txt"


def is_fitted(row: Step | ServingRun) -> bool:
    """Return whether the shipped parameters have seen this row."""
    return fingerprint(row) in _fingerprints()


def fingerprint(row: Step | ServingRun) -> str:
    """Return eight hexadecimal digits that tell a row by what ran and what was measured."""
    setup = row.setup
    named = (setup.hardware, setup.model, setup.engine, setup.precision, setup.tp, setup.ep)
    if isinstance(row, Step):
        seen: tuple[object, ...] = (
            row.phase, row.batch_size, row.prompt_tokens, row.context_tokens, row.measured_ms,
        )  # fmt: skip
    else:
        seen = (row.scenario, row.concurrency, row.output_tokens, *sorted(row.measured.items()))
    return f"{crc32(repr((named, seen)).encode()):08x}"


def write_fitted(rows: Iterable[Step | ServingRun]) -> None:
    """Keep the prints of the rows that a fit has used."""
    prints = sorted({fingerprint(row) for row in rows})
    text = "".join(f"{' '.join(prints[i : i + 12])}\n" for i in range(0, len(prints), 12))
    target = data_dir() / _FILE
    beside = target.with_suffix(".new")
    beside.write_text(text, encoding="ascii")
    beside.replace(target)


@cache
def _fingerprints() -> frozenset[str]:
    return frozenset((data_dir() / _FILE).read_text(encoding="ascii").split())
