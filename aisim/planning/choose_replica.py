"""How a replica is spread, and in which precision, where the planner does not say."""

from collections.abc import Iterator
from typing import NamedTuple

from aisim.catalog import Accelerator, LlmModel
from aisim.performance import DoesNotFit, Parallel
from aisim.performance.shapes import tensor_parallel_choices
from aisim.planning.bad_input import BadInput
from aisim.planning.one_replica import OneReplica, one_replica

#: Tried in this order until one leaves a cache for ENOUGH sequences.
PRECISIONS = ("fp16", "fp8", "int4")
DEGREES = (1, 2, 4, 8)
ENOUGH = 8


class Wanted(NamedTuple):
    """What the planner says of a replica; None: aisim chooses.

    Attributes:
        tensor: Ranks of tensor parallelism.
        context_tokens: Length of the sequences that a cache is needed for.
    """

    model: LlmModel
    device: Accelerator
    engine: str
    weights: str | None
    kv_cache: str
    activations: str | None
    tensor: int | None
    pipeline: int
    expert: int
    data: int
    context_tokens: int


class Chosen(NamedTuple):
    """A replica, or why none fits; what was chosen, in words.

    Attributes:
        weights: Precision that was looked at last.
        parallel: Spread that was looked at last.
    """

    replica: OneReplica | None
    weights: str
    parallel: Parallel
    why_not: str | None
    notes: tuple[str, ...]


def choose_replica(wanted: Wanted) -> Chosen:
    """Return the replica that is wanted; of what is left open, the first that holds ENOUGH.

    Weights in 16 bits come before narrower ones, few GPUs before many. Where nothing holds
    enough sequences, the one that holds most.

    Raises:
        BadInput: The parallelism does not split the model, or the device cannot compute so.
        UnknownName: No such engine or precision.
    """
    best: OneReplica | None = None
    unfit: tuple[str, Parallel, str] | None = None
    problem: ValueError | None = None
    for weights, parallel in _choices(wanted):
        try:
            replica = _replica(wanted, weights, parallel)
        except DoesNotFit as error:
            unfit = unfit or (weights, parallel, str(error))
            continue
        except ValueError as error:
            problem = problem or error
            continue
        held = replica.sequences(wanted.context_tokens)
        if best is None or held > best.sequences(wanted.context_tokens):
            best = replica
        if held >= ENOUGH:
            break
    if best is not None:
        return Chosen(best, best.weights, best.parallel, None, tuple(_notes(wanted, best)))
    if unfit is not None:
        return Chosen(None, *unfit, ())
    raise BadInput(str(problem or f"no tensor parallelism up to 8 splits {wanted.model.name}"))


def _choices(wanted: Wanted) -> Iterator[tuple[str, Parallel]]:
    splitting = [tp for tp in DEGREES if tp in tensor_parallel_choices(wanted.model)]
    degrees = splitting if wanted.tensor is None else [wanted.tensor]
    for weights in PRECISIONS if wanted.weights is None else (wanted.weights,):
        for tensor in degrees:
            yield weights, Parallel(tensor, wanted.pipeline, wanted.expert, wanted.data)


def _replica(wanted: Wanted, weights: str, parallel: Parallel) -> OneReplica:
    return one_replica(
        wanted.model,
        wanted.device,
        wanted.engine,
        weights,
        wanted.kv_cache,
        parallel,
        wanted.activations,
    )


def _notes(wanted: Wanted, chosen: OneReplica) -> Iterator[str]:
    held = chosen.sequences(wanted.context_tokens)
    reach = f"with room for {ENOUGH} sequences of {wanted.context_tokens:,} tokens"
    if wanted.tensor is None:
        fewest = "the fewest GPUs" if held >= ENOUGH else "as no choice was"
        yield f"chosen: TP{chosen.parallel.tensor}, {fewest} {reach}"
    if wanted.weights is None:
        also = f", as {PRECISIONS[0]} does not fit so" if chosen.weights != PRECISIONS[0] else ""
        yield f"chosen: {chosen.weights} weights{also}"
    if not held:
        yield f"the KV cache does not hold one sequence of {wanted.context_tokens:,} tokens"
