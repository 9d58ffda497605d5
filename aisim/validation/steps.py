"""Measured iterations beside what the performance model says of them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from aisim.catalog import EngineHost, GpuFit
from aisim.performance.fits import OLD_STACK, bare, engine_host, gpu_fit, kernels_named
from aisim.performance.iteration import IterationTime, assemble
from aisim.validation.measured import Step
from aisim.validation.setups import NotPredicted, Ran, engine_version, what_ran

_MIXED = re.compile(r"kv_prefill=(\d+); prefill_chunk=(\d+); n_decode=(\d+)")


class Chunk(NamedTuple):
    """A prompt chunk of `new` tokens after `cached` ones, in a batch with `decodes`."""

    new: int
    cached: int
    decodes: int


def chunk_of(step: Step) -> Chunk:
    """Return the prompt chunk of a mixed step; from its note, else the tokens beyond decodes."""
    found = _MIXED.search(step.note)
    if found:
        cached, new, decodes = map(int, found.groups())
        return Chunk(new, cached, decodes)
    decodes = step.batch_size - 1
    return Chunk(max(1, int(step.new_tokens) - decodes), 0, decodes)


class StepTimes:
    """What aisim says of measured iterations, with these fits; None: those of the catalog."""

    def __init__(
        self,
        fits: Sequence[GpuFit] | None = None,
        hosts: Sequence[EngineHost] | None = None,
    ) -> None:
        self._fits = fits
        self._hosts = hosts
        self._times: dict[tuple[Ran, str, bool, int], IterationTime] = {}

    def predicted_ms(self, step: Step) -> float:
        """Return the time of an iteration in milliseconds.

        Rows that were composed from kernels hold no work of the host and no small kernels
        between the large ones, some no all-reduce: the prediction leaves out the same.

        Raises:
            NotPredicted: With the reason.
        """
        if step.suspect:
            raise NotPredicted(f"marked as suspect: {step.suspect.rstrip(';')}")
        whole = not step.kind.startswith("composed")
        version = engine_version(step.setup)
        time = self._time(what_ran(step.setup), version, whole, max(1, step.batch_size))
        seconds = _seconds(step, time)
        if "excludes TP all-reduce" in step.note:
            seconds -= time.exchange_s(int(step.new_tokens))
        return 1e3 * seconds

    def _time(self, ran: Ran, version: str, whole: bool, sampled: int) -> IterationTime:
        """The time of a batch of which each sequence is sampled once."""
        key = (ran, version, whole, sampled)
        if key not in self._times:
            fit = gpu_fit(ran.device, ran.engine, ran.precision, self._fits).fit
            names = (ran.weights, ran.precision)
            alone = not whole or ran.engine == OLD_STACK
            host = (
                bare(ran.engine)
                if alone
                else engine_host(ran.engine, kernels_named(*names), version, self._hosts)
            )
            try:
                self._times[key] = assemble(ran.deployment(sampled, 1 << 20), fit, host)
            except ValueError as problem:
                raise NotPredicted(str(problem)) from None
        return self._times[key]


def _seconds(step: Step, time: IterationTime) -> float:
    batch, context = step.batch_size, int(step.context_tokens)
    tokens = int(step.new_tokens)
    if step.phase == "decode":
        return time.tokens_s(batch) + _cache_s(time, batch, context, mixed=False)
    if step.phase == "prefill":
        new = int(step.prompt_tokens) or max(1, tokens // batch)
        return time.mixed_tokens_s(tokens) + batch * time.prompt_s(new, context)
    found = _MIXED.search(step.note)
    cached, chunk, decodes = (
        map(int, found.groups()) if found else (0, tokens - batch + 1, batch - 1)
    )
    seconds = time.mixed_tokens_s(tokens) + time.prompt_s(max(1, chunk), cached)
    return seconds + _cache_s(time, decodes, context, mixed=True)


def _cache_s(time: IterationTime, decodes: int, context: int, *, mixed: bool) -> float:
    whole_s = time.mixed_kv_s if mixed else time.decode_kv_s
    local_s = time.mixed_local_kv_s if mixed else time.decode_local_kv_s
    seen = min(context, time.window) if time.window else 0
    return decodes * (context * whole_s + seen * local_s)
