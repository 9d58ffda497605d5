"""Measured kernels as arrays that the formulas of the performance model take.

A step that was composed from kernels gives one row for each kind of kernel: the sum of all its
dense products, of its attention, of its experts. Micro-benchmarks give a row for one product.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from aisim.catalog import accelerator
from aisim.catalog.models import LlmModel
from aisim.performance import shapes
from aisim.performance.attention import (
    AttentionWork,
    attention_work,
    causal_pairs,
    kv_token_s,
    prompt_attention_s,
)
from aisim.performance.deployment import Deployment, Parallel
from aisim.performance.experts import ExpertWork, expert_work, experts_s
from aisim.performance.products import (
    Product,
    ProductTime,
    dense_products,
    product_s,
    product_time,
)
from aisim.performance.tokens import exchange_time
from aisim.validation.measured import Setup, Step
from aisim.validation.setups import what_ran
from aisim.validation.steps import Chunk, chunk_of

Array = Any


class DenseRows(NamedTuple):
    """Dense products; `row` says to which measured sum each belongs."""

    row: Array
    tokens: Array
    work: ProductTime
    measured_s: Array

    def seconds(self, fit: Any) -> Array:
        """Return the predicted sum of each row."""
        each = self.work.times * product_s(self.tokens, self.work, fit)
        return np.bincount(self.row, each, len(self.measured_s))


class AttentionRows(NamedTuple):
    """Attention of all layers, of prompts or of decodes."""

    layers: Array
    prompts: Array
    pairs: Array
    sequence: Array
    cached: Array
    work: AttentionWork
    measured_s: Array

    def seconds(self, fit: Any) -> Array:
        """Return the predicted time of each row."""
        pair_s = self.work.pair_s / fit.eff_prefill_attn
        prompts_s = prompt_attention_s(self.pairs, self.sequence, pair_s, fit.attn_half_sat_tokens)
        decodes_s = self.cached * kv_token_s(self.work, fit.eff_kv_decode, fit.eff_prefill_attn)
        return self.layers * (
            fit.attention_us * 1e-6 + np.where(self.prompts, prompts_s, decodes_s)
        )


class MixedRows(NamedTuple):
    """Attention of a prompt chunk after cached tokens, with decodes beside it or without."""

    layers: Array
    new: Array
    context: Array
    cached: Array
    work: AttentionWork
    measured_s: Array

    def seconds(self, fit: Any) -> Array:
        """Return the predicted time of each row; a chunk reads the cache at least once."""
        total = self.new + self.context
        pair_s = self.work.pair_s / fit.eff_prefill_attn
        pairs = causal_pairs(self.new, self.context)
        chunk_s = prompt_attention_s(pairs, total, pair_s, fit.attn_half_sat_tokens)
        cached_s = kv_token_s(self.work, fit.eff_kv_mixed, fit.eff_prefill_attn)
        chunk_s = np.maximum(chunk_s, self.context * cached_s)
        return self.layers * (fit.attention_us * 1e-6 + chunk_s + self.cached * cached_s)


class WholeRows(NamedTuple):
    """Whole iterations of a model without experts: products, attention and exchanges."""

    dense: DenseRows
    attention: AttentionRows
    exchange_s: Array
    measured_s: Array

    def seconds(self, fit: Any) -> Array:
        """Return the predicted time of each row."""
        return self.dense.seconds(fit) + self.attention.seconds(fit) + self.exchange_s


class ExpertRows(NamedTuple):
    """Experts of all layers."""

    tokens: Array
    work: ExpertWork
    measured_s: Array

    def seconds(self, fit: Any) -> Array:
        """Return the predicted time of each row."""
        return experts_s(self.tokens, self.work, fit)


def deployment_of(step: Step) -> Deployment:
    """Return the deployment of a step, every sequence of its batch sampled."""
    return what_ran(step.setup).deployment(step.batch_size, 1 << 20)


def dense_rows(steps: Sequence[Step], products: pd.DataFrame) -> DenseRows:
    """Return the dense products of the steps, and those of a micro-benchmark one by one."""
    works_of = cache(_works)  # thousands of steps are of few setups
    made = [
        (row, step.batch_size if work.sampled else step.new_tokens, *work)
        for row, step in enumerate(steps)
        for work in works_of(step.setup)
    ]
    of_steps = np.array(made, dtype=float).reshape(-1, 2 + len(ProductTime._fields))
    rows, tokens, *works = np.concatenate([of_steps, _alone(products, len(steps))]).T
    measured_ms = [step.parts_ms.get("gemm", math.nan) for step in steps]
    measured_ms += [] if products.empty else products["latency_ms"].tolist()
    return DenseRows(rows.astype(int), tokens, ProductTime(*works), np.array(measured_ms) / 1e3)


def _alone(products: pd.DataFrame, first: int) -> Array:
    """Products of a micro-benchmark, each a row of its own: the row, tokens, what it costs."""
    found = np.empty((len(products), 2 + len(ProductTime._fields)))
    if products.empty:
        return found
    found[:, 0] = first + np.arange(len(products))
    found[:, 1] = products["m_tokens"]
    alike: Any = products.groupby(["hardware", "engine", "dtype"], dropna=False).indices
    for named, places in alike.items():
        width, depth = (products[side].to_numpy()[places] for side in ("n", "k"))
        work = product_time(Product(1, width, depth), _plain(*named))
        found[places, 2:] = np.stack(np.broadcast_arrays(*work), axis=1)
    return found


def _works(setup: Setup) -> list[ProductTime]:
    """The dense products of a setup, whatever its batch."""
    made = what_ran(setup).deployment(1, 1 << 20)
    return [product_time(product, made) for product in dense_products(made.model, made.tp)]


def _plain(hardware: str, engine: str, dtype: str) -> Deployment:
    """A deployment of nothing in particular, for a product that belongs to no model."""
    weights = dtype.replace("float16", "fp16")
    nothing: Any = None
    return Deployment(nothing, accelerator(hardware), engine, weights, "fp16", Parallel(), 1, 1)


def attention_rows(steps: Sequence[Step]) -> AttentionRows:
    """Return the attention of the steps; only models without sliding windows."""
    columns, works = [], []
    for step in steps:
        made = deployment_of(step)
        prompts = step.phase == "prefill"
        new, context = step.prompt_tokens, step.context_tokens
        pairs = step.batch_size * causal_pairs(new, context) if prompts else 0.0
        cached = 0.0 if prompts else step.batch_size * context
        layers = shapes.attention_layers(made.model)
        total = new + context if prompts else 1.0
        measured_s = step.parts_ms.get("attn", math.nan) / 1e3
        columns.append((layers, prompts, pairs, total, cached, measured_s))
        works.append(attention_work(made))
    layers, prompts, pairs, total, cached, measured = _columns(columns)
    work = AttentionWork(*_columns(works))
    return AttentionRows(layers, prompts.astype(bool), pairs, total, cached, work, measured)


def whole_rows(steps: Sequence[Step]) -> WholeRows:
    """Return steps of which only the whole was measured; models without experts."""
    exchanges = [exchange_time(deployment_of(step)).seconds(step.new_tokens) for step in steps]
    return WholeRows(
        dense_rows(steps, pd.DataFrame()),
        attention_rows(steps),
        np.array(exchanges),
        np.array([step.measured_ms / 1e3 for step in steps]),
    )


def mixed_rows(steps: Sequence[Step]) -> MixedRows:
    """Return the attention of steps that hold one prompt chunk; no models with windows."""
    columns, works = [], []
    for step in steps:
        made = deployment_of(step)
        chunk = chunk_of(step)
        if step.phase == "prefill":
            chunk = Chunk(int(step.prompt_tokens), int(step.context_tokens), 0)
        layers = shapes.attention_layers(made.model)
        cached = chunk.decodes * step.context_tokens
        columns.append((layers, chunk.new, chunk.cached, cached, step.parts_ms["attn"] / 1e3))
        works.append(attention_work(made))
    layers, new, context, cached, measured = _columns(columns)
    return MixedRows(layers, new, context, cached, AttentionWork(*_columns(works)), measured)


def expert_rows(steps: Sequence[Step]) -> ExpertRows:
    """Return the experts of those steps that have some."""
    works, tokens, measured = [], [], []
    for step in steps:
        work = expert_work(deployment_of(step))
        if work is not None and "moe" in step.parts_ms:
            works.append(work)
            tokens.append(step.new_tokens)
            measured.append(step.parts_ms["moe"] / 1e3)
    return ExpertRows(np.array(tokens), ExpertWork(*_columns(works)), np.array(measured))


def is_windowed(model: LlmModel) -> bool:
    """Return whether attention of the model is more than one kind of layer."""
    return shapes.local_layers(model) > 0 or shapes.linear_layers(model) > 0


def _columns(rows: Sequence[Any]) -> list[Array]:
    return [np.array(column, dtype=float) for column in zip(*rows, strict=True)]


def parts_of(fit: Mapping[str, float]) -> Any:
    """Return parameters by name as attributes, for the formulas."""
    return type("Parameters", (), dict(fit))
