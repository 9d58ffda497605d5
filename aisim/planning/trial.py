"""One candidate on one draw of the requests, slice by slice, and the small outcome it leaves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from aisim.cost import Bill, bill
from aisim.cost.used import Used
from aisim.planning.answer import candidate_answer
from aisim.planning.limits import broken_limits
from aisim.results import Run, latency_quantiles, levels, time_spent
from aisim.scenario import Study
from aisim.simulation import Saturation, Simulation
from aisim.workload import Requests
from aisim.workload.table import Floats

#: Share of a trial's time that goes to the simulation, the rest to the search for saturation.
SIMULATION_SHARE = 0.8


@dataclass(frozen=True)
class Outcome:
    """What is kept of a trial: small enough to keep many, and to send between processes.

    Attributes:
        candidate: name of the candidate.
        replication: number of the random draw.
        answer: the figures, as in the answer of a comparison.
        represents: what the measured time stands for, in words.
        quantiles: seconds by measure (ttft_s, tpot_s, e2e_s), at `results.curves.SHARES`.
        levels: queue and GPUs over time, see `results.levels`.
        spent: mean seconds by component, see `results.time_spent`.
        used: what it used in a month, of which a bill can be made; None where nothing was.
    """

    candidate: str
    replication: int
    answer: dict[str, Any]
    represents: str
    quantiles: dict[str, Floats]
    levels: pd.DataFrame
    spent: pd.DataFrame
    used: Used | None = None


class Trial:
    """A candidate of a study on a table of requests; it can be stopped after any slice.

    Raises:
        InvalidStudy: a pool does not fit on its machines.
    """

    def __init__(self, study: Study, name: str, requests: Requests, *, saturate: bool) -> None:
        self._study = study
        self._name = name
        self._requests = requests
        candidate, seed = study.candidates[name], study.run.seed
        self._simulation = Simulation(candidate, requests, seed, name)
        self._saturation = Saturation(candidate, requests, seed) if saturate else None

    def slices(self) -> Iterator[float]:
        """Simulate slice by slice; yields the share that is done."""
        share = SIMULATION_SHARE if self._saturation else 1.0
        for done in self._simulation.slices():
            yield done * share
        if self._saturation is not None:
            for done in self._saturation.slices():
                yield share + done * (1.0 - share)

    def finish(self) -> Outcome:
        """The outcome so far, priced; its answer is partial unless all was simulated.

        Raises:
            Unbalanced: something was lost in the counting; a fault of aisim.
        """
        rate = self._saturation.rate_rps if self._saturation else None
        run = self._simulation.finish(rate)
        priced = bill(run, self._study.candidates[self._name], self._study.economics)
        outcome = outcome_of(self._study, self._name, run, priced)
        if self._saturation is not None and not self._saturation.complete:
            outcome.answer["partial"] = True
        return outcome


def outcome_of(study: Study, name: str, run: Run, priced: Bill) -> Outcome:
    """What is kept of a candidate's run and its bill."""
    candidate = study.candidates[name]
    return Outcome(
        candidate=name,
        replication=run.replication,
        answer=candidate_answer(candidate, run, priced, broken_limits(study, candidate, priced)),
        represents=run.represents,
        quantiles=latency_quantiles(run),
        levels=levels(run),
        spent=time_spent(run),
        used=priced.used,
    )
