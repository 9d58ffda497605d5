"""How many own machines to put under a hybrid: the closed form, and what a simulation confirms."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from aisim.cost.bill import bill_of
from aisim.cost.prices import Prices
from aisim.cost.used import used
from aisim.performance.placement import check_placement
from aisim.planning.bad_input import BadInput
from aisim.planning.base_answer import base_answer
from aisim.planning.base_choice import BaseChoice
from aisim.planning.base_curve import closed_form
from aisim.planning.base_found import Found
from aisim.planning.base_load import own_load, served_by
from aisim.planning.base_overflow import Overflow, Rented, sent
from aisim.planning.base_simulated import simulated_base
from aisim.planning.compare import OnProgress, chosen_candidates
from aisim.planning.confirm import Stopped
from aisim.planning.hybrid import Hybrid, alone, at_base, hybrid_of
from aisim.results import Run
from aisim.scenario import Study
from aisim.simulation import Saturation, Simulation
from aisim.workload import Requests, draw_requests

#: The confirmation moves at most so many machines away from where it began.
MOST_MOVES = 20


def optimal_base(
    study: Study,
    candidate: str,
    *,
    on_progress: OnProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BaseChoice:
    """How many own machines a hybrid should have.

    The load-duration curve of the requests of a simulation as declared names a number in closed
    form. That number and its neighbours are then simulated on the same requests, and on while a
    neighbour is cheaper among those that keep all promises; each number once. Every own machine
    holds as many replicas as fit, the overflow stays as declared: rented machines on demand or an
    external API, whichever comes first. A cheaper number further away, behind a dearer one, is not
    found.

    Args:
        study: the question.
        candidate: name of a hybrid: a pool on own machines, behind it a rented one on demand or an
            external API.
        on_progress: told what is simulated and the share of it that is done.
        cancelled: asked now and then; when true, what there is is returned, marked partial.

    Raises:
        InvalidStudy: an unknown candidate, or pools that do not fit on their machines.
        BadInput: the candidate is no hybrid, or its load cannot be measured.
    """
    chosen = chosen_candidates(study, (candidate,))
    check_placement(study.model_copy(update={"candidates": chosen}), study.name)
    search = _Search(hybrid_of(study, candidate), on_progress, cancelled)
    search.run()
    return base_answer(search.found)


class _Search:
    """The simulations, one after the other, on the same requests."""

    def __init__(
        self,
        hybrid: Hybrid,
        on_progress: OnProgress | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.found = Found(hybrid)
        self._hybrid, self._study = hybrid, hybrid.study
        self._on_progress, self._cancelled = on_progress, cancelled
        self._requests = draw_requests(hybrid.study)

    def run(self) -> None:
        """As declared, in closed form, then the number that it names and its neighbours."""
        hybrid, found = self._hybrid, self.found
        try:
            run = self._simulate(hybrid.declared)
            assert run is not None, "the study was checked"
            found.own_rps = self._saturation(hybrid.own)
            found.overflow = self._overflow(run, found.own_rps)
            found.curve = own_load(hybrid, run, found.own_rps)
            use = found.uses[hybrid.declared]
            found.closed = closed_form(hybrid, use, found.curve, found.overflow)
            self._confirm()
        except Stopped:
            found.partial = True

    def _overflow(self, run: Run, own_rps: float) -> Overflow:
        hybrid = self._hybrid
        if hybrid.is_sent:
            return sent(hybrid, run, own_rps)
        return Rented(hybrid, self._saturation(hybrid.behind) / own_rps)

    def _saturation(self, pool: str) -> float:
        """The rate at which one machine of a pool saturates, of the traffic that may go there."""
        candidate = alone(self._hybrid.candidate, pool)
        group = candidate.pools[pool].machines
        served = _only(self._requests, served_by(self._hybrid, pool))
        search = Saturation(candidate, served, self._study.run.seed)
        for done in search.slices():
            self._tell(f"one machine of {group} at saturation", done)
        if not search.rate_rps:
            raise BadInput(f"{self._hybrid.name}: one machine of {group} has no saturation rate")
        return search.rate_rps

    def _confirm(self) -> None:
        """Simulate about the best so far, until it has no cheaper neighbour."""
        about = self.found.named
        for _ in range(MOST_MOVES):
            assert about is not None
            for base in (about, about - 1, about + 1):
                self._simulate(base)
            best = self.found.best
            if best is None or best == about or not self.found.simulated[best].holds:
                return
            about = best
        self.found.notes[f"the search ended after {MOST_MOVES} moves"] = None

    def _simulate(self, base: int) -> Run | None:
        """A number of own machines, if it can be and was not simulated before."""
        found = self.found
        if base < 0 or base in found.simulated or base in found.impossible:
            return None
        try:
            candidate = at_base(self._hybrid, base)
        except BadInput as problem:
            found.impossible[base] = str(problem)
            return None
        simulation = Simulation(candidate, self._requests, self._study.run.seed, self._hybrid.name)
        for done in simulation.slices():
            self._tell(f"{base} own machine{'' if base == 1 else 's'}", done)
        run = simulation.finish()
        economics = self._study.economics
        use = found.uses[base] = used(run, candidate, economics)
        usd = bill_of(use, candidate, Prices.of(economics)).usd_per_month or 0.0
        found.simulated[base] = simulated_base(self._hybrid, base, run, use, usd)
        found.notes |= dict.fromkeys(run.notes)
        return run

    def _tell(self, what: str, done: float) -> None:
        if self._on_progress is not None:
            self._on_progress(what, done)
        if self._cancelled is not None and self._cancelled():
            raise Stopped


def _only(requests: Requests, traffics: list[str]) -> Requests:
    """The requests of some of the traffic, for their sizes: who waits for whom is left out."""
    codes = [code for code, name in enumerate(requests.traffics) if name in traffics]
    rows = np.isin(requests.traffic, codes)
    return replace(
        requests,
        arrival_s=requests.arrival_s[rows],
        input_tokens=requests.input_tokens[rows],
        output_tokens=requests.output_tokens[rows],
        traffic=requests.traffic[rows],
        parent_id=np.full(int(rows.sum()), -1, dtype=np.int64),
        gap_s=np.zeros(int(rows.sum())),
    )
