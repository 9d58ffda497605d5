"""What one replica of a model does on accelerators of one kind, before any study."""

from collections.abc import Iterator
from dataclasses import replace

from aisim import catalog
from aisim.catalog import Accelerator, LlmModel
from aisim.performance import MemoryPlan
from aisim.performance.power import power_draw
from aisim.planning.choose_replica import Chosen, Wanted, choose_replica
from aisim.planning.one_replica import OneReplica, check_context
from aisim.planning.prediction import (
    AtBatch,
    AtContext,
    Errors,
    Memory,
    Power,
    Prediction,
    Saturation,
    Spread,
)
from aisim.simulation.alone_saturation import Saturated

#: Lengths that planners ask about.
CONTEXTS = (1_024, 4_096, 16_384, 32_768, 131_072)
_JOULES_PER_KWH = 3.6e6


def predict(
    model: str | LlmModel,
    accelerator: str | Accelerator,
    *,
    engine: str = "vllm",
    weights: str | None = None,
    kv_cache: str = "fp16",
    activations: str | None = None,
    tensor_parallel: int | None = None,
    pipeline_parallel: int = 1,
    expert_parallel: int = 1,
    data_parallel: int = 1,
    input_tokens: int = 1000,
    output_tokens: int = 250,
) -> Prediction:
    """Return what one replica does: what fits, how fast it is, when it saturates, what it draws.

    Args:
        model: A name of the catalog, one of Hugging Face, or a path of a config.json.
        accelerator: A name of the catalog, or one of the planner's own.
        engine: vllm, trtllm or sglang.
        weights: Precision; None: fp16 where that fits on at most 8 GPUs.
        kv_cache: Precision of the KV cache.
        activations: Precision of the activations; None: as the weights where there are units.
        tensor_parallel: None: the fewest GPUs that leave a cache for 8 sequences.
        pipeline_parallel: Stages that share the layers.
        expert_parallel: Groups that share the experts.
        data_parallel: Copies of the attention.
        input_tokens: Tokens of each prompt.
        output_tokens: Tokens of each answer.

    Raises:
        UnknownName: No such model, accelerator, engine or precision.
        BadModelConfig: The config.json is not understood.
        BadInput: The parallelism does not split the model, the device cannot compute so, or the
            request is longer than the model's context.
    """
    found = catalog.llm_model(model) if isinstance(model, str) else model
    device = catalog.accelerator(accelerator) if isinstance(accelerator, str) else accelerator
    check_context(found, input_tokens, output_tokens)
    wanted = Wanted(
        found, device, catalog.engine(engine).name, weights, kv_cache, activations,
        tensor_parallel, pipeline_parallel, expert_parallel, data_parallel,
        input_tokens + output_tokens,
    )  # fmt: skip
    return _prediction(wanted, choose_replica(wanted), input_tokens, output_tokens)


def _prediction(
    wanted: Wanted, chosen: Chosen, input_tokens: int, output_tokens: int
) -> Prediction:
    parallel, replica = chosen.parallel, chosen.replica
    asked = Prediction(
        model=wanted.model.name,
        accelerator=wanted.device.name,
        engine=wanted.engine,
        weights=chosen.weights,
        kv_cache=wanted.kv_cache,
        activations=wanted.activations,
        spread=Spread(*parallel, gpus=parallel.gpus),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        fits=replica is not None,
        why_not=chosen.why_not,
        notes=(*chosen.notes, *_model_notes(wanted.model)),
    )
    return asked if replica is None else _filled(asked, replica, wanted.model.max_context)


def _filled(asked: Prediction, replica: OneReplica, max_context: int) -> Prediction:
    """The answer of a replica that fits."""
    lengths = (asked.input_tokens, asked.output_tokens)
    saturated = replica.saturated(*lengths)
    saturation = _saturation(replica, saturated, *lengths)
    thrashing = _thrashing(replica, saturation, sum(lengths))
    return replace(
        asked,
        memory=_memory(replica.memory),
        at_contexts=tuple(_at_contexts(replica, max_context)),
        at_batches=tuple(_at_batches(replica, *lengths)),
        saturation=saturation,
        power=_power(replica, saturated, saturation),
        provenance=replica.time.provenance,
        errors=errors_of(replica.time.provenance),
        notes=(*asked.notes, *thrashing, *dict.fromkeys(replica.time.notes)),
    )


def errors_of(provenance: str) -> Errors:
    """Return how far predictions of that provenance were from what was measured."""
    tpot = catalog.error_band(provenance, "tpot_mean_ms")
    rate = catalog.error_band(provenance, "output_tok_s")
    return Errors(tpot.median, tpot.p90, rate.median, rate.p90)


def _memory(plan: MemoryPlan) -> Memory:
    return Memory(
        usable_gib=plan.usable_gib,
        weights_gib=plan.weights_gib,
        activations_gib=plan.activations_gib,
        overhead_gib=plan.overhead_gib,
        kv_gib=plan.kv_gib,
        kv_tokens=plan.kv_tokens,
    )


def _at_contexts(replica: OneReplica, max_context: int) -> Iterator[AtContext]:
    for tokens in CONTEXTS:
        if tokens <= max_context:
            held, running = replica.held(tokens), replica.sequences(tokens)
            yield AtContext(tokens, running, "KV cache" if held <= running else "engine")


def _at_batches(replica: OneReplica, input_tokens: int, output_tokens: int) -> Iterator[AtBatch]:
    most = replica.sequences(input_tokens + output_tokens)
    doubled = [2**i for i in range(most.bit_length()) if 2**i < most]
    for sequences in [*doubled, most] if most else ():
        steady = replica.steady(sequences, input_tokens, output_tokens)
        rate = steady.rps * output_tokens
        yield AtBatch(sequences, steady.ttft_s, steady.tpot_s, steady.rps, rate)


def _saturation(
    replica: OneReplica, saturated: Saturated | None, input_tokens: int, output_tokens: int
) -> Saturation | None:
    if saturated is None:
        return None
    kept = replica.kept(input_tokens, output_tokens)
    return Saturation(
        requests_per_s=saturated.rps,
        output_tokens_per_s=saturated.rps * output_tokens,
        prefill_share=saturated.prefill_share,
        kept_requests_per_s=None if kept is None else kept.rps,
    )


def _thrashing(replica: OneReplica, saturation: Saturation | None, tokens: int) -> Iterator[str]:
    """A warning where a backlog costs throughput."""
    if saturation is None or saturation.kept_requests_per_s is None:
        return
    kept = saturation.kept_requests_per_s
    if kept > 1.1 * saturation.requests_per_s:
        yield (
            f"under a backlog the KV cache thrashes: {saturation.requests_per_s:.3g} requests/s, "
            f"but {kept:.3g} with max_sequences {replica.sequences(tokens)}"
        )


def _power(
    replica: OneReplica, saturated: Saturated | None, saturation: Saturation | None
) -> Power | None:
    draw = power_draw(replica.device, saturated.decode_sequences if saturated else None)
    if draw is None:
        return None
    kwh = None
    if saturation is not None:
        share = saturation.prefill_share
        watts = share * draw.prefill_w + (1 - share) * draw.decode_w
        joules = watts * replica.parallel.gpus / saturation.output_tokens_per_s
        kwh = joules * 1e6 / _JOULES_PER_KWH
    return Power(draw.idle_w, draw.prefill_w, draw.decode_w, kwh, draw.shares.quality)


def _model_notes(model: LlmModel) -> Iterator[str]:
    if model.source.startswith("config.json of the planner") and model.note:
        yield f"{model.name}: {model.note}"
