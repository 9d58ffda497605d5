"""Measured serving runs beside what a simulation of them says."""

import re
from collections.abc import Mapping, Sequence
from math import isinf
from typing import NamedTuple

import numpy as np

from aisim.catalog import EngineHost, GpuFit, engine
from aisim.performance import DoesNotFit, IterationTime, Parallel, iteration_time, memory_plan
from aisim.performance.fits import engine_host, kernels_named
from aisim.performance.placement import engine_limits
from aisim.performance.shapes import tensor_parallel_choices
from aisim.simulation.alone import Limits, Served, serve_alone
from aisim.validation.measured import RequestLog, ServingRun, Setup
from aisim.validation.setups import NotPredicted, Ran, engine_version, what_ran

_RANGE = re.compile(r"random.*?(0?\.\d+)\s*-\s*1")
_ROUNDS = 10
_MOST_REQUESTS = 4000
_LEAST_SEQUENCES = 256


class Load(NamedTuple):
    """What one replica has to serve: `clients` in a closed loop, or requests at `rate_rps`.

    Lengths are even between `least_share` of the tokens and all of them.
    """

    input_tokens: int
    output_tokens: int
    requests: int
    clients: int
    rate_rps: float | None
    least_share: float = 1.0


class Serving:
    """Simulations of measured runs, with these fits; None: those of the catalog."""

    def __init__(
        self,
        fits: Sequence[GpuFit] | None = None,
        hosts: Sequence[EngineHost] | None = None,
    ) -> None:
        self._fits = fits
        self._hosts = hosts

    def predicted(self, run: ServingRun) -> dict[str, float]:
        """Return what aisim says of each measure of a run.

        Raises:
            NotPredicted: With the reason.
        """
        ran = spread_of(run)
        replicas = _replicas(run, ran)
        load = _load(run, replicas)
        budget, sequences = engine_limits(engine(settings_of(ran.engine)), ran.device)
        time, limits = self._limited(ran, run.setup, max(budget, sequences), sequences, None)
        served = _serve(time, limits, load)
        if np.isnan(served.last_s).all():
            raise NotPredicted("no request fits in the KV cache, says aisim's plan")
        measures = statistics(served, time.host.delay_iterations)
        measures["output_tok_s"] = replicas * _rate(run, served, load, measures)
        return {name: measures[name] for name in run.measured if name in measures}

    def log(self, log: RequestLog) -> dict[str, float]:
        """Return what aisim says of the statistics of a run known request by request.

        Raises:
            NotPredicted: With the reason.
        """
        ran = what_ran(log.setup)
        budget, sequences = engine_limits(engine(settings_of(ran.engine)), ran.device)
        budget, sequences = log.token_budget or budget, log.max_sequences or sequences
        time, limits = self._limited(ran, log.setup, budget, sequences, log.kv_tokens)
        served = serve_alone(
            time, limits, log.input_tokens, log.output_tokens, arrival_s=log.arrival_s
        )
        if np.isnan(served.last_s).all():
            raise NotPredicted("no request fits in the KV cache, says aisim's plan")
        return statistics(served, time.host.delay_iterations)

    def _limited(
        self, ran: Ran, setup: Setup, budget: int, sequences: int, kv_tokens: int | None
    ) -> tuple[IterationTime, Limits]:
        settings = engine(settings_of(ran.engine))
        names = (ran.engine, ran.weights, ran.kv_cache, ran.parallel)
        version = engine_version(setup)
        host = engine_host(
            ran.engine, kernels_named(ran.weights, ran.precision), version, self._hosts
        )
        own = (ran.activations, self._fits, host)
        try:
            time = iteration_time(ran.model, ran.device, *names, sequences, budget, *own)
            if kv_tokens is not None:
                blocks = kv_tokens // settings.block_tokens
            else:
                plan = memory_plan(ran.model, ran.device, settings, *names[1:], budget, sequences)
                blocks = plan.blocks
        except DoesNotFit:
            raise NotPredicted("does not fit in memory, says aisim's plan") from None
        except ValueError as problem:
            raise NotPredicted(str(problem)) from None
        lanes = ran.parallel.lanes
        return time, Limits(budget * lanes, sequences * lanes, blocks, settings.block_tokens)


def measured_statistics(log: RequestLog) -> dict[str, float]:
    """Return the measured statistics of a run known request by request."""
    return _statistics(log.ttft_ms, log.tpot_ms, log.e2e_ms)


def statistics(served: Served, delay_iterations: float) -> dict[str, float]:
    """Return the simulated statistics in milliseconds, as the client sees them.

    The first token reaches the client so many iterations late, the last in time.
    """
    tpot_s = np.nan_to_num(served.tpot_s)
    late_s = np.minimum(delay_iterations * tpot_s, served.last_s - served.first_s)
    return _statistics(1e3 * (served.ttft_s + late_s), 1e3 * served.tpot_s, 1e3 * served.e2e_s)


def _statistics(ttft_ms: object, tpot_ms: object, e2e_ms: object) -> dict[str, float]:
    found = {}
    for name, values in (("ttft", ttft_ms), ("tpot", tpot_ms), ("e2e", e2e_ms)):
        known = np.asarray(values, dtype=float)
        known = known[~np.isnan(known)]
        if len(known):
            found[f"{name}_mean_ms"] = float(known.mean())
            found[f"{name}_p50_ms"] = float(np.quantile(known, 0.5))
            found[f"{name}_p99_ms"] = float(np.quantile(known, 0.99))
    return found


