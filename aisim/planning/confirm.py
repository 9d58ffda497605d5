"""An option of the closed form, borne out by a simulation of it or not."""

from collections.abc import Callable
from math import ceil
from typing import Any

from aisim.catalog import error_band
from aisim.planning.options import LOAD, Option, Setting, month_usd, replicas_for
from aisim.planning.question import OWN_REGION, SERVICE, Question
from aisim.planning.sizing import Dropped, Sized
from aisim.planning.trial import Trial
from aisim.scenario import InvalidStudy, Study
from aisim.workload import Requests, draw_requests

#: Simulations of one option; each has more replicas than the last.
TRIES = 4
#: By how much replicas grow after a p95 that missed its limit.
LEAST_MORE, MOST_MORE = 1.1, 1.6

Answer = dict[str, Any]
OnProgress = Callable[[str, float], None]


class Stopped(Exception):
    """It was asked to stop in the middle of a simulation."""


class Confirm:
    """Simulates options of one question, all on the same requests.

    Attributes:
        failed: Replicas of which no number kept the limits, wherever they stand.
    """

    def __init__(
        self,
        question: Question,
        on_progress: OnProgress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._question = question
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._requests: Requests | None = None
        self.failed: set[Setting] = set()

    def confirm(self, option: Option) -> Sized | Dropped:
        """Simulate an option, with more replicas until the limits are kept.

        Raises:
            Stopped: It was asked to.
            TooManyRequests: More requests than fit in memory.
        """
        try:
            return self._enough(option)
        except InvalidStudy as invalid:
            return Dropped(str(option), "; ".join(fault.problem for fault in invalid.faults))

    def _enough(self, option: Option) -> Sized | Dropped:
        """More replicas until the limits are kept, then fewer machines while they are."""
        question, missed = self._question, ""
        most = option.setting.replica.most_rps(question.input_tokens, question.output_tokens)
        least = ceil(question.rps / (LOAD * most)) if most else 1
        replicas = max(option.replicas, least)
        for _ in range(TRIES):
            answer = self._simulated(option, replicas)
            if _kept(answer):
                return sized(question, option, *self._fewer(option, replicas, answer, least))
            missed = _missed(replicas, answer)
            replicas = max(replicas + 1, ceil(replicas * _more(answer)))
        self.failed.add(option.setting)
        return Dropped(str(option), f"{missed}, after {TRIES} simulations with ever more replicas")

    def _fewer(
        self, option: Option, replicas: int, answer: Answer, least: int
    ) -> tuple[int, Answer]:
        """The fewest machines that keep the limits too, with `least` replicas or more."""
        per_machine = option.offer.gpus // option.tensor_parallel
        fewest, held = option.machines(least), option.machines(replicas)
        trial = fewest
        for _ in range(TRIES):
            if not fewest <= trial < held:
                break
            found = self._simulated(option, trial * per_machine)
            if _kept(found):
                held, replicas, answer = trial, trial * per_machine, found
            else:
                fewest = trial + 1
            trial = (fewest + held) // 2
        return replicas, answer

    def _simulated(self, option: Option, replicas: int) -> Answer:
        """The answer of a study with so many replicas."""
        study = self._question.study(
            option.offer,
            option.weights,
            option.tensor_parallel,
            replicas,
            option.machines(replicas),
        )
        trial = Trial(study, "option", self._drawn(study), saturate=False)
        for done in trial.slices():
            if self._on_progress is not None:
                self._on_progress(str(option), done)
            if self._cancelled is not None and self._cancelled():
                raise Stopped
        return trial.finish().answer

    def _drawn(self, study: Study) -> Requests:
        """The requests that all options see."""
        if self._requests is None:
            self._requests = draw_requests(study)
        return self._requests


def _kept(answer: Answer) -> bool:
    promises = answer["service_level"][SERVICE].values()
    return not answer["overloaded"] and all(promise["kept"] for promise in promises)


def _more(answer: Answer) -> float:
    """By how much replicas grow: as the worst limit was missed, within bounds."""
    ratios = [
        promise["value_s"] / promise["limit_s"] if promise["value_s"] is not None else MOST_MORE
        for promise in answer["service_level"][SERVICE].values()
    ]
    return min(max(*ratios, LEAST_MORE), MOST_MORE)


def _missed(replicas: int, answer: Answer) -> str:
    """What a simulation missed, in words."""
    words = [
        f"{measure.removesuffix('_s').upper()} p95 "
        + ("never" if promise["value_s"] is None else f"{promise['value_s']:.3g} s")
        + f" (limit {promise['limit_s']:g} s)"
        for measure, promise in answer["service_level"][SERVICE].items()
        if not promise["kept"]
    ]
    return f"{replicas} replicas: {', '.join(words) or 'overloaded'}"


def sized(question: Question, option: Option, replicas: int, answer: Answer | None) -> Sized:
    """Return an option with so many replicas; without the answer of a simulation, unconfirmed."""
    replica, offer = option.setting.replica, option.offer
    machines = option.machines(replicas)
    most = replica.most_rps(question.input_tokens, question.output_tokens)
    promises = answer["service_level"][SERVICE] if answer else {}
    month = answer["cost"]["usd_per_month"] if answer else month_usd(question, option, replicas)
    return Sized(
        accelerator=offer.accelerator,
        machine=offer.machine,
        kind=offer.kind,
        provider=offer.provider,
        region=offer.region or OWN_REGION,
        tensor_parallel=option.tensor_parallel,
        weights=option.weights,
        replicas=replicas,
        machines=machines,
        gpus=machines * offer.gpus,
        gpus_idle=machines * offer.gpus - replicas * option.tensor_parallel,
        confirmed=answer is not None,
        ttft_p95_s=promises["ttft_s"]["value_s"] if promises else None,
        tpot_p95_s=promises["tpot_s"]["value_s"] if promises else None,
        load=question.rps / (replicas * most) if most else None,
        usd_per_month=month,
        usd_per_million_output_tokens=month / question.million_output_tokens_per_month,
        notes=tuple(dict.fromkeys([*_offer_notes(option), *replica.time.notes])),
        **_band(question, option, replicas, month),
    )


def _band(question: Question, option: Option, replicas: int, month: float) -> dict[str, Any]:
    """Replicas and cost if a replica is better or worse by the error of its provenance."""
    provenance = option.setting.replica.time.provenance
    p90 = error_band(provenance, "output_tok_s").p90
    needed = question.rps / (LOAD * replicas)
    # Where a simulation asked for more replicas, it needs all of them.
    asked = needed if replicas > option.replicas else max(option.setting.rps, needed)
    better, worse = (replicas_for(question.rps, asked, error) for error in (p90, -p90))
    low, high = min(better, replicas), max(worse, replicas)
    per_expected = month / month_usd(question, option, replicas)
    return {
        "provenance": provenance,
        "rate_error_p90": p90,
        "replicas_low": low,
        "replicas_high": high,
        "usd_per_month_low": per_expected * month_usd(question, option, low),
        "usd_per_month_high": per_expected * month_usd(question, option, high),
    }


def _offer_notes(option: Option) -> list[str]:
    note = option.offer.note
    return [f"{option.offer.machine}: {note}"] if note else []
