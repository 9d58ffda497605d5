"""Reports of GuideLLM, of all versions that have `benchmarks`."""

import math
from collections.abc import Mapping
from typing import Any

from aisim.validation.bench_options import Found
from aisim.validation.measured_cells import BadValue, amount, words

Json = Mapping[str, Any]

#: Ours, theirs, their unit in ms. Their time per output token may count the first token.
METRICS = (
    ("ttft", ("time_to_first_token_ms",), 1.0),
    ("tpot", ("inter_token_latency_ms", "time_per_output_token_ms"), 1.0),
    ("e2e", ("request_latency",), 1000.0),
)


def is_guidellm(entry: Json) -> bool:
    """Whether a JSON object is such a report."""
    return isinstance(entry.get("benchmarks"), list)


def guidellm_run(report: Json, benchmark: object, source: str) -> Found:
    """What one benchmark of a report tells.

    Raises:
        BadValue: a value that cannot be, an unknown strategy, no finished request.
    """
    if not isinstance(benchmark, dict) or not isinstance(benchmark.get("metrics"), dict):
        raise BadValue("metrics: not there")
    metrics = benchmark["metrics"]
    notes: list[str] = []
    measured = _measured(metrics, notes)
    concurrency, rps = _load(benchmark, notes)
    lengths = [_summary(metrics, f"{side}_token_count") for side in ("prompt", "output")]
    prompt, output = (_statistic(each, "mean", "token_count") for each in lengths)
    fixed = all(each.get("std_dev") == 0 for each in lengths)
    return Found(
        source=source,
        setup={"model": _model(report, benchmark)},
        measured=measured,
        concurrency=concurrency,
        rate_rps=rps,
        input_tokens=prompt,
        output_tokens=output,
        length_kind="fixed" if fixed else "mean of the run",
        n_requests=_requests(benchmark, "successful"),
        flag=_failures(benchmark),
        notes=notes,
    )


def _measured(metrics: Json, notes: list[str]) -> dict[str, float | None]:
    tokens = _summary(metrics, "output_tokens_per_second")
    found = {"output_tok_s": _statistic(tokens, "mean", "output_tokens_per_second")}
    for ours, theirs, unit in METRICS:
        name = next((n for n in theirs if _summary(metrics, n)), theirs[0])
        summary = _summary(metrics, name)
        for statistic in ("mean", "p50", "p99") if ours != "e2e" else ("mean", "p99"):
            value = _statistic(summary, statistic, name)
            found[f"{ours}_{statistic}_ms"] = None if value is None else value * unit
        if ours == "tpot" and found["tpot_mean_ms"] is not None:
            counted = " and may count the first token" if name != theirs[0] else ""
            notes.append(f"tpot is {name.removesuffix('_ms')}, weighted by tokens{counted}")
    return found


def _summary(metrics: Json, name: str) -> Json:
    """The distribution over answered requests; empty where there is none."""
    return _object(_object(metrics.get(name)).get("successful"))


def _statistic(summary: Json, name: str, metric: str) -> float | None:
    """A statistic; GuideLLM writes 0 where there was nothing to count."""
    value = summary.get(name)
    if value is None and name == "p50":
        value = summary.get("median")
    if value is None and name != "mean":
        value = _object(summary.get("percentiles")).get(name)
    return amount(value, metric, zero=True) or None


def _load(benchmark: Json, notes: list[str]) -> tuple[float | None, float | None]:
    """Concurrency and rate of the strategy of a benchmark."""
    strategy = next(
        (
            s
            for key in ("config", "args")
            if (s := _object(_object(benchmark.get(key)).get("strategy")))
        ),
        {},
    )
    kind = next((k for key in ("type_", "type", "kind") if (k := strategy.get(key))), "")
    limit = amount(strategy.get("max_concurrency"), "max_concurrency")
    if kind == "synchronous":
        return 1.0, None
    if kind == "concurrent":
        return amount(strategy.get("streams"), "streams") or limit, None
    if kind == "throughput":
        return limit, math.inf
    if kind in ("constant", "poisson"):
        notes.append(f"{kind} arrivals" + (f", at most {limit:g} at a time" if limit else ""))
        return None, amount(strategy.get("rate"), "rate")
    if kind:
        notes.append(f"strategy {words(kind, 'strategy')}")
    return None, None


def _model(report: Json, benchmark: Json) -> object:
    """The model, wherever the version of the report keeps it."""
    config, args = _object(benchmark.get("config")), _object(report.get("args"))
    worker = _object(benchmark.get("worker"))
    places = (
        _object(config.get("backend")).get("model"),
        worker.get("backend_model"),
        args.get("model"),
        _object(args.get("backend_kwargs")).get("model"),
    )
    return next((place for place in places if place), None)


def _requests(benchmark: Json, status: str) -> int | None:
    """How many requests ended so."""
    places = (
        _object(benchmark.get("metrics")).get("request_totals"),
        _object(benchmark.get("scheduler_metrics")).get("requests_made"),
        _object(benchmark.get("run_stats")).get("requests_made"),
    )
    for place in places:
        n = amount(_object(place).get(status), "requests", zero=True)
        if n is not None:
            return int(n)
    return None


def _failures(benchmark: Json) -> str:
    failed = _requests(benchmark, "errored")
    return f"{failed} requests failed;" if failed else ""


def _object(value: object) -> Json:
    """A JSON object, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}