def settings_of(engine_name: str) -> str:
    """Return the engine whose settings hold."""
    return "vllm" if engine_name in ("vllm-2023", "torch") else engine_name


def _check(run: ServingRun) -> None:
    """What is not predicted at all, and why."""
    reasons = [
        (bool(run.flag), f"flagged: {run.flag.split(';')[0].split('(')[0]}"),
        (run.disaggregated, "disaggregated serving"),
        (run.input_tokens is None, "input length unknown"),
        ("trace_replay" in run.scenario, "replayed trace: lengths of its requests unknown"),
        (
            run.concurrency is None and run.rate_rps is None and run.batch_size is None,
            "load unknown",
        ),
    ]
    for holds, reason in reasons:
        if holds:
            raise NotPredicted(reason)


def spread_of(run: ServingRun) -> Ran:
    """Return what ran.

    Where an entry of MLPerf does not say how a replica is spread: over the least GPUs that leave
    it a cache for a large batch.

    Raises:
        NotPredicted: With the reason.
    """
    _check(run)
    setup, ran = run.setup, what_ran(run.setup)
    unsaid = setup.tp == setup.pp == setup.ep == setup.dp == 1
    if not (unsaid and run.scenario.startswith("mlperf")):
        return ran
    for tp in tensor_parallel_choices(ran.model):
        spread = ran._replace(parallel=Parallel(tp))
        if tp <= (setup.n_gpus or 1) and _sequences(spread, run) >= _LEAST_SEQUENCES:
            return spread
    return ran


def _sequences(ran: Ran, run: ServingRun) -> float:
    settings = engine(settings_of(ran.engine))
    budget, sequences = engine_limits(settings, ran.device)
    names = (ran.weights, ran.kv_cache, ran.parallel)
    try:
        plan = memory_plan(ran.model, ran.device, settings, *names, budget, sequences)
    except ValueError:
        return 0.0
    return plan.kv_tokens / ((run.input_tokens or 0) + run.output_tokens)


def _replicas(run: ServingRun, ran: Ran) -> int:
    gpus = ran.parallel.gpus
    total = run.setup.n_gpus or gpus
    if total % gpus:
        raise NotPredicted("GPU count is no multiple of the GPUs of a replica")
    return total // gpus


def clients_of(run: ServingRun, ran: Ran) -> int:
    """Return the clients of each replica of a closed loop.

    Raises:
        NotPredicted: With the reason.
    """
    return max(1, round((run.concurrency or 1) / _replicas(run, ran)))


def mean_lengths(run: ServingRun) -> tuple[float, float]:
    """Return the mean tokens of prompts and answers."""
    middle = (1 + _least_share(run)) / 2
    return middle * (run.input_tokens or 1), middle * run.output_tokens


def _load(run: ServingRun, replicas: int) -> Load:
    sizes = (max(1, round(run.input_tokens or 1)), max(1, round(run.output_tokens)))
    closed = run.concurrency if run.concurrency is not None else run.batch_size
    # An infinite rate beside a concurrency is how benchmark tools spell a closed loop.
    if closed is not None and (run.rate_rps is None or isinf(run.rate_rps)):
        clients = max(1, round(closed / replicas))
        count = min(run.n_requests or _ROUNDS * clients, max(_ROUNDS * clients, 2 * clients))
        count = max(clients, min(count, _MOST_REQUESTS + 2 * clients))
        return Load(*sizes, count, clients, None, _least_share(run))
    rate = run.rate_rps or float("inf")
    count = min(run.n_requests or _MOST_REQUESTS, _MOST_REQUESTS)
    if isinf(rate):
        return Load(*sizes, count, count, None)
    return Load(*sizes, count, 1, rate / replicas)


def _least_share(run: ServingRun) -> float:
    """Benchmarks that draw lengths at random name the range, such as "random (0.8-1)"."""
    found = _RANGE.search(run.length_kind)
    return float(found[1]) if found else 1.0


def _serve(time: IterationTime, limits: Limits, load: Load) -> Served:
    random = np.random.default_rng(0)
    inputs, outputs = (
        random.integers(max(1, round(load.least_share * most)), most + 1, load.requests)
        for most in (load.input_tokens, load.output_tokens)
    )
    if load.rate_rps is not None:
        gaps = random.exponential(1 / load.rate_rps, load.requests)
        return serve_alone(time, limits, inputs, outputs, arrival_s=np.cumsum(gaps))
    return serve_alone(time, limits, inputs, outputs, clients=load.clients)


def _rate(run: ServingRun, served: Served, load: Load, measures: Mapping[str, float]) -> float:
    """Output tokens per second of a replica; derived as in the file where it says that it is."""
    if "DERIVED" in run.note:
        e2e_ms = measures["ttft_mean_ms"] + (load.output_tokens - 1) * measures["tpot_mean_ms"]
        return 1e3 * load.clients * load.output_tokens / e2e_ms
    answered = ~np.isnan(served.last_s)
    done, each = np.sort(served.last_s[answered]), float(served.output_tokens[answered].mean())
    if load.rate_rps is not None or load.requests == run.n_requests:
        return float(len(done) * each / done[-1])
    first, last = len(done) // 4, max(len(done) * 3 // 4, len(done) // 4 + 1)
    if len(done) < 8 or done[min(last, len(done) - 1)] <= done[first]:
        return float(len(done) * each / done[-1])
    last = min(last, len(done) - 1)
    return float((last - first) * each / (done[last] - done[first]))
