"""The rows that come out, in the columns of the tables that aisim's parameters are fitted from."""

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STEP_COLUMNS = (
    "source", "source_date", "kind", "hardware", "model", "tp", "engine", "precision", "kv_dtype",
    "phase", "batch_size", "prompt_tokens_per_seq", "context_len_per_seq", "new_tokens_total",
    "measured_ms", "ms_gemm", "ms_attn", "ms_moe", "ms_allreduce", "n_repeats", "note", "suspect",
)  # fmt: skip
OP_COLUMNS = (
    "source", "hardware", "engine", "op", "dtype", "m_tokens", "n", "k", "batch", "seq_or_ctx",
    "q_heads", "kv_heads", "head_dim", "latency_ms",
)  # fmt: skip
LONG_NAMES = {"bf16": "bfloat16", "fp16": "float16"}


@dataclass(frozen=True)
class Origin:
    """What all rows of one run share."""

    hardware: str
    date: str
    model: str
    engine: str
    precision: str

    def source(self) -> str:
        """Return who measured, where and when."""
        return f"aisim tests/bench/gpu on {self.hardware}, {self.date}"


def step_row(
    origin: Origin, step: Any, ms: float, repeats: int, notes: list[str], suspect: str = ""
) -> dict[str, Any]:
    """Return the row of one whole step, a `cases.Step`."""
    prefill = step.phase() == "prefill"
    return {
        "source": origin.source(),
        "source_date": origin.date,
        "kind": "measured_iteration",
        "hardware": origin.hardware,
        "model": origin.model,
        "tp": 1,
        "engine": origin.engine,
        "precision": origin.precision,
        "kv_dtype": origin.precision,
        "phase": step.phase(),
        "batch_size": step.prompts + step.decodes,
        "prompt_tokens_per_seq": step.chunk or "",
        "context_len_per_seq": step.cached if prefill else step.context,
        "new_tokens_total": step.tokens(),
        "measured_ms": rounded(ms),
        "n_repeats": repeats,
        "note": "; ".join(notes),
        "suspect": suspect,
    }


def gemm_row(origin: Origin, case: Any, ms: float) -> dict[str, Any]:
    """Return the row of one matrix product, a `cases.Gemm`."""
    shape = {"m_tokens": case.m, "n": case.n, "k": case.k}
    return _op_row(origin, "gemm", LONG_NAMES[origin.precision], shape, ms)


def attention_row(origin: Origin, case: Any, ms: float) -> dict[str, Any]:
    """Return the row of the attention of one layer, a `cases.Attention`."""
    kind = LONG_NAMES[origin.precision]
    dtype = f"kv {kind}" if case.generation else f"{kind}/kv {kind}"
    shape = {"batch": case.batch, "seq_or_ctx": case.length}
    shape |= {"q_heads": case.q_heads, "kv_heads": case.kv_heads, "head_dim": case.head_dim}
    op = "generation_attention" if case.generation else "context_attention"
    return _op_row(origin, op, dtype, shape, ms)


def _op_row(
    origin: Origin, op: str, dtype: str, shape: Mapping[str, int], ms: float
) -> dict[str, Any]:
    head = {"source": origin.source(), "hardware": origin.hardware, "engine": origin.engine}
    return {**head, "op": op, "dtype": dtype, **shape, "latency_ms": rounded(ms)}


def mixed_note(step: Any) -> str:
    """Return what the columns cannot say of a mixed batch."""
    cached = f" on {step.cached} cached" if step.cached else ""
    return (
        f"mixed: {step.prompts} x {step.chunk} prompt tokens{cached} "
        f"+ {step.decodes} decodes on {step.context}"
    )


def rounded(ms: float) -> str:
    """Return milliseconds with six significant digits, never in scientific notation."""
    return f"{float(f'{ms:.6g}'):.9f}".rstrip("0").rstrip(".")


@dataclass
class Table:
    """A CSV file that is whole on disk after each row."""

    path: Path
    columns: tuple[str, ...]
    rows: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, row: Mapping[str, Any]) -> None:
        """Add one row and save."""
        self.rows.append(row)
        self.save()

    def save(self) -> None:
        """Write the rows there are beside the file, then rename."""
        beside = self.path.with_name(self.path.name + ".part")
        with beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self.columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        os.replace(beside, self.path)
