"""Predicted against measured: what `aisim validate` shows."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from aisim.catalog import EngineHost, GpuFit
from aisim.validation.fitted import is_fitted
from aisim.validation.measured import Measurements, RequestLog, ServingRun, Setup, Step
from aisim.validation.serving import Serving, measured_statistics
from aisim.validation.setups import NotPredicted
from aisim.validation.steps import StepTimes

METRICS = (
    "iteration_ms", "ttft_mean_ms", "ttft_p50_ms", "ttft_p99_ms", "tpot_mean_ms", "tpot_p50_ms",
    "tpot_p99_ms", "e2e_mean_ms", "e2e_p99_ms", "output_tok_s", "step_time_s",
)  # fmt: skip
_KEYS = ("hardware", "model", "engine", "phase", "metric", "fitted")


class Pair(NamedTuple):
    """One prediction beside its measurement, in the unit of the metric."""

    hardware: str
    model: str
    engine: str
    phase: str
    metric: str
    fitted: bool
    measured: float
    predicted: float

    @property
    def error(self) -> float:
        """Predicted / measured - 1."""
        return self.predicted / self.measured - 1


class Errors(NamedTuple):
    """Of a set of pairs: median and 90th percentile of the absolute error, median of the error."""

    n: int
    median_error: float
    p90_error: float
    bias: float


@dataclass(frozen=True)
class Validation:
    """Pairs of predicted and measured, and the rows that aisim does not predict, by reason."""

    pairs: tuple[Pair, ...]
    not_predicted: dict[str, int]

    def groups(self) -> list[dict[str, Any]]:
        """Return the errors by hardware, model, engine, phase, metric and whether fitted."""
        ordered = sorted(self.pairs, key=_group)
        return [
            {**dict(zip(_KEYS, key, strict=True)), **errors_of(pairs)._asdict()}
            for key, pairs in groupby(ordered, key=_group)
        ]

    def overall(self, fitted: bool | None = None) -> dict[str, dict[str, Any]]:
        """Return the errors by metric: of all rows, or of fitted or unseen ones alone."""
        found = {}
        for metric in METRICS:
            pairs = [
                pair
                for pair in self.pairs
                if pair.metric == metric and fitted in (None, pair.fitted)
            ]
            if pairs:
                found[metric] = errors_of(pairs)._asdict()
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain data; errors are fractions."""
        return {
            "groups": self.groups(),
            "overall": self.overall(),
            "not_predicted": self.not_predicted,
        }


def _group(pair: Pair) -> tuple[Any, ...]:
    return pair[:6]


def errors_of(pairs: Iterable[Pair]) -> Errors:
    """Return the errors of some pairs, at least one."""
    errors = np.array([pair.error for pair in pairs])
    sizes = np.abs(errors)
    return Errors(
        len(errors),
        float(np.median(sizes)),
        float(np.quantile(sizes, 0.9)),
        float(np.median(errors)),
    )


def validate(
    measurements: Measurements,
    *,
    fits: Sequence[GpuFit] | None = None,
    hosts: Sequence[EngineHost] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Validation:
    """Predict each measurement and return both.

    Serving runs are simulated, a closed loop at its concurrency, an open one at its rate.

    Args:
        measurements: What was measured.
        fits: Parameters of kernels; None: those of the catalog.
        hosts: What engines add; None: as the catalog has it.
        on_progress: Told how many of how many rows are through.
        cancelled: Asked before each row; what was not reached is counted as "stopped".
    """
    steps, serving = StepTimes(fits), Serving(fits, hosts)
    pairs: list[Pair] = []
    missing: Counter[str] = Counter(measurements.unreadable)
    rows = [*measurements.steps, *measurements.runs, *measurements.logs, *measurements.training]
    for done, row in enumerate(rows):
        if cancelled is not None and cancelled():
            missing["stopped"] += len(rows) - done
            break
        try:
            pairs += _pairs(row, steps, serving)
        except NotPredicted as reason:
            missing[str(reason)] += len(row.arrival_s) if isinstance(row, RequestLog) else 1
        if on_progress is not None:
            on_progress(done + 1, len(rows))
    return Validation(tuple(pairs), dict(missing.most_common()))


def _pairs(row: object, steps: StepTimes, serving: Serving) -> list[Pair]:
    match row:
        case Step():
            both = {"iteration_ms": (row.measured_ms, steps.predicted_ms(row))}
            return _named(row.setup, row.phase, both, fitted=is_fitted(row))
        case ServingRun():
            made = serving.predicted(row)
            both = {name: (row.measured[name], made[name]) for name in made}
            return _named(row.setup, row.scenario or "serving", both, fitted=is_fitted(row))
        case RequestLog():
            measured, made = measured_statistics(row), serving.log(row)
            both = {name: (measured[name], made[name]) for name in measured if name in made}
            return _named(row.setup, "request_log", both, fitted=False)
    raise NotPredicted("training steps: not predicted yet")


def _named(
    setup: Setup, phase: str, both: dict[str, tuple[float, float]], *, fitted: bool
) -> list[Pair]:
    return [
        Pair(setup.hardware, setup.model, setup.engine, phase, metric, fitted, measured, predicted)
        for metric, (measured, predicted) in both.items()
        if metric in METRICS
    ]
