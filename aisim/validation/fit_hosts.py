"""The fit of what real engines add to their kernels: rows of `data/engine_hosts.csv`.

From closed-loop serving runs, by the closed form of a steady load, in which each parameter is a
factor on one term: least squares on the logarithm of predicted over measured TPOT, with priors.
How late first tokens come is the median of what the simulation leaves, in iterations.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import least_squares

from aisim.catalog import EngineHost, GpuFit, engine
from aisim.performance.fits import bare, engine_host, gpu_fit, kernels_named, version_numbers
from aisim.performance.iteration import assemble
from aisim.performance.steady import steady_state
from aisim.validation.measured import ServingRun
from aisim.validation.serving import Serving, clients_of, mean_lengths, settings_of, spread_of
from aisim.validation.setups import NotPredicted, Ran, engine_version

_ROW_SPREAD = 0.1
_PRIOR_ROWS = 3.0
# Typical value and spread of the logarithm: launches as benchmarked, 0.3 ms and 15 us of host.
_PRIORS = {
    "launch": (1.0, 0.2),
    "experts": (1.0, 0.4),
    "read": (1.0, 0.15),
    "exchange": (1.0, 0.7),
    "iteration": (300.0, 1.5),
    "sequence": (15.0, 0.5),
}


class Run(NamedTuple):
    """A closed-loop run: its measured TPOT, and the terms of the predicted one in seconds."""

    run: ServingRun
    host: tuple[str, str]
    kernels: tuple[str, str]
    measured_s: float
    base_s: float
    launch_s: float
    experts_s: float
    read_s: float
    exchange_s: float
    iteration_s: float
    sequence_s: float


def closed_runs(runs: Sequence[ServingRun], fits: Sequence[GpuFit] | None = None) -> list[Run]:
    """Return the runs that tell something of their engine's host, with their terms."""
    found = []
    for run in runs:
        try:
            if "tpot_mean_ms" in run.measured and run.concurrency is not None:
                found.append(_terms(run, fits))
        except NotPredicted:
            continue
    return found


def _terms(run: ServingRun, fits: Sequence[GpuFit] | None) -> Run:
    ran = spread_of(run)
    fit = gpu_fit(ran.device, ran.engine, ran.precision, fits).fit
    plain = bare(ran.engine)

    def tpot_s(**changes: float) -> float:
        time = assemble(ran.deployment(1024, 8192), fit, plain.model_copy(update=changes))
        return steady_state(time, clients_of(run, ran), *mean_lengths(run)).tpot_s

    base_s = tpot_s()
    return Run(
        run=run,
        host=_host_of(run, ran),
        kernels=(ran.engine, kernels_named(ran.weights, ran.precision)),
        measured_s=run.measured["tpot_mean_ms"] / 1e3,
        base_s=base_s,
        launch_s=tpot_s(launch_share=2.0) - base_s,
        experts_s=tpot_s(experts_share=2.0) - base_s,
        read_s=2 * (base_s - tpot_s(read_share=0.5)),
        exchange_s=tpot_s(exchange_share=2.0) - base_s,
        iteration_s=tpot_s(iteration_us=1.0) - base_s,
        sequence_s=tpot_s(sequence_us=1.0) - base_s,
    )


def _host_of(run: ServingRun, ran: Ran) -> tuple[str, str]:
    """The engine, and the version from which its host is as in this run."""
    changes = engine(settings_of(ran.engine)).host_changed_in
    said = version_numbers(engine_version(run.setup))
    since = [change for change in changes if not said or version_numbers(change) <= said]
    return ran.engine, since[-1] if since else ""


def host_of(run: Run, hosts: Sequence[EngineHost]) -> EngineHost:
    """Return which of these hosts a run had."""
    version = engine_version(run.run.setup)
    return engine_host(run.kernels[0], run.kernels[1], version, hosts)


