"""The fit of exchanges between ranks: rows of `data/collective_fits.csv`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from aisim.catalog import accelerators
from aisim.performance.collectives import ALL_REDUCE, ALL_TO_ALL, passes
from aisim.performance.precision import ACTIVATION_BYTES
from aisim.validation.fit_kernels import group_of
from aisim.validation.measured import Step
from aisim.validation.setups import what_ran

# The tables' words for what serving engines use; eager rows hold the host's launches.
_KINDS = {
    "all_reduce_inference": ALL_REDUCE,
    "all_reduce": ALL_REDUCE,
    "alltoall": ALL_TO_ALL,
}
_START = ((5.0, 200.0, 1.0), (20.0, 20.0, 0.1), (30.0, 300.0, 1.0))


def fit_collectives(network: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row of parameters and errors for each accelerator, engine and number of ranks.

    Args:
        network: Rows of a micro-benchmark: category, system, block_or_object_bytes,
            n_devices_or_ranks, latency_mean_us.
    """
    rows = []
    used = network[network["category"].isin(list(_KINDS)) & network["latency_mean_us"].notna()]
    keys = ["category", "system", "n_devices_or_ranks"]
    groups: Any = used.groupby(keys)
    for (category, system, ranks), measured in groups:
        named = _named(system)
        if named is None:
            continue
        operation = _KINDS[category]
        sizes = measured["block_or_object_bytes"].to_numpy(dtype=float)
        found = _fit(
            operation, int(ranks), sizes, measured["latency_mean_us"].to_numpy(dtype=float)
        )
        rows.append({"operation": operation, **named, "ranks": int(ranks), **found})
    return rows


def _named(system: str) -> dict[str, str] | None:
    """Accelerator, engine and version of a system; None for launches from the host."""
    words = system.replace("(PCIe4)", "").replace("(PCIe5)", "").split()
    name = {"ArcProB60": "ArcProB60-24"}.get(words[0], words[0])
    if len(words) < 2 or name not in accelerators():
        return None
    if words[1] != "NCCL" and "/" not in words[1]:
        return None
    if words[-1].endswith("_eager") and name != "ArcProB60-24":
        return None
    engine, _, version = words[1].partition("/")
    return {"accelerator": name, "engine": engine.lower(), "engine_version": version}


def _fit(operation: str, ranks: int, sizes: Any, measured_us: Any) -> dict[str, float]:
    passed = passes(operation, ranks) * sizes

    def predicted_us(logs: Any) -> Any:
        alpha, rate, root = np.exp(logs)
        return alpha + passed / rate / 1e3 + root * np.sqrt(sizes / 1e6)

    def residuals(logs: Any) -> Any:
        return np.log(predicted_us(logs) / measured_us)

    tries = [
        least_squares(residuals, np.log(start), loss="soft_l1", f_scale=0.1) for start in _START
    ]
    best = min(tries, key=lambda tried: tried.cost).x
    errors = np.abs(predicted_us(best) / measured_us - 1)
    alpha, rate, root = np.exp(best)
    return {
        "alpha_us": float(alpha),
        "busbw_gb_s": float(rate),
        "root_us": float(root) if root > 1e-3 else 0.0,
        "median_error": float(np.median(errors)),
        "p90_error": float(np.quantile(errors, 0.9)),
    }


def reduces_of(steps: Sequence[Step]) -> pd.DataFrame:
    """Return the all-reduces of composed steps as rows of a micro-benchmark.

    Two all-reduces of the hidden states per layer.
    """
    rows = []
    for step in steps:
        ran = what_ran(step.setup)
        if step.parts_ms.get("allreduce") and step.setup.tp > 1:
            group = group_of(step)
            rows.append(
                {
                    "category": "all_reduce_inference",
                    "system": f"{group.accelerator} {group.engine}/{group.version}",
                    "block_or_object_bytes": step.new_tokens * ran.model.hidden * ACTIVATION_BYTES,
                    "n_devices_or_ranks": step.setup.tp,
                    "latency_mean_us": 1e3 * step.parts_ms["allreduce"] / (2 * ran.model.layers),
                }
            )
    return pd.DataFrame(rows)
