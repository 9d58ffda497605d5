"""One study, all its candidates, on the same requests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aisim.cost import Bill, bill
from aisim.performance.placement import check_placement
from aisim.planning.answer import candidate_answer, whole_answer
from aisim.planning.check_money import check_money
from aisim.planning.limits import broken_limits
from aisim.planning.trial import Outcome, outcome_of
from aisim.results import Run
from aisim.results.figures import saturation_rps
from aisim.scenario import Candidate, Fault, InvalidStudy, Study
from aisim.scenario.faults import nearest
from aisim.scenario.study import HOUR_S, MONTH_H
from aisim.simulation import simulate
from aisim.workload import draw_requests

OnProgress = Callable[[str, float], None]


@dataclass(frozen=True)
class Comparison:
    """The runs and bills of a study, by candidate."""

    study: Study
    runs: dict[str, Run] = field(default_factory=dict)
    bills: dict[str, Bill] = field(default_factory=dict)
    stopped: bool = False

    @property
    def partial(self) -> bool:
        """Whether it was stopped before all candidates were through."""
        return self.stopped or any(run.partial for run in self.runs.values())

    def reach(self, name: str) -> float | None:
        """How many times its traffic a candidate can serve; None where it is not known."""
        used = self.bills[name].used
        assert used is not None
        served_rps = used.served.requests / (MONTH_H * HOUR_S)
        most_rps = saturation_rps(self.runs[name], served_rps)
        return None if most_rps is None or not served_rps else most_rps / served_rps

    def outcomes(self) -> dict[str, Outcome]:
        """What is kept of it, by candidate."""
        return {
            name: outcome_of(self.study, name, run, self.bills[name])
            for name, run in self.runs.items()
        }

    def answer(self) -> dict[str, Any]:
        """All figures as plain data that JSON can hold; what is not defined is None."""
        candidates = {
            name: candidate_answer(
                self.study.candidates[name],
                run,
                self.bills[name],
                broken_limits(self.study, self.study.candidates[name], self.bills[name]),
            )
            for name, run in self.runs.items()
        }
        represents = next((run.represents for run in self.runs.values()), None)
        return whole_answer(self.study, candidates, represents, self.partial)


def compare(
    study: Study,
    *,
    candidates: Sequence[str] = (),
    replication: int = 0,
    on_progress: OnProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Comparison:
    """Simulate and price the candidates of a study on the same requests.

    Args:
        study: the question.
        candidates: names of those wanted; all of them when empty.
        replication: number of the random draw.
        on_progress: told the candidate's name and the share of it that is done.
        cancelled: asked now and then; when true, what there is is returned, marked partial.

    Raises:
        InvalidStudy: an unknown candidate, or pools that do not fit on their machines.
        BadTrace: a trace file that cannot be used.
        TooManyRequests: more requests than fit in memory.
        BadPriceList: the study's price list cannot be used.
    """
    chosen = chosen_candidates(study, candidates)
    check_placement(study.model_copy(update={"candidates": chosen}), study.name)
    check_money(study, chosen)
    requests = draw_requests(study, replication)
    runs: dict[str, Run] = {}
    bills: dict[str, Bill] = {}
    for name, candidate in chosen.items():
        if cancelled is not None and cancelled():
            return Comparison(study, runs, bills, stopped=True)
        runs[name] = simulate(
            candidate,
            requests,
            study.run.seed,
            name=name,
            on_progress=_named(on_progress, name),
            cancelled=cancelled,
        )
        bills[name] = bill(runs[name], candidate, study.economics)
    # A stop may also have come while the last saturation rate was sought.
    return Comparison(study, runs, bills, stopped=cancelled is not None and cancelled())


def chosen_candidates(study: Study, names: Sequence[str]) -> dict[str, Candidate]:
    """The candidates of those names, in the order of the study; all without names."""
    unknown = [name for name in names if name not in study.candidates]
    if unknown:
        raise InvalidStudy(
            Fault("--candidate", name, f"unknown, {nearest(name, study.candidates)}")
            for name in unknown
        )
    return {n: c for n, c in study.candidates.items() if not names or n in names}


def _named(on_progress: OnProgress | None, name: str) -> Callable[[float], None] | None:
    if on_progress is None:
        return None
    return lambda done: on_progress(name, done)
