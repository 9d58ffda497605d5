"""One replica of a model, ready to be looked at: what fits in it, and how long iterations take."""

from dataclasses import dataclass

from aisim.catalog import Accelerator, LlmModel
from aisim.catalog import engine as find_engine
from aisim.performance import IterationTime, MemoryPlan, Parallel, iteration_time, memory_plan
from aisim.performance.placement import engine_limits
from aisim.performance.steady import Steady, steady_state
from aisim.planning.bad_input import BadInput
from aisim.simulation.alone import Limits
from aisim.simulation.alone_saturation import Saturated, saturate_alone


@dataclass(frozen=True, slots=True)
class OneReplica:
    """A replica with its memory, its times and its limits.

    Attributes:
        device: Each of its accelerators.
        weights: Precision of the weights.
        parallel: How it is spread over GPUs.
        memory: How the memory of each GPU is used.
        time: How long iterations take.
        limits: What bounds the replica as a whole.
    """

    device: Accelerator
    weights: str
    parallel: Parallel
    memory: MemoryPlan
    time: IterationTime
    limits: Limits

    def held(self, context_tokens: int) -> int:
        """Return the sequences of that length whose keys and values are in the cache at once."""
        copies = self.parallel.data
        blocks = -(-context_tokens // self.limits.block_tokens)
        return self.limits.blocks // copies // blocks * copies

    def sequences(self, context_tokens: int) -> int:
        """Return how many run at once: as many as the cache holds and the engine takes."""
        return min(self.held(context_tokens), self.limits.max_sequences)

    def steady(self, sequences: int, input_tokens: float, output_tokens: float) -> Steady:
        """Return the mean times with so many sequences always under way."""
        return steady_state(self.time, sequences, input_tokens, output_tokens)

    def saturated(self, input_tokens: int, output_tokens: int) -> Saturated | None:
        """Return what it does under a backlog that never ends; None where no request fits."""
        return saturate_alone(self.time, self.limits, input_tokens, output_tokens)

    def kept(self, input_tokens: int, output_tokens: int) -> Saturated | None:
        """Return what it does when just as many ask as it holds; None where no request fits."""
        full = self.sequences(input_tokens + output_tokens)
        return saturate_alone(self.time, self.limits, input_tokens, output_tokens, full)

    def most_rps(self, input_tokens: int, output_tokens: int) -> float | None:
        """Return the requests per second it completes at most, whatever the backlog.

        A backlog makes a short cache thrash: the rate with no more clients than it holds counts
        where that is higher. None where no request fits.
        """
        rates = (
            self.saturated(input_tokens, output_tokens),
            self.kept(input_tokens, output_tokens),
        )
        return max((rate.rps for rate in rates if rate is not None), default=None)


def one_replica(
    model: LlmModel,
    device: Accelerator,
    engine: str,
    weights: str,
    kv_cache: str,
    parallel: Parallel,
    activations: str | None = None,
) -> OneReplica:
    """Return a replica with the limits that the engine sets on such a device, as a study has it.

    Raises:
        DoesNotFit: The memory does not hold it.
        UnknownName: No such engine or precision.
        ValueError: The parallelism does not split the model, or the device cannot compute so.
    """
    settings = find_engine(engine)
    budget, sequences = engine_limits(settings, device)
    sequences = min(sequences, budget)
    names = (weights, kv_cache, parallel)
    memory = memory_plan(model, device, settings, *names, budget, sequences)
    time = iteration_time(model, device, engine, *names, sequences, budget, activations)
    lanes = parallel.lanes
    limits = Limits(budget * lanes, sequences * lanes, memory.blocks, settings.block_tokens)
    return OneReplica(device, weights, parallel, memory, time, limits)


def check_context(model: LlmModel, input_tokens: int, output_tokens: int) -> None:
    """Check that a request is not longer than the model's context.

    Raises:
        BadInput: It is, or one of its parts is below one token.
    """
    for name, tokens in (("input", input_tokens), ("output", output_tokens)):
        if tokens < 1:
            raise BadInput(f"{name} of {tokens} tokens, allowed: 1 or more")
    tokens = input_tokens + output_tokens
    if tokens > model.max_context:
        raise BadInput(
            f"input {input_tokens:,} + output {output_tokens:,} = {tokens:,} tokens, "
            f"allowed: {model.max_context:,}, the context of {model.name}"
        )
