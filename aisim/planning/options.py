"""Every way to serve a load, ranked by its cost in closed form.

A replica takes as many sequences at once as keep the limits in the mean, with a margin for the
tail; replicas are as many as serve the rate at LOAD of that.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from aisim import catalog
from aisim.cost import expected_usd_per_month
from aisim.performance import Parallel
from aisim.performance.precision import tensor_peaks
from aisim.performance.shapes import tensor_parallel_choices
from aisim.performance.steady import Steady
from aisim.planning.offers import Offer
from aisim.planning.one_replica import OneReplica, one_replica
from aisim.planning.question import Question
from aisim.scenario.study import MONTH_H

DEGREES = (1, 2, 4, 8)
#: Share of what a replica can take that is asked of it, so that chance does not overload it.
LOAD = 0.8
#: Share of the limits that the means keep, so that the 95th percentiles keep them.
TTFT_MARGIN, TPOT_MARGIN = 0.7, 0.9
#: A rate is taken to be off by no more than this, however bad the band.
MOST_ERROR = 0.95
_MOST_MACHINES = 100_000


class Setting(NamedTuple):
    """A replica at the number of sequences that keeps the limits.

    Attributes:
        sequences: Under way at once; 0 where even one breaks a limit.
        rps: Requests per second that it takes, at full load.
        alone: Mean times of one sequence alone.
    """

    replica: OneReplica
    sequences: int
    rps: float
    alone: Steady


@dataclass(frozen=True, slots=True)
class Option:
    """Replicas on machines of one kind.

    Attributes:
        setting: One replica.
        offer: One machine.
        rps: Requests per second that are asked of all.
        usd_per_month: Cost in closed form.
    """

    setting: Setting
    offer: Offer
    rps: float
    usd_per_month: float

    @property
    def weights(self) -> str:
        """Precision of the weights."""
        return self.setting.replica.weights

    @property
    def tensor_parallel(self) -> int:
        """GPUs of a replica."""
        return self.setting.replica.parallel.tensor

    @property
    def replicas(self) -> int:
        """Replicas that serve the rate."""
        return replicas_for(self.rps, self.setting.rps)

    def machines(self, replicas: int) -> int:
        """Return the machines that hold so many replicas."""
        return -(-replicas // (self.offer.gpus // self.tensor_parallel))

    def __str__(self) -> str:
        name = f"{self.offer.accelerator} TP{self.tensor_parallel} {self.weights}"
        return f"{name}, {self.offer.place} {self.offer.machine}"


def replicas_for(rps: float, replica_rps: float, error: float = 0.0) -> int:
    """Return the replicas that serve a rate at LOAD; each is `error` better than said (or worse).

    Args:
        rps: Requests per second of all.
        replica_rps: That one takes at full load.
        error: Share by which that is too low; negative where it is too high.
    """
    return max(1, ceil(rps / (LOAD * replica_rps * (1.0 + max(error, -MOST_ERROR))) - 1e-9))


def settings(
    question: Question,
    offers: dict[str, list[Offer]],
    on_progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[Setting]:
    """Yield a replica of each accelerator, precision and degree that holds a request."""
    model = catalog.llm_model(question.model)
    degrees = [n for n in DEGREES if n in tensor_parallel_choices(model)]
    for i, (name, machines) in enumerate(offers.items()):
        device, most = catalog.accelerator(name), max(offer.gpus for offer in machines)
        for weights in question.weights or _weights(device):
            for tensor in degrees:
                if cancelled is not None and cancelled():
                    return
                if tensor <= most:
                    yield from _setting(question, device, weights, tensor)
        if on_progress is not None:
            on_progress((i + 1) / len(offers))


def _weights(device: catalog.Accelerator) -> Sequence[str]:
    return ("fp16", "fp8") if "fp8" in tensor_peaks(device) else ("fp16",)


def _setting(
    question: Question, device: catalog.Accelerator, weights: str, tensor: int
) -> Iterator[Setting]:
    model = catalog.llm_model(question.model)
    try:
        replica = one_replica(
            model, device, question.engine, weights, question.kv_cache, Parallel(tensor)
        )
    except ValueError:  # does not fit, or no link between several is known
        return
    lengths = (question.input_tokens, question.output_tokens)
    most = replica.sequences(sum(lengths))
    if most:
        sequences, rps = best_batch(replica, question, most)
        yield Setting(replica, sequences, rps, replica.steady(1, *lengths))


def best_batch(replica: OneReplica, question: Question, most: int) -> tuple[int, float]:
    """Return the sequences at once that keep the limits at the highest rate, and that rate.

    Looser limits never lower it. Zero where even one sequence breaks a limit. One that keeps the
    limits, but not the margin, is left to the simulation.
    """
    lengths = (question.input_tokens, question.output_tokens)
    best = (0, 0.0)
    for sequences in _batches(most):
        steady = replica.steady(sequences, *lengths)
        margins = (1.0, 1.0) if sequences == 1 else (TTFT_MARGIN, TPOT_MARGIN)
        kept = (
            steady.ttft_s <= margins[0] * question.ttft_p95_s
            and steady.tpot_s <= margins[1] * question.tpot_p95_s
        )
        if kept and steady.rps > best[1]:
            best = (sequences, steady.rps)
    return best


@lru_cache
def _batches(most: int) -> tuple[int, ...]:
    """One to `most`, four to a doubling; the same whatever is asked of them."""
    steps = {round(2 ** (i / 4)) for i in range(4 * most.bit_length() + 1)}
    return tuple(sorted({n for n in steps if n < most} | {most}))


def ranked(
    question: Question, found: Sequence[Setting], offers: dict[str, list[Offer]]
) -> list[Option]:
    """Return every option that keeps the limits in closed form, cheapest first.

    Of a provider's regions and machines the cheapest counts for each kind of replica.
    """
    best: dict[tuple[str, ...], Option] = {}
    for setting in found:
        for offer in offers[setting.replica.device.name]:
            option = _option(question, setting, offer)
            if option is None:
                continue
            key = (offer.accelerator, option.weights, str(option.tensor_parallel), _owner(offer))
            if key not in best or option.usd_per_month < best[key].usd_per_month:
                best[key] = option
    return sorted(best.values(), key=lambda option: (option.usd_per_month, str(option)))


def _owner(offer: Offer) -> str:
    return offer.provider or "own"


def _option(question: Question, setting: Setting, offer: Offer) -> Option | None:
    """Replicas on that machine; None where they do not fit or a limit is broken."""
    if not setting.sequences or offer.gpus < setting.replica.parallel.gpus:
        return None
    option = Option(setting, offer, question.rps, 0.0)
    if option.replicas > _MOST_MACHINES:
        return None
    month = month_usd(question, option, option.replicas)
    return Option(setting, offer, question.rps, month)


def month_usd(question: Question, option: Option, replicas: int) -> float:
    """Return the cost of a month with so many replicas, in closed form."""
    machines = min(option.machines(replicas), _MOST_MACHINES)
    if option.offer.usd_per_hour is not None:
        return machines * option.offer.usd_per_hour * MONTH_H
    return _own_month_usd(question, option.offer, machines)


@lru_cache(maxsize=4096)
def _own_month_usd(question: Question, offer: Offer, machines: int) -> float:
    study = question.study(offer, "fp16", 1, 1, machines)
    return expected_usd_per_month(study.candidates["option"], study.economics, LOAD)
