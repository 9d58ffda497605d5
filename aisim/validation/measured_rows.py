"""One row of a measurement table as a record."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from aisim.validation.measured_cells import BadValue, amount, needed, rate, whole
from aisim.validation.measured_records import MEASURES, ServingRun, Setup, Step, TrainingStep

Row = Mapping[str, str]
PHASES = ("prefill", "decode", "mixed")
PARTS = ("gemm", "attn", "moe", "allreduce")
_REMARK = re.compile(r"(\S+)\s*\((.*)\)")
_YES_NO = {"": False, "false": False, "no": False, "true": True, "yes": True}


@dataclass(frozen=True, slots=True)
class Request:
    """One row of a request log: which log it belongs to, and its values in the log's order."""

    log: tuple[Setup, str, int | None, int | None, int | None]
    values: tuple[float, int, int, float, float, float]


Record = Step | ServingRun | Request | TrainingStep


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table: what it is called, its required columns, how a row of it is read.

    Of the columns `any_of` at least one must be there.
    """

    name: str
    required: tuple[str, ...]
    read: Callable[[Row, str], Record]
    any_of: tuple[str, ...] = ()

    def missing(self, header: set[str]) -> list[str]:
        """The required columns that a header has not."""
        lacks = [name for name in self.required if name not in header]
        if self.any_of and not header.intersection(self.any_of):
            lacks.append(" or ".join(self.any_of))
        return lacks


def step(row: Row, source: str) -> Step:
    """A row of step times. `source` is the name for rows that have none."""
    phase = row["phase"].casefold()
    if phase not in PHASES:
        raise BadValue("phase: not prefill, decode or mixed")
    prompt = amount(row.get("prompt_tokens_per_seq"), "prompt_tokens_per_seq")
    if phase == "prefill":
        prompt = needed(prompt, "prompt_tokens_per_seq")
    parts = {name: amount(row.get(f"ms_{name}"), f"ms_{name}", zero=True) for name in PARTS}
    context = amount(row["context_len_per_seq"], "context_len_per_seq", zero=True)
    return Step(
        setup=_setup(row),
        source=row.get("source") or source,
        kind=row.get("kind", ""),
        phase=phase,
        batch_size=needed(whole(row["batch_size"], "batch_size"), "batch_size"),
        prompt_tokens=prompt or 0.0,
        context_tokens=needed(context, "context_len_per_seq"),
        new_tokens=_needed(row, "new_tokens_total"),
        measured_ms=_needed(row, "measured_ms"),
        note=row.get("note", ""),
        parts_ms={name: ms for name, ms in parts.items() if ms is not None},
        suspect=row.get("suspect", ""),
    )


def serving_run(row: Row, source: str) -> ServingRun:
    """A row of end-to-end results."""
    setup = _setup(row)
    rps, remark = _rate(row.get("request_rate_rps", ""))
    measured = {name: amount(row.get(name), name) for name in MEASURES[1:]}
    tokens = _throughput(row, setup)
    kept = {n: v for n, v in {"output_tok_s": tokens, **measured}.items() if v is not None}
    if not kept:
        raise BadValue("no measured value")
    notes = (row.get("derived_note") or row.get("note", ""), remark)
    return ServingRun(
        setup=setup,
        source=row.get("source") or source,
        scenario=row.get("scenario", ""),
        input_tokens=amount(row["isl"], "isl"),
        output_tokens=_needed(row, "osl"),
        length_kind=row.get("length_kind", ""),
        concurrency=amount(row.get("concurrency"), "concurrency"),
        rate_rps=rps,
        n_requests=whole(row.get("n_requests"), "n_requests"),
        batch_size=whole(row.get("batch_size"), "batch_size"),
        disaggregated=_yes(row.get("disagg", ""), "disagg"),
        measured=kept,
        flag=row.get("quality_flag", ""),
        note="; ".join(note for note in notes if note),
    )


def request(row: Row, source: str) -> Request:
    """A row of a request log."""
    limits = ("max_num_seqs", "max_num_batched_tokens", "kv_tokens_capacity")
    sequences, budget, kv_tokens = (whole(row.get(name), name) for name in limits)
    arrival = needed(amount(row["arrival_s"], "arrival_s", zero=True), "arrival_s")
    outputs = needed(whole(row["output_tokens"], "output_tokens"), "output_tokens")
    tpot = amount(row["tpot_ms"], "tpot_ms", zero=outputs == 1)
    return Request(
        log=(_setup(row), row.get("source") or source, sequences, budget, kv_tokens),
        values=(
            arrival,
            needed(whole(row["input_tokens"], "input_tokens"), "input_tokens"),
            outputs,
            _needed(row, "ttft_ms"),
            # One token has no time between tokens, whatever the tool wrote there.
            float("nan") if outputs == 1 else needed(tpot, "tpot_ms"),
            _needed(row, "e2e_ms"),
        ),
    )


def training_step(row: Row, source: str) -> TrainingStep:
    """A row of training throughput."""
    seconds = amount(row.get("step_time_s"), "step_time_s")
    tokens = amount(row.get("tokens_s_per_gpu"), "tokens_s_per_gpu")
    if seconds is None and tokens is None:
        raise BadValue("step_time_s and tokens_s_per_gpu: blank")
    setup = _setup({**row, "attn_dp": "", "dp": ""})
    return TrainingStep(
        setup=setup,
        source=row.get("source") or source,
        params_b=amount(row.get("params_b"), "params_b"),
        n_gpus=needed(setup.n_gpus, "n_gpus"),
        seq_len=whole(row.get("seq_len"), "seq_len"),
        global_batch=whole(row.get("global_batch_seqs"), "global_batch_seqs"),
        micro_batch=whole(row.get("micro_batch"), "micro_batch"),
        tokens_per_step=amount(row.get("tokens_per_step"), "tokens_per_step"),
        step_time_s=seconds,
        tokens_s_per_gpu=tokens,
        parallelism=row.get("parallelism", ""),
        dp=whole(row.get("dp_or_fsdp") or row.get("dp"), "dp_or_fsdp"),
        cp=whole(row.get("cp"), "cp") or 1,
        activation_checkpointing=row.get("activation_ckpt", ""),
        precision=setup.precision,
        note=row.get("note", ""),
    )


KINDS = (
    Kind(
        "step times",
        (
            *("hardware", "model", "phase", "batch_size"),
            *("context_len_per_seq", "new_tokens_total", "measured_ms"),
        ),
        step,
    ),
    Kind(
        "end-to-end runs",
        ("hardware", "model", "isl", "osl"),
        serving_run,
        any_of=("output_tok_s_total", "output_tok_s_per_gpu", *MEASURES[1:]),
    ),
    Kind(
        "request logs",
        (
            *("hardware", "model", "arrival_s", "input_tokens", "output_tokens"),
            *("ttft_ms", "tpot_ms", "e2e_ms"),
        ),
        request,
    ),
    Kind(
        "training throughput",
        ("hardware", "model", "n_gpus"),
        training_step,
        any_of=("step_time_s", "tokens_s_per_gpu"),
    ),
)


def _needed(row: Row, name: str) -> float:
    return needed(amount(row[name], name), name)


def _setup(row: Row) -> Setup:
    names = ("engine", "engine_version", "precision", "kv_dtype")
    degrees = ("tp", "pp", "ep", "attn_dp", "n_gpus")
    cells = {name: row.get(name, "") for name in degrees}
    cells["attn_dp"] = cells["attn_dp"] or row.get("dp", "")
    texts = (row["hardware"], row["model"], *(row.get(name, "") for name in names))
    return _one_setup(texts, tuple(cells.items()))


@lru_cache(maxsize=4096)
def _one_setup(texts: tuple[str, ...], cells: tuple[tuple[str, str], ...]) -> Setup:
    """The rows of a file share a few setups; each is made once."""
    hardware, model, engine, version, precision, kv_dtype = texts
    tp, pp, ep, dp, n_gpus = (whole(cell, name) for name, cell in cells)
    return Setup(
        hardware=needed(hardware, "hardware"),
        model=needed(model, "model"),
        engine=engine,
        engine_version=version,
        precision=precision,
        kv_dtype=kv_dtype,
        tp=tp or 1,
        pp=pp or 1,
        ep=ep or 1,
        dp=dp or 1,
        n_gpus=n_gpus,
    )


def _throughput(row: Row, setup: Setup) -> float | None:
    """Output tokens per second of the deployment: as given, or that of a GPU times the GPUs."""
    total = amount(row.get("output_tok_s_total"), "output_tok_s_total")
    each = amount(row.get("output_tok_s_per_gpu"), "output_tok_s_per_gpu")
    if total is not None or each is None or setup.n_gpus is None:
        return total
    return each * setup.n_gpus


def _rate(cell: str) -> tuple[float | None, str]:
    """A rate, and the remark behind it if there is one: `10 (trace)`."""
    name = "request_rate_rps"
    remarked = _REMARK.fullmatch(cell)
    if remarked:
        return rate(remarked[1], name), f"{name}: {cell}"
    return rate(cell, name), ""


def _yes(cell: str, name: str) -> bool:
    """Whether a cell says yes: 0 or 1, true or false, yes or no; nothing is no."""
    known = _YES_NO.get(cell.casefold())
    if known is None:
        found = amount(cell, name, zero=True)
        if found not in (0, 1):
            raise BadValue(f"{name}: neither 0 nor 1")
        return found == 1
    return known
