"""What a planner measured, as cases that parameters are fitted to: predicted twice.

In closed form, which is fast, and by simulation, which is right. What is fitted is the closed
form times the ratio of the two at parameters nearby.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import NamedTuple

from aisim.catalog import EngineHost, GpuFit, engine, engines
from aisim.performance.fits import engine_host, gpu_fit, kernels_named, version_numbers
from aisim.performance.iteration import IterationTime, assemble
from aisim.performance.placement import engine_limits
from aisim.performance.steady import steady_state
from aisim.validation.measured import MEASURES, Measurements, RequestLog, ServingRun, Step
from aisim.validation.serving import Serving, mean_lengths, measured_statistics, spread_of
from aisim.validation.setups import NotPredicted, Ran, engine_version, what_ran
from aisim.validation.steps import StepTimes

MOST_REQUESTS = 4000
MOST_CLIENTS = 20_000
#: Of a measure the first statistic that was measured counts.
STATISTICS = {
    "tpot": ("tpot_mean_ms", "tpot_p50_ms"),
    "ttft": ("ttft_mean_ms", "ttft_p50_ms"),
    "e2e": ("e2e_mean_ms",),
    "throughput": ("output_tok_s",),
}
ITERATION = "iteration"
Measured = ServingRun | RequestLog | Step
_QUEUEING = 5.0
_ROUNDS = 5


class Group(NamedTuple):
    """What shares parameters; `kernels` is the precision, or weight_only."""

    accelerator: str
    engine: str
    precision: str
    kernels: str

    def __str__(self) -> str:
        return f"{self.accelerator} {self.engine} {self.kernels}"


class Parameters(NamedTuple):
    """Of the kernels, and what the engine adds."""

    fit: GpuFit
    host: EngineHost


@dataclass(frozen=True, eq=False)
class Case:
    """A run, a log or a step.

    Attributes:
        what: As it was read.
        ran: What ran.
        names: Of each measure, the statistic that is compared.
        measured: Of each measure; times in milliseconds, output tokens per second.
        load: What was offered, in words; equal for equal loads.
        lengths: Mean tokens of prompt and answer.
        gpus: All GPUs over those of a replica.
    """

    what: Measured
    ran: Ran
    names: Mapping[str, str]
    measured: Mapping[str, float]
    load: str
    lengths: tuple[float, float] = (0.0, 0.0)
    replicas: float = 1.0

    @property
    def has_parts(self) -> bool:
        """Whether it is a step of which kernels were measured one by one."""
        return isinstance(self.what, Step) and {"gemm", "attn"} <= self.what.parts_ms.keys()


def cases_of(measured: Measurements) -> tuple[dict[Group, list[Case]], Counter[str]]:
    """Return the cases by group, and how many were left out for which reason."""
    groups: dict[Group, list[Case]] = {}
    left_out = Counter(measured.unreadable)
    if measured.training:
        left_out["training steps tell nothing of serving"] += len(measured.training)
    rows: tuple[Measured, ...] = (*measured.runs, *measured.logs, *measured.steps)
    for what in rows:
        try:
            case = _case(what)
        except NotPredicted as reason:
            left_out[str(reason)] += 1
            continue
        groups.setdefault(group_of(case.ran), []).append(case)
    return groups, left_out


def group_of(ran: Ran) -> Group:
    """Return the group of what ran."""
    kernels = kernels_named(ran.weights, ran.precision)
    return Group(ran.device.name, ran.engine, ran.precision, kernels)


def _case(what: Measured) -> Case:
    if isinstance(what, ServingRun):
        case = _run(what)
    elif isinstance(what, RequestLog):
        case = _log(what)
    else:
        case = _step(what)
    if case.ran.engine not in engines():
        raise NotPredicted(f"engine {case.ran.engine} has no settings in the catalog")
    return case


def _run(run: ServingRun) -> Case:
    ran = spread_of(run)
    if max(run.concurrency or 0, run.batch_size or 0) > MOST_CLIENTS:
        raise NotPredicted(f"more than {MOST_CLIENTS:,} requests at once")
    names = {
        measure: next(name for name in known if name in run.measured)
        for measure, known in STATISTICS.items()
        if any(name in run.measured for name in known)
    }
    offered = run.rate_rps is not None and isfinite(run.rate_rps)
    short = run.n_requests is not None and run.n_requests < _ROUNDS * (run.concurrency or 0)
    if offered or short:
        # Below saturation the throughput is what was offered; in a few rounds it is ramp and tail.
        names.pop("throughput", None)
    if not names:
        raise NotPredicted("neither TPOT nor TTFT nor the throughput of a full engine")
    load = f"{run.rate_rps:g} requests/s" if offered else f"{run.concurrency or 0:g} at once"
    replicas = max(1.0, (run.setup.n_gpus or ran.parallel.gpus) / ran.parallel.gpus)
    measured = {measure: run.measured[name] for measure, name in names.items()}
    return Case(run, ran, names, measured, load, mean_lengths(run), replicas)


def _log(log: RequestLog) -> Case:
    log = replace(
        log,
        **{
            name: getattr(log, name)[:MOST_REQUESTS]
            for name in (
                "arrival_s", "input_tokens", "output_tokens", "ttft_ms", "tpot_ms", "e2e_ms",
            )
        },
    )  # fmt: skip
    found = measured_statistics(log)
    names = {m: f"{m}_mean_ms" for m in ("tpot", "ttft") if f"{m}_mean_ms" in found}
    lengths = (float(log.input_tokens.mean()), float(log.output_tokens.mean()))
    span_s = max(float(log.arrival_s[-1]), 1e-9)
    load = f"{len(log.arrival_s) / span_s:.3g} requests/s"
    measured = {measure: found[name] for measure, name in names.items()}
    return Case(log, what_ran(log.setup), names, measured, load, lengths)


def _step(step: Step) -> Case:
    StepTimes().predicted_ms(step)
    load = f"batch {step.batch_size}"
    names = {ITERATION: "measured_ms"}
    return Case(step, what_ran(step.setup), names, {ITERATION: step.measured_ms}, load)


def catalog_parameters(group: Group, cases: list[Case]) -> tuple[Parameters, str]:
    """Return what the catalog says of a group, and the newest version of the engine in it."""
    ran = cases[0].ran
    version = max((engine_version(case.what.setup) for case in cases), key=version_numbers)
    own = {
        "accelerator": group.accelerator, "engine": group.engine,
        "engine_version": version, "precision": group.precision,
    }  # fmt: skip
    fit = gpu_fit(ran.device, ran.engine, ran.precision).fit.model_copy(update=own)
    host = engine_host(ran.engine, group.kernels, version)
    changes = {"engine": group.engine, "from_version": "", "precision": group.kernels}
    return Parameters(fit, host.model_copy(update=changes)), version


class Predictions:
    """What these parameters say of cases."""

    def __init__(self, parameters: Parameters) -> None:
        fit, host = self._parameters = parameters
        self._serving = Serving((fit,), (host,))
        self._steps = StepTimes((fit,), (host,))
        self._times: dict[Ran, IterationTime] = {}

    def simulated(self, case: Case) -> dict[str, float]:
        """Return each measure of a case, and `sequences`: those that decode at once, on average.

        Raises:
            NotPredicted: With the reason.
        """
        what = case.what
        if isinstance(what, Step):
            return {ITERATION: self._steps.predicted_ms(what), "sequences": 1.0}
        try:
            if isinstance(what, RequestLog):
                said = self._serving.log(what)
            else:
                said = self._serving.predicted(replace(what, measured=dict.fromkeys(MEASURES, 1.0)))
        except (IndexError, KeyError):
            raise NotPredicted("no request fits in the memory that aisim plans") from None
        if any(not isfinite(said.get(name, 0.0)) for name in case.names.values()):
            raise NotPredicted("no request is served")
        found = {measure: said[name] for measure, name in case.names.items() if name in said}
        if found.keys() != case.names.keys():
            raise NotPredicted("answers of one token have no TPOT")
        return {**found, "sequences": _decoding(case, said)}

    def closed(self, case: Case, sequences: float) -> dict[str, float]:
        """Return each measure in closed form, when so many sequences are under way."""
        if isinstance(case.what, Step):
            return {ITERATION: self._steps.predicted_ms(case.what)}
        steady = steady_state(self._time(case.ran), max(1, round(sequences)), *case.lengths)
        e2e_s = steady.ttft_s + max(0.0, case.lengths[1] - 1) * steady.tpot_s
        rate = steady.rps * case.lengths[1] * case.replicas
        said = {"tpot": 1e3 * steady.tpot_s, "ttft": 1e3 * steady.ttft_s, "e2e": 1e3 * e2e_s}
        # Beyond what the closed form holds for, a time may come out below zero.
        return {name: max(1e-9, {**said, "throughput": rate}[name]) for name in case.names}

    def _time(self, ran: Ran) -> IterationTime:
        if ran not in self._times:
            budget, sequences = engine_limits(engine(ran.engine), ran.device)
            made = ran.deployment(sequences, max(budget, sequences))
            self._times[ran] = assemble(made, *self._parameters)
        return self._times[ran]


def _decoding(case: Case, said: Mapping[str, float]) -> float:
    """Sequences that decode at once on a replica, by Little's law."""
    tpot_s = said.get("tpot_mean_ms", 0.0) / 1e3
    if isinstance(case.what, RequestLog):
        span_s = float(case.what.arrival_s[-1]) + said["e2e_mean_ms"] / 1e3
        return float(case.what.output_tokens.sum()) * tpot_s / max(span_s, 1e-9)
    return said["output_tok_s"] / case.replicas * tpot_s


def queues(case: Case, simulated: Mapping[str, float], closed: Mapping[str, float]) -> bool:
    """Whether first tokens mostly wait for earlier requests: then TTFT tells only the load."""
    return "ttft" in case.names and simulated["ttft"] > _QUEUEING * closed["ttft"]
