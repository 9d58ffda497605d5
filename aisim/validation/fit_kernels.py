"""The fit of kernels.

Each kind of kernel is fitted by itself, on the rows that measure it alone: least squares on the
logarithm of predicted over measured, soft-L1 against outliers, with a prior on each parameter
(`data/fit_priors.csv`) that weighs as much as a few rows. An accelerator whose rows do not show
a kernel takes it from its relatives. The parameters become rows of `data/gpu_fits.csv`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from aisim.catalog import GpuFit, accelerator
from aisim.catalog.files import Fact, read_facts
from aisim.performance.fits import OLD_STACK, PARAMETERS, gpu_fit
from aisim.validation.kernels import (
    attention_rows,
    dense_rows,
    expert_rows,
    is_windowed,
    mixed_rows,
    parts_of,
    whole_rows,
)
from aisim.validation.measured import Step
from aisim.validation.setups import engine_version, what_ran

Parameters = dict[str, float]
_PRODUCT_WEIGHT = 0.3
_PRIOR_ROWS = 3.0
_ROW_SPREAD = 0.1
_NO_PRODUCTS = pd.DataFrame(columns=["m_tokens"])


class Prior(Fact):
    """What is known of a parameter before anything was measured.

    Attributes:
        kernel: dense, attention, mixed or experts.
        typical: The middle of what is plausible.
        spread: Standard deviation of its logarithm.
        low: Least value that the fit may take.
        high: Greatest value that the fit may take.
    """

    parameter: str
    kernel: str
    typical: float
    spread: float
    low: float
    high: float


class Group(NamedTuple):
    """What shares a fit: accelerator, engine with version, precision of the products."""

    accelerator: str
    engine: str
    version: str
    precision: str


@cache
def priors() -> tuple[Prior, ...]:
    """Return the priors of all parameters."""
    return read_facts("fit_priors", Prior)


def group_of(step: Step) -> Group:
    """Return the group whose fit a step belongs to.

    Raises:
        NotPredicted: The catalog does not know what ran.
    """
    ran = what_ran(step.setup)
    return Group(ran.device.name, ran.engine, engine_version(step.setup), ran.precision)


def grouped(steps: Sequence[Step]) -> dict[Group, list[Step]]:
    """Return the steps that the fit uses, by group: those whose kernels were measured apart.

    Of the stack of 2023 only whole iterations are known.
    """
    groups: dict[Group, list[Step]] = defaultdict(list)
    for step in steps:
        apart = {"gemm", "attn"} <= step.parts_ms.keys()
        if not step.suspect and (apart or step.setup.engine.startswith(OLD_STACK)):
            groups[group_of(step)].append(step)
    return dict(groups)


def fit_group(
    steps: Sequence[Step],
    products: pd.DataFrame = _NO_PRODUCTS,
    kin: Mapping[str, float] | None = None,
) -> Parameters:
    """Return the parameters that fit these steps of one group.

    Args:
        steps: Measured steps with their parts.
        products: Rows of a micro-benchmark of products on the same accelerator and engine.
        kin: Parameters of relatives, the prior of this fit in place of the general one.
    """
    start = {prior.parameter: prior.typical for prior in priors()} | dict(kin or {})
    rows: list[tuple[str, Any, Any]] = []
    if steps and "gemm" not in steps[0].parts_ms:
        measured = whole_rows(steps)
        fitted = _least_squares(
            ("dense", "attention"), measured.seconds, measured.measured_s, 1.0, start
        )
        return {k: v for k, v in (start | fitted).items() if k != "eff_kv_mixed"}
    if steps or len(products):
        weights = np.concatenate([np.ones(len(steps)), np.full(len(products), _PRODUCT_WEIGHT)])
        rows.append(("dense", dense_rows(steps, products), weights))
    plain = [step for step in steps if not is_windowed(what_ran(step.setup).model)]
    alone = [step for step in plain if step.phase == "decode" or _is_whole_prompt(step)]
    mixed = [step for step in plain if step.phase != "decode" and not _is_whole_prompt(step)]
    if alone:
        rows.append(("attention", attention_rows(alone), 1.0))
    if mixed:
        rows.append(("mixed", mixed_rows(mixed), 1.0))
    if any("moe" in step.parts_ms for step in steps):
        rows.append(("experts", expert_rows(steps), 1.0))
    fitted = dict(start)
    for kernel, measured, weight in rows:
        fitted |= _least_squares((kernel,), measured.seconds, measured.measured_s, weight, fitted)
    return fitted if mixed else {k: v for k, v in fitted.items() if k != "eff_kv_mixed"}


def _is_whole_prompt(step: Step) -> bool:
    return step.phase == "prefill" and step.context_tokens == 0


def _least_squares(
    kernels: tuple[str, ...],
    seconds: Callable[[Any], Any],
    measured_s: Any,
    weights: Any,
    start: Mapping[str, float],
) -> Parameters:
    mine = [prior for prior in priors() if prior.kernel in kernels]
    names = [prior.parameter for prior in mine]
    middle = np.log([start[name] for name in names])
    pull = np.sqrt(_PRIOR_ROWS) * _ROW_SPREAD / np.array([prior.spread for prior in mine])

    def residuals(logs: Any) -> Any:
        fit = parts_of({**start, **dict(zip(names, np.exp(logs), strict=True))})
        misfit = np.log(np.maximum(seconds(fit), 1e-12) / measured_s)
        return np.concatenate([np.clip(misfit, -3, 3) * weights, pull * (logs - middle)])

    low = np.log([prior.low for prior in mine])
    high = np.log([prior.high for prior in mine])
    inside = np.clip(middle, low + 1e-6, high - 1e-6)
    found = least_squares(
        residuals, inside, bounds=(low, high), loss="soft_l1", f_scale=_ROW_SPREAD
    )
    return dict(zip(names, np.exp(found.x).tolist(), strict=True))


def at_bound(fitted: Mapping[str, float]) -> tuple[str, ...]:
    """Return the parameters that ended at a bound."""
    return tuple(
        prior.parameter
        for prior in priors()
        if prior.parameter in fitted
        and not prior.low * 1.01 < fitted[prior.parameter] < prior.high / 1.01
    )


def fit_kernels(steps: Sequence[Step], products: pd.DataFrame = _NO_PRODUCTS) -> tuple[GpuFit, ...]:
    """Return a fit for each group of steps, and for accelerators of which products are known.

    Twice: first each group by itself, then each with its relatives as the prior.
    """
    groups = grouped(steps)
    tables = _by_group(products)
    for group in tables:
        groups.setdefault(group, [])
    alone = {g: fit_group(rows, tables.get(g, _NO_PRODUCTS)) for g, rows in groups.items()}
    first = [_fit_row(group, fitted, groups[group]) for group, fitted in alone.items()]
    fits = []
    for group, rows in groups.items():
        kin = _kin(group, [fit for fit in first if fit.accelerator != group.accelerator])
        fitted = fit_group(rows, tables.get(group, _NO_PRODUCTS), kin)
        fits.append(_fit_row(group, fitted, rows))
    return tuple(fits)


def _by_group(products: pd.DataFrame) -> dict[Group, pd.DataFrame]:
    tables = {}
    for (device, engine, dtype), rows in products.groupby(["hardware", "engine", "dtype"]):
        name, _, version = str(engine).partition(" ")
        precision = str(dtype).replace("float16", "fp16")
        tables[Group(str(device), name, version, precision)] = rows
    return tables


def _kin(group: Group, others: list[GpuFit]) -> dict[str, float] | None:
    if not others:
        return None
    fit = gpu_fit(accelerator(group.accelerator), group.engine, group.precision, others).fit
    return {name: float(getattr(fit, name)) for name in PARAMETERS}


def _fit_row(group: Group, fitted: Parameters, rows: Sequence[Step]) -> GpuFit:
    measured = "iterations composed from kernels" if rows else "matrix products alone"
    return GpuFit(
        accelerator=group.accelerator,
        engine=group.engine,
        engine_version=group.version,
        precision=group.precision,
        **fitted,
        at_bound=at_bound(fitted),
        rows=len(rows),
        source=f"python -m aisim.validation.fit, {measured}",
        as_of=date.today().isoformat(),
        quality="fitted",
        note="; ".join(_why(name) for name in at_bound(fitted)),
    )


def _why(parameter: str) -> str:
    """What it may mean that a parameter ended at a bound."""
    prior = next(prior for prior in priors() if prior.parameter == parameter)
    return f"{parameter} at a bound ({prior.low:g} to {prior.high:g}): {prior.note}"
