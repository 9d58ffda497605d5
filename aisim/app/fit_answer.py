"""Does a model fit an accelerator, and what would it do there: in a moment, without simulation."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

from aisim import catalog
from aisim.catalog import Accelerator
from aisim.performance import DoesNotFit, MemoryPlan, Parallel, memory_plan
from aisim.performance.placement import engine_limits
from aisim.performance.power import Draw, power_draw
from aisim.planning import BadInput
from aisim.planning.one_replica import OneReplica, check_context, one_replica
from aisim.planning.predict import errors_of
from aisim.planning.prediction import AtBatch, Errors

ENGINE, KV_CACHE = "vllm", "fp16"
#: Of the context, so much is the answer; the rest is the prompt.
ANSWER_SHARE = 5
#: More memory than any model needs, to see what it would take.
BOUNDLESS_GIB = 1e7


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        model: by its name in the catalog.
        device: accelerator, of the catalog or of the planner.
        weights: precision of the weights.
        gpus: accelerators that share the matrices (tensor parallelism).
        context_tokens: length of a text, prompt and answer together.
    """

    model: str
    device: Accelerator
    weights: str
    gpus: int
    context_tokens: int

    @property
    def lengths(self) -> tuple[int, int]:
        """Tokens of the prompt and of the answer."""
        answer = max(1, self.context_tokens // ANSWER_SHARE)
        return self.context_tokens - answer, answer


@dataclass(frozen=True)
class FitAnswer:
    """What is answered; all GiB are of one accelerator.

    Attributes:
        question: what was asked.
        memory: weights and the rest, even where they are more than there is.
        text_gib: KV cache of one text of that length.
        total_gib: memory that the vendor's tool reports.
        texts: that are in work at once; 0 where not one fits.
        at_batches: times by texts in work.
        draw: watts with as many texts as fit; None where the power limit is not known.
        provenance: what the times rest on, None where nothing fits.
        errors: how far such predictions were from measurements.
        notes: what is estimated, in English.
    """

    question: Question
    memory: MemoryPlan
    text_gib: float
    total_gib: float
    texts: int = 0
    at_batches: tuple[AtBatch, ...] = ()
    draw: Draw | None = None
    provenance: str | None = None
    errors: Errors | None = None
    notes: tuple[str, ...] = ()

    @property
    def rest_gib(self) -> float:
        """What weights, activations and the engine leave; below 0 it is what they lack."""
        memory = self.memory
        return memory.usable_gib - memory.weights_gib - memory.activations_gib - memory.overhead_gib

    @property
    def missing_gib(self) -> float:
        """What lacks for one text; 0 where one fits."""
        return 0.0 if self.texts else max(0.0, self.text_gib - self.rest_gib)


def answer_of(question: Question) -> FitAnswer:
    """Answer a question.

    Raises:
        BadInput: the text is longer than the model's context, the GPUs do not split the model,
            or the accelerator cannot compute so; one line.
    """
    model = catalog.llm_model(question.model)
    check_context(model, *question.lengths)
    try:
        needed = _needed(question)
        try:
            names = (ENGINE, question.weights, KV_CACHE, Parallel(question.gpus))
            replica = one_replica(model, question.device, *names)
        except DoesNotFit:
            return needed
    except ValueError as problem:
        raise BadInput(str(problem)) from None
    return _filled(replace(needed, memory=replica.memory), replica)


def _needed(question: Question) -> FitAnswer:
    """What it takes, as if there were memory without bounds."""
    model, device, engine = (
        catalog.llm_model(question.model), question.device, catalog.engine(ENGINE),
    )  # fmt: skip
    budget, sequences = engine_limits(engine, device)
    boundless = device.model_copy(update={"mem_gib_reported": BOUNDLESS_GIB})
    plan = memory_plan(
        model, boundless, engine, question.weights, KV_CACHE, question.gpus, budget,
        min(budget, sequences),
    )  # fmt: skip
    blocks = ceil(question.context_tokens / engine.block_tokens)
    total_gib = device.mem_gib_reported or device.mem_gb * 1e9 / 2**30
    memory = replace(plan, usable_gib=total_gib * engine.memory_fraction, kv_gib=0.0, kv_tokens=0)
    return FitAnswer(question, memory, plan.kv_gib / plan.blocks * blocks, total_gib)


def _filled(answer: FitAnswer, replica: OneReplica) -> FitAnswer:
    """The answer of a replica that fits."""
    texts = replica.sequences(answer.question.context_tokens)
    provenance = replica.time.provenance
    return replace(
        answer,
        texts=texts,
        at_batches=tuple(_at_batches(replica, texts, *answer.question.lengths)),
        draw=power_draw(replica.device, texts) if texts else None,
        provenance=provenance if texts else None,
        errors=errors_of(provenance) if texts else None,
        notes=tuple(dict.fromkeys(replica.time.notes)),
    )


def _at_batches(
    replica: OneReplica, texts: int, input_tokens: int, output_tokens: int
) -> Iterator[AtBatch]:
    """One text alone, four times as many, and so on to as many as fit."""
    fewer = [4**i for i in range(texts.bit_length()) if 4**i < texts]
    for n in [*fewer, texts] if texts else ():
        steady = replica.steady(n, input_tokens, output_tokens)
        rate = steady.rps * output_tokens
        yield AtBatch(n, steady.ttft_s, steady.tpot_s, steady.rps, rate)
