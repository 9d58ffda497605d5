"""How well rows are predicted that a fit has not seen, by splits that a planner would meet.

A model that was never run on this accelerator, a degree of tensor parallelism, an accelerator
known by its data sheet alone, an engine; of serving runs also a concurrency. Each value is left
out in turn, the parameters are fitted to the rest, and the rows that were left out are predicted.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from aisim.catalog import GpuFit
from aisim.performance.fits import gpu_fit
from aisim.performance.iteration import assemble
from aisim.performance.steady import steady_state
from aisim.validation.fit_hosts import Run, closed_runs, fit_hosts, host_of
from aisim.validation.fit_kernels import fit_kernels
from aisim.validation.measured import ServingRun, Step
from aisim.validation.serving import clients_of, mean_lengths, spread_of
from aisim.validation.setups import NotPredicted
from aisim.validation.steps import StepTimes
from aisim.validation.validate import Errors, Pair, errors_of


class Split(NamedTuple):
    """One way of leaving rows out, one value that was left out, and its errors."""

    held_out: str
    value: str
    metric: str
    errors: Errors


def step_splits(
    steps: Sequence[Step], products: pd.DataFrame
) -> Iterator[tuple[Split, list[Pair]]]:
    """Leave out models, degrees, accelerators and engines from the composed steps in turn."""
    used = [s for s in steps if s.kind.startswith("composed") and not s.suspect]
    for name, key in _STEP_KEYS.items():
        for value in sorted({key(step) for step in used}):
            rest = [step for step in steps if key(step) != value]
            kept = {step.setup.hardware for step in rest}
            # Leaving out the only model, degree or engine of a GPU would leave out the GPU.
            left = [
                step
                for step in used
                if key(step) == value and (name == "accelerator" or step.setup.hardware in kept)
            ]
            table = products[~_products_of(name, value, products)]
            if left:
                pairs = _step_pairs(left, StepTimes(fit_kernels(rest, table)))
                yield Split(name, value, "iteration_ms", errors_of(pairs)), pairs


_STEP_KEYS: dict[str, Callable[[Step], str]] = {
    "model": lambda step: step.setup.model,
    "TP": lambda step: str(step.setup.tp),
    "accelerator": lambda step: step.setup.hardware,
    "engine": lambda step: f"{step.setup.engine.split()[0]} on {step.setup.hardware}",
}


def _products_of(name: str, value: str, products: pd.DataFrame) -> "pd.Series[bool]":
    if name == "accelerator":
        return products["hardware"] == value
    if name == "engine":
        engine, _, device = value.partition(" on ")
        same = products["engine"].str.startswith(f"{engine} ")
        return (products["hardware"] == device) & same
    return pd.Series(False, index=products.index)


def _step_pairs(steps: Sequence[Step], times: StepTimes) -> list[Pair]:
    pairs = []
    for step in steps:
        setup = step.setup
        named = (setup.hardware, setup.model, setup.engine, step.phase, "iteration_ms")
        pairs.append(Pair(*named, False, step.measured_ms, times.predicted_ms(step)))
    return pairs


def serving_splits(
    runs: Sequence[ServingRun], steps: Sequence[Step], products: pd.DataFrame
) -> Iterator[tuple[Split, list[Pair]]]:
    """Leave out models, accelerators and concurrencies from the closed-loop runs in turn.

    By the closed form of a steady load, which follows the simulation within 1 % (median).
    """
    known = closed_runs(runs)
    keys: dict[str, Callable[[Run], str]] = {
        "model": lambda run: run.run.setup.model,
        "accelerator": lambda run: run.run.setup.hardware,
        "concurrency": lambda run: f"{run.run.concurrency:g}",
    }
    for name, key in keys.items():
        for value in sorted({key(run) for run in known}):
            left = [run for run in known if key(run) == value]
            rest = [run for run in known if key(run) != value]
            fits = None
            if name == "accelerator":
                other = [step for step in steps if step.setup.hardware != value]
                fits = fit_kernels(other, products[products["hardware"] != value])
                rest = closed_runs([run.run for run in rest], fits)
            pairs = _run_pairs(left, rest, fits)
            yield Split(name, value, "tpot_mean_ms", errors_of(pairs)), pairs


def _run_pairs(
    left: Sequence[Run], rest: Sequence[Run], fits: Sequence[GpuFit] | None
) -> list[Pair]:
    hosts, pairs = fit_hosts(rest), []
    for run in left:
        ran, setup = spread_of(run.run), run.run.setup
        fit = gpu_fit(ran.device, ran.engine, ran.precision, fits).fit
        try:
            time = assemble(ran.deployment(1024, 8192), fit, host_of(run, hosts))
        except ValueError as problem:
            raise NotPredicted(str(problem)) from None
        lengths = mean_lengths(run.run)
        predicted_s = steady_state(time, clients_of(run.run, ran), *lengths).tpot_s
        named = (setup.hardware, setup.model, setup.engine, run.run.scenario, "tpot_mean_ms")
        pairs.append(Pair(*named, False, 1e3 * run.measured_s, 1e3 * predicted_s))
    return pairs
