"""What becomes of each candidate when the load grows: the study's preview at several loads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, isfinite

from pydantic import ValidationError

from aisim.performance.placement import check_placement
from aisim.planning.bad_input import BadInput
from aisim.planning.check_money import check_money
from aisim.planning.compare import chosen_candidates
from aisim.planning.picture import Picture
from aisim.planning.preview import PREVIEW_REQUESTS, preview_study
from aisim.planning.trial import Outcome, Trial
from aisim.scenario import Candidate, Study
from aisim.scenario.pools import OnDemand
from aisim.scenario.workload import Arrivals, ClientArrivals, OpenArrivals
from aisim.workload import draw_requests

#: Multiples of the load.
FACTORS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)


@dataclass(frozen=True)
class GrowthPoint:
    """A candidate at a multiple of the load, over one draw of a short stretch.

    Attributes:
        factor: how many times the load.
        candidate: name of the candidate.
        ttft_p95_s: time to first token of 95 % of the completed requests; None without any.
        within_service_level: share of the requests that kept every limit promised, 0 to 1.
        usd_per_month: of 730 h like the stretch; None where it does not stand for a month.
        overloaded: whether it cannot serve that load.
        kept: whether every promise was kept; None where nobody asked.
        broken_limits: limits of the study that it breaks, a line each.
    """

    factor: float
    candidate: str
    ttft_p95_s: float | None
    within_service_level: float | None
    usd_per_month: float | None
    overloaded: bool
    kept: bool | None
    broken_limits: tuple[str, ...]


class Growth:
    """The preview of a study at several multiples of its load; it can stop anywhere.

    All are the same stretch of time and the same draw, so that machines on demand have as long to
    start under any load. Machines and pools stay as they are declared.

    Args:
        study: the question.
        candidates: names of those wanted; all of them when empty.
        factors: multiples of the load, each once, from the least.
        requests: about how many are simulated at the load as it is.

    Raises:
        BadInput: factors that are not positive, or a traffic whose load cannot be scaled.
        InvalidStudy: an unknown candidate, or pools that do not fit on their machines.
    """

    def __init__(
        self,
        study: Study,
        candidates: Sequence[str] = (),
        factors: Sequence[float] = FACTORS,
        requests: int = PREVIEW_REQUESTS,
    ) -> None:
        chosen = chosen_candidates(study, candidates)
        check_placement(study.model_copy(update={"candidates": chosen}), study.name)
        check_money(study, chosen)
        self.study = study
        self.candidates = tuple(chosen)
        self.points: list[GrowthPoint] = []
        # scaled first, so that a load which cannot be is told before a trace is read
        short = preview_study(scaled(study, 1.0), requests)
        self._scaled = {factor: scaled(short, factor) for factor in sorted(set(factors))}

    def slices(self) -> Iterator[float]:
        """Simulate slice by slice; yields the share that is done, `points` grow meanwhile."""
        trials, through = len(self._scaled) * len(self.candidates), 0
        for factor, study in self._scaled.items():
            requests = draw_requests(study)
            for name in self.candidates:
                trial = Trial(study, name, requests, saturate=False)
                for done in trial.slices():
                    if done < 1.0:
                        yield (through + done) / trials
                self.points.append(_point(factor, study, trial.finish()))
                through += 1
                yield through / trials


def scaled(study: Study, factor: float) -> Study:
    """The study at a multiple of its load: rates as they are, clients to the next whole one.

    Raises:
        BadInput: a factor that is not positive, or a traffic whose load cannot be scaled.
    """
    if not (isfinite(factor) and factor > 0):
        raise BadInput(f"{factor} times the load, allowed: above 0")
    traffics = {
        name: traffic.model_copy(update={"arrivals": _scaled(traffic.arrivals, factor, name)})
        for name, traffic in study.workload.traffic.items()
    }
    return study.model_copy(
        update={"workload": study.workload.model_copy(update={"traffic": traffics})}
    )


def _scaled(declared: Arrivals, factor: float, traffic: str) -> Arrivals:
    match declared:
        case OpenArrivals():
            update = {"rate_rps": declared.rate_rps * factor}
        case ClientArrivals():
            update = {"clients": max(round(declared.clients * factor), 1)}
            if declared.requests is not None:
                update["requests"] = ceil(declared.requests * factor)
        case _:
            raise BadInput(f"traffic {traffic} is replayed from a file: its load cannot be scaled")
    try:
        return type(declared).model_validate({**declared.model_dump(), **update})
    except ValidationError:
        raise BadInput(f"{factor:g} times the load of {traffic} is more than allowed") from None


def follows_load(candidate: Candidate) -> bool:
    """Whether what is paid moves with the load by itself: machines on demand, tokens of an API."""
    started = any(isinstance(pool.runs, OnDemand) for pool in candidate.pools.values())
    return started or bool(candidate.apis)


def _point(factor: float, study: Study, outcome: Outcome) -> GrowthPoint:
    name = outcome.candidate
    picture = Picture(study, {name: [outcome]}, wanted=1, preview=True)
    # What stands for no month has no cost here, and breaks no budget.
    seen = picture.answer["candidates"][name]
    answer, month = outcome.answer, seen["cost"]["usd_per_month"]
    return GrowthPoint(
        factor=factor,
        candidate=name,
        ttft_p95_s=answer["ttft_s"]["p95"],
        within_service_level=answer["slo_attainment"],
        usd_per_month=None if month is None else month["mean"],
        overloaded=seen["overloaded"],
        kept=_kept(outcome),
        broken_limits=tuple(seen["broken_limits"]),
    )


def _kept(outcome: Outcome) -> bool | None:
    """Whether all promises were kept; None where of some nothing is known, and none was broken."""
    promises = outcome.answer["service_level"].values()
    kept = [figure["kept"] for traffic in promises for figure in traffic.values()]
    if False in kept:
        return False
    return None if None in kept else True
