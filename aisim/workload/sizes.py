"""How long prompts and answers are."""

from collections.abc import Sequence

import numpy as np

from aisim import catalog
from aisim.scenario.workload import ConstantSizes, QuantileSizes, ScaledSizes
from aisim.workload.arrivals import WINDOW_S, Windows
from aisim.workload.table import Floats, Ints
from aisim.workload.traces import MAX_TOKENS

Sizes = tuple[Ints, Ints]


def constant(sizes: ConstantSizes, n: int) -> Sizes:
    """N requests, all alike: input and output tokens."""
    return np.full(n, sizes.input_tokens), np.full(n, sizes.output_tokens)


def quantiles(
    sizes: QuantileSizes, n: int, rng_in: np.random.Generator, rng_out: np.random.Generator
) -> Sizes:
    """N requests with lengths from quantile tables: input and output tokens."""
    return (
        from_quantiles(sizes.input_tokens, rng_in.random(n)),
        from_quantiles(sizes.output_tokens, rng_out.random(n)),
    )


def from_quantiles(table: Sequence[float], u: Floats) -> Ints:
    """Tokens at the probabilities `u`, linear between the evenly spaced quantiles of `table`.

    A flat stretch of the table is an atom of the distribution, and stays one.
    """
    points = np.linspace(0.0, 1.0, len(table))
    return np.maximum(np.rint(np.interp(u, points, table)), 1).astype(np.int64)


def from_windows(
    name: str,
    windows: Windows,
    arrival_s: Floats,
    rng_in: np.random.Generator,
    rng_out: np.random.Generator,
) -> Sizes:
    """Lengths from the quantiles of the window that each arrival falls in."""
    tables = catalog.traffic_windows(name)
    chosen = windows.choice[(arrival_s // WINDOW_S).astype(np.int64)]
    u_in, u_out = rng_in.random(len(arrival_s)), rng_out.random(len(arrival_s))
    inputs = np.empty(len(arrival_s), dtype=np.int64)
    outputs = np.empty(len(arrival_s), dtype=np.int64)
    for i, window in enumerate(tables):
        rows = chosen == i
        inputs[rows] = from_quantiles(window.input_tokens, u_in[rows])
        outputs[rows] = from_quantiles(window.output_tokens, u_out[rows])
    return inputs, outputs


def scaled(sizes: ScaledSizes, inputs: Ints, outputs: Ints) -> Sizes:
    """Lengths with the factors on prompts and answers."""
    return _times(inputs, sizes.input_scale), _times(outputs, sizes.output_scale)


def _times(tokens: Ints, factor: float) -> Ints:
    product: Floats = np.rint(tokens * factor)
    return np.clip(product, 1, MAX_TOKENS).astype(np.int64)
