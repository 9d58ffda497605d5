"""A hybrid: own machines, rented ones on demand or an API behind them; one with another base."""

from dataclasses import dataclass

from aisim.performance.machines import machine_shape
from aisim.performance.placement import pool_parallel
from aisim.planning.bad_input import BadInput
from aisim.scenario import Candidate, InvalidStudy, Study, parse_study
from aisim.scenario.candidate import ServeStage, Stage
from aisim.scenario.machines import CloudMachines, OwnMachines
from aisim.scenario.pools import OnDemand


@dataclass(frozen=True)
class Hybrid:
    """The parts of a candidate that the size of its base is about.

    Attributes:
        study: the question.
        name: of the candidate.
        candidate: as declared.
        own: pool on the own machines.
        behind: its overflow, the first behind it that is an API or a rented pool on demand.
    """

    study: Study
    name: str
    candidate: Candidate
    own: str
    behind: str

    @property
    def own_group(self) -> str:
        """The own machines."""
        return self.candidate.pools[self.own].machines

    @property
    def is_sent(self) -> bool:
        """Whether the overflow is an external API."""
        return self.behind in self.candidate.apis

    @property
    def behind_group(self) -> str:
        """The rented machines of the overflow; it must be none that is sent."""
        return self.candidate.pools[self.behind].machines

    @property
    def places(self) -> list[str]:
        """Pools and APIs in the order in which they serve."""
        return _serving(self.candidate)

    @property
    def further(self) -> list[str]:
        """Pools and APIs behind the own machines that the closed form leaves out."""
        after = self.places[self.places.index(self.own) + 1 :]
        traffics = [t for t in self.study.workload.traffic if self.takes(self.own, t)]
        return [p for p in after if p != self.behind and any(self.takes(p, t) for t in traffics)]

    def takes(self, place: str, traffic: str) -> bool:
        """Whether a pool or API serves a traffic, and its site does not refuse the data."""
        return takes(self.study, self.candidate, place, traffic)

    @property
    def declared(self) -> int:
        """Own machines as declared."""
        return self.candidate.machines[self.own_group].count


def hybrid_of(study: Study, name: str) -> Hybrid:
    """The own pool of a candidate and its overflow.

    Raises:
        BadInput: it is no hybrid, or several pools stand on own machines.
    """
    candidate = study.candidates[name]
    places = _serving(candidate)
    group = {pool: candidate.machines[candidate.pools[pool].machines] for pool in candidate.pools}
    own = [pool for pool, machines in group.items() if isinstance(machines, OwnMachines)]
    behind = places[places.index(own[0]) + 1 :] if own and own[0] in places else []
    overflow = [place for place in behind if _is_overflow(candidate, place)]
    if not overflow:
        raise BadInput(
            f"{name} is no hybrid: one has a pool on own machines and, behind it in the order of "
            "serving, an external API or one on rented machines that runs on demand"
        )
    if len(own) > 1:
        raise BadInput(f"{name}: several pools on own machines: {', '.join(own)}; allowed: one")
    # An API for another service alone is no overflow, nor a pool that may take nothing.
    traffics = [t for t in study.workload.traffic if takes(study, candidate, own[0], t)]
    of_use = [p for p in overflow if any(takes(study, candidate, p, t) for t in traffics)]
    return Hybrid(study, name, candidate, own[0], (of_use or overflow)[0])


def _is_overflow(candidate: Candidate, place: str) -> bool:
    """Whether a place is paid only for what goes there."""
    if place in candidate.apis:
        return True
    pool = candidate.pools[place]
    rented = isinstance(candidate.machines[pool.machines], CloudMachines)
    return rented and isinstance(pool.runs, OnDemand)


def is_hybrid(study: Study, name: str) -> bool:
    """Whether a candidate has a base to size."""
    try:
        hybrid_of(study, name)
    except BadInput:
        return False
    return True


def _serving(candidate: Candidate) -> list[str]:
    stages = candidate.path.values()
    return [pool for s in stages if isinstance(s, ServeStage) for pool in s.pools]


def at_base(hybrid: Hybrid, base: int) -> Candidate:
    """The candidate with so many own machines, each of which holds as many replicas as fit.

    Raises:
        BadInput: without own machines nobody would serve some of the traffic.
    """
    if base:
        return _resized(hybrid.candidate, hybrid.own, base)
    stages = hybrid.candidate.path
    kept = {name: _without(stage, hybrid.own) for name, stage in stages.items()}
    candidate = hybrid.candidate.model_copy(
        update={
            "pools": {n: p for n, p in hybrid.candidate.pools.items() if n != hybrid.own},
            "machines": {
                n: m for n, m in hybrid.candidate.machines.items() if n != hybrid.own_group
            },
            "path": kept,
        }
    )
    _check_served(hybrid, candidate)
    return candidate


def _check_served(hybrid: Hybrid, candidate: Candidate) -> None:
    study, name = hybrid.study, hybrid.name
    for traffic, declared in study.workload.traffic.items():
        places = [p for p in _serving(candidate) if takes(study, candidate, p, traffic)]
        if not places:
            raise BadInput(
                f"{name}: without own machines nobody may serve {traffic}, "
                f"data class {declared.data_class}"
            )
    try:
        parse_study(
            study.model_copy(update={"candidates": {name: candidate}}).model_dump(mode="json")
        )
    except InvalidStudy as invalid:
        raise BadInput(f"{name}: without own machines: {invalid.faults[0]}") from None


def takes(study: Study, candidate: Candidate, pool: str, traffic: str) -> bool:
    """Whether a pool or API serves a traffic, and its site does not refuse the data."""
    declared = study.workload.traffic[traffic]
    serving = candidate.pools.get(pool) or candidate.apis[pool]
    refuses = candidate.sites[candidate.site_of(pool)].refuses
    return declared.service in serving.serves and declared.data_class not in refuses


def _without(stage: Stage, pool: str) -> Stage:
    if not isinstance(stage, ServeStage):
        return stage
    return stage.model_copy(update={"pools": tuple(p for p in stage.pools if p != pool)})


def _resized(candidate: Candidate, pool: str, count: int) -> Candidate:
    """So many machines under a pool, full of replicas."""
    declared = candidate.pools[pool]
    group = candidate.machines[declared.machines]
    shape = machine_shape(candidate, declared.machines)
    per_machine = max(shape.gpus // pool_parallel(declared).gpus, 1)
    replicas = {"replicas": count * per_machine}
    return candidate.model_copy(
        update={
            "pools": {**candidate.pools, pool: declared.model_copy(update=replicas)},
            "machines": {
                **candidate.machines,
                declared.machines: group.model_copy(update={"count": count}),
            },
        }
    )


def alone(candidate: Candidate, pool: str) -> Candidate:
    """One machine of a pool, and nothing else that serves."""
    resized = _resized(candidate, pool, 1)
    path = {
        name: stage.model_copy(update={"pools": (pool,)})
        if isinstance(stage, ServeStage)
        else stage
        for name, stage in candidate.path.items()
    }
    group = candidate.pools[pool].machines
    update = {
        "pools": {pool: resized.pools[pool]},
        "machines": {group: resized.machines[group]},
        "apis": {},
        "path": path,
    }
    return candidate.model_copy(update=update)