def fit_hosts(runs: Sequence[Run]) -> tuple[EngineHost, ...]:
    """Return what each engine adds, by version and precision; the first token apart."""
    labels = [("launch", r.kernels) for r in runs] + [("experts", r.kernels) for r in runs]
    labels += [("read", r.kernels) for r in runs] + [("exchange", (r.host[0], "")) for r in runs]
    labels += [("iteration", r.host) for r in runs] + [("sequence", r.host) for r in runs]
    keys = sorted(set(labels))
    middle = np.log([_PRIORS[kind][0] for kind, _ in keys])
    spread = np.array([_PRIORS[kind][1] for kind, _ in keys])
    terms = np.array([r[5:] for r in runs]).T
    index = np.array([keys.index(label) for label in labels]).reshape(6, len(runs))
    base_s = np.array([r.base_s - sum(r[5:9]) for r in runs])
    measured_s = np.array([r.measured_s for r in runs])

    beside = np.array([_beside(*r.host) for r in runs])

    def errors(logs: Any) -> Any:
        parts = np.exp(logs)[index] * terms
        kernels_s, host_s = base_s + parts[:4].sum(axis=0), parts[4:].sum(axis=0)
        both_s = np.where(beside, np.hypot(kernels_s, host_s), kernels_s + host_s)
        return np.log(both_s / measured_s)

    def residuals(logs: Any) -> Any:
        pull = np.sqrt(_PRIOR_ROWS) * _ROW_SPREAD / spread
        return np.concatenate([errors(logs), pull * (logs - middle)])

    logs = least_squares(residuals, middle, loss="soft_l1", f_scale=_ROW_SPREAD).x
    values = dict(zip(keys, np.exp(logs).tolist(), strict=True))
    relative = np.abs(np.expm1(errors(logs)))
    pairs = sorted({(r.host, r.kernels) for r in runs})
    return tuple(_row(host, kernels, values, runs, relative) for host, kernels in pairs)


def _beside(name: str, from_version: str) -> bool:
    """Whether the host works beside the accelerator from this version on."""
    since = engine(settings_of(name)).host_beside_from
    return bool(since) and version_numbers(from_version or "0") >= version_numbers(since)


def _row(
    host: tuple[str, str],
    kernels: tuple[str, str],
    values: Mapping[Any, float],
    runs: Sequence[Run],
    relative: Any,
) -> EngineHost:
    mine = relative[[r.host == host and r.kernels == kernels for r in runs]]
    return EngineHost(
        engine=host[0],
        from_version=host[1],
        precision=kernels[1],
        launch_share=values["launch", kernels],
        experts_share=values["experts", kernels],
        read_share=values["read", kernels],
        exchange_share=values["exchange", (host[0], "")],
        beside=_beside(*host),
        iteration_us=values["iteration", host],
        sequence_us=values["sequence", host],
        delay_iterations=0.0,
        rows=len(mine),
        median_error=float(np.median(mine)),
        p90_error=float(np.quantile(mine, 0.9)),
        source="python -m aisim.validation.fit, closed-loop serving runs",
        as_of="2026-11",
        quality="fitted",
    )


def with_delays(
    hosts: Sequence[EngineHost], runs: Sequence[Run], fits: Sequence[GpuFit] | None = None
) -> tuple[EngineHost, ...]:
    """Return the hosts with how many iterations late first tokens come: the median of the runs."""
    serving = Serving(fits, hosts)
    late: dict[tuple[str, str], list[float]] = defaultdict(list)
    for run in runs:
        measured = run.run.measured
        if "ttft_mean_ms" in measured:
            made = serving.predicted(run.run)
            missing_ms = measured["ttft_mean_ms"] - made["ttft_mean_ms"]
            late[run.host].append(missing_ms / measured["tpot_mean_ms"])
    delays = {host: max(0.0, float(np.median(values))) for host, values in late.items()}
    return tuple(
        host.model_copy(
            update={"delay_iterations": delays.get((host.engine, host.from_version), 0.0)}
        )
        for host in hosts
    )
