"""Results of `vllm bench serve` and of the older scripts with the same keys."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from aisim.validation.bench_options import DEGREES, TEXTS, Found
from aisim.validation.measured_cells import BadValue, amount, rate, whole, words

#: What a result is recognised by: one of these.
MARKS = ("output_throughput", "mean_ttft_ms", "mean_tpot_ms", "mean_itl_ms", "mean_e2el_ms")
#: Keys of planners' `--metadata`, beside the names of the options.
ALIASES = {
    "tp": "tensor_parallel_size",
    "pp": "pipeline_parallel_size",
    "dp": "data_parallel_size",
    "kv_dtype": "kv_cache_dtype",
}
STATISTICS = {"mean": ("mean",), "p50": ("median", "p50"), "p99": ("p99",)}


def is_vllm(entry: Mapping[str, Any]) -> bool:
    """Whether a JSON object is such a result."""
    return any(mark in entry for mark in MARKS)


def vllm_run(entry: Mapping[str, Any], source: str) -> Found:
    """What a result tells.

    Raises:
        BadValue: a value that cannot be.
    """
    completed = whole(entry.get("completed"), "completed")
    notes: list[str] = []
    measured = _measured(entry, completed, notes)
    bursts = amount(entry.get("burstiness"), "burstiness", zero=True)
    if bursts not in (None, 1):
        notes.append(f"burstiness {bursts:g}")
    if entry.get("ramp_up_strategy"):
        notes.append("the rate was ramped up")
    return Found(
        source=source,
        setup=_setup(entry),
        measured=measured,
        concurrency=amount(entry.get("max_concurrency"), "max_concurrency"),
        rate_rps=rate(entry.get("request_rate"), "request_rate"),
        input_tokens=_mean_tokens(entry, "total_input_tokens", completed),
        output_tokens=_mean_tokens(entry, "total_output_tokens", completed),
        length_kind=_length_kind(entry),
        n_requests=completed,
        flag=_failures(entry, completed),
        notes=notes,
    )


def _setup(entry: Mapping[str, Any]) -> dict[str, object]:
    """What the result says of the setup, planners' metadata included."""
    told = {n: entry.get(n) or entry.get(ALIASES.get(n, n)) for n in (*TEXTS, *DEGREES)}
    told["model"] = entry.get("model_id") or told["model"]
    # `openai` names the protocol of the endpoint and not what serves behind it.
    backend = words(entry.get("backend"), "backend")
    if not told["engine"] and not backend.startswith("openai"):
        told["engine"] = backend
    return told


def _measured(
    entry: Mapping[str, Any], completed: int | None, notes: list[str]
) -> dict[str, float | None]:
    """The statistics; what the result leaves out comes from its details where it has them."""
    found = {"output_tok_s": _value(entry, "output_throughput")}
    if found["output_tok_s"] is None and completed:
        total, seconds = (_value(entry, name) for name in ("total_output_tokens", "duration"))
        found["output_tok_s"] = total / seconds if total and seconds else None
    for ours, theirs in (
        ("ttft", ("ttft",)),
        ("tpot", ("tpot",)),
        ("e2e", ("e2el", "e2e_latency")),
    ):
        for statistic, words_for in STATISTICS.items():
            names = [f"{word}_{metric}_ms" for word in words_for for metric in theirs]
            found[f"{ours}_{statistic}_ms"] = _first(entry, names)
    if found["tpot_mean_ms"] is None:
        found["tpot_mean_ms"] = _value(entry, "mean_itl_ms")
        if found["tpot_mean_ms"] is not None:
            notes.append("tpot is the mean of inter-token latencies")
    if found["e2e_mean_ms"] is None and (whole_ms := _whole_ms(entry)):
        found["e2e_mean_ms"] = float(np.mean(whole_ms))
        found["e2e_p99_ms"] = float(np.percentile(whole_ms, 99))
        notes.append("e2e from the times of single requests")
    found.pop("e2e_p50_ms")
    return found


def _value(entry: Mapping[str, Any], name: str) -> float | None:
    """A statistic; these tools write 0 where they measured nothing."""
    return amount(entry.get(name), name, zero=True) or None


def _first(entry: Mapping[str, Any], names: list[str]) -> float | None:
    return next((v for name in names if (v := _value(entry, name)) is not None), None)


def _mean_tokens(entry: Mapping[str, Any], name: str, completed: int | None) -> float | None:
    total = _value(entry, name)
    return total / completed if total and completed else None


def _whole_ms(entry: Mapping[str, Any]) -> list[float]:
    """Time of each answered request in ms: to the first token, and all between tokens."""
    firsts, gaps = entry.get("ttfts"), entry.get("itls")
    if not isinstance(firsts, list) or not isinstance(gaps, list) or len(firsts) != len(gaps):
        return []
    times = []
    for first, between in zip(firsts, gaps, strict=True):
        if not isinstance(between, list):
            raise BadValue("itls: not a list of lists")
        seconds = amount(first, "ttfts", zero=True)
        rest = math.fsum(amount(gap, "itls", zero=True) or 0.0 for gap in between)
        if seconds:
            times.append(1000 * (seconds + rest))
    return times


def _length_kind(entry: Mapping[str, Any]) -> str:
    """Fixed where the details show that all requests are alike."""
    lengths = [entry.get(name) for name in ("input_lens", "output_lens")]
    if all(
        isinstance(each, list) and each and each.count(each[0]) == len(each) for each in lengths
    ):
        return "fixed"
    return "mean of the run"


def _failures(entry: Mapping[str, Any], completed: int | None) -> str:
    """A word on requests without an answer."""
    asked = whole(entry.get("num_prompts"), "num_prompts")
    if asked is None or completed is None or completed >= asked:
        return ""
    return f"{asked - completed} of {asked} requests failed;"
