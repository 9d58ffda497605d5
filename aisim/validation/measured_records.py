"""What was measured, in one typed shape: steps, runs, logs of requests, training steps."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

FloatArray = np.ndarray[tuple[int], np.dtype[np.float64]]
IntArray = np.ndarray[tuple[int], np.dtype[np.int64]]

#: The keys of `ServingRun.measured`: output tokens per second of the whole deployment, and ms.
MEASURES = (
    "output_tok_s",
    "ttft_mean_ms",
    "ttft_p50_ms",
    "ttft_p99_ms",
    "tpot_mean_ms",
    "tpot_p50_ms",
    "tpot_p99_ms",
    "e2e_mean_ms",
    "e2e_p99_ms",
)


class BadMeasurements(ValueError):
    """A file that cannot be used at all; the message is one line that names it."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback: the planner's mistake, not our code."""
        return [str(self)]


@dataclass(frozen=True, slots=True)
class Setup:
    """What ran, in the spelling of the file.

    `engine_version`, `precision` and `kv_dtype` are "" where the file is silent; the degrees of
    parallelism are then 1 (`dp` is data parallel attention) and `n_gpus` is None.
    """

    hardware: str
    model: str
    engine: str
    engine_version: str
    precision: str
    kv_dtype: str
    tp: int
    pp: int
    ep: int
    dp: int
    n_gpus: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One measured iteration of an engine.

    `phase` is prefill, decode or mixed. Tokens: `prompt_tokens` (0 where the file is silent) and
    `context_tokens` per sequence, `new_tokens` of the whole batch. `parts_ms` has those of gemm,
    attn, moe and allreduce that the file gives. `suspect` says why a row may be wrong, or "".
    """

    setup: Setup
    source: str
    kind: str
    phase: str
    batch_size: int
    prompt_tokens: float
    context_tokens: float
    new_tokens: float
    measured_ms: float
    note: str
    parts_ms: Mapping[str, float]
    suspect: str


@dataclass(frozen=True, slots=True)
class ServingRun:
    """One run from end to end, with its statistics.

    Lengths are means per request in tokens. A run with `concurrency` and no `rate_rps` is a closed
    loop; a `rate_rps` of inf means that all requests are there at the start. `measured` has at
    least one of `MEASURES`. `flag` says why a run may not compare, or "".
    """

    setup: Setup
    source: str
    scenario: str
    input_tokens: float | None
    output_tokens: float
    length_kind: str
    concurrency: float | None
    rate_rps: float | None
    n_requests: int | None
    batch_size: int | None
    disaggregated: bool
    measured: Mapping[str, float]
    flag: str
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class RequestLog:
    """One run request by request, in order of arrival, which begins at 0.

    `max_sequences`, `token_budget` (tokens of an iteration) and `kv_tokens` are limits of the
    engine, None where the file is silent. `tpot_ms` is nan for answers of one token.
    """

    setup: Setup
    source: str
    max_sequences: int | None
    token_budget: int | None
    kv_tokens: int | None
    arrival_s: FloatArray
    input_tokens: IntArray
    output_tokens: IntArray
    ttft_ms: FloatArray
    tpot_ms: FloatArray
    e2e_ms: FloatArray


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """One measured step of training; it has a step time, tokens per second and GPU, or both.

    `params_b` is in 1e9, `seq_len` in tokens, `global_batch` and `micro_batch` in sequences.
    `dp` counts data parallel or sharded replicas; it and what is not said is None, `cp` then 1.
    """

    setup: Setup
    source: str
    params_b: float | None
    n_gpus: int
    seq_len: int | None
    global_batch: int | None
    micro_batch: int | None
    tokens_per_step: float | None
    step_time_s: float | None
    tokens_s_per_gpu: float | None
    parallelism: str
    dp: int | None
    cp: int
    activation_checkpointing: str
    precision: str
    note: str


@dataclass(frozen=True, slots=True)
class Measurements:
    """All that a file or a folder gave; `unreadable` counts the rows left out, by reason."""

    steps: tuple[Step, ...] = ()
    runs: tuple[ServingRun, ...] = ()
    logs: tuple[RequestLog, ...] = ()
    training: tuple[TrainingStep, ...] = ()
    unreadable: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows were read, those left out included."""
        logged = sum(len(log.arrival_s) for log in self.logs)
        read = len(self.steps) + len(self.runs) + len(self.training) + logged
        return read + sum(self.unreadable.values())


def together(parts: Iterable[Measurements]) -> Measurements:
    """Several files as one, in their order; counts of the same reason are added."""
    parts = list(parts)
    unreadable: Counter[str] = Counter()
    for part in parts:
        unreadable.update(part.unreadable)
    return Measurements(
        steps=tuple(step for part in parts for step in part.steps),
        runs=tuple(run for part in parts for run in part.runs),
        logs=tuple(log for part in parts for log in part.logs),
        training=tuple(step for part in parts for step in part.training),
        unreadable=dict(unreadable),
    )
