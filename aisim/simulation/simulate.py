"""`simulate()`: one candidate, one table of requests, one run."""

from collections.abc import Callable, Iterator

import numpy as np
from simpy.events import URGENT

from aisim.language import mark, say
from aisim.performance.placement import PoolPlan
from aisim.results import ApiFacts, PoolFacts, Run, check_run
from aisim.results.tables import Columns
from aisim.scenario.candidate import (
    Candidate,
    LogStage,
    ReadStage,
    ServeStage,
    Stage,
    TransferStage,
)
from aisim.scenario.workload import ClientArrivals
from aisim.simulation.api import Api
from aisim.simulation.api_times import times_note
from aisim.simulation.balance import check_world
from aisim.simulation.saturation import saturation_rps
from aisim.simulation.steps import until
from aisim.simulation.wake import Wake
from aisim.simulation.world import World
from aisim.workload import Requests

#: A slice holds about so many requests, and a simulation so many slices.
SLICE_REQUESTS = 10
LEAST_SLICES, MOST_SLICES = 10, 2_000
DRAIN_SLICES = 200
MIN_DRAIN_S = 600.0
DRAIN_SHARE = 0.1


class Simulation:
    """A simulation that goes on slice by slice, and can be stopped after any of them."""

    def __init__(
        self, candidate: Candidate, requests: Requests, seed: int, name: str = "candidate"
    ) -> None:
        self.candidate = candidate
        self.requests = requests
        self.seed = seed
        self.name = name
        self._world = World(candidate, requests, seed)
        self._world.open()
        self._complete = False

    def slices(self) -> Iterator[float]:
        """Simulate slice by slice; yields the share of the horizon that is done.

        Arrivals stop at the horizon. The drain lasts at most 10 % of the horizon, or 600 s if
        that is more, and ends as soon as every answer has arrived.
        """
        env, horizon = self._world.env, self.requests.settings.horizon_s
        slices = min(max(len(self.requests) // SLICE_REQUESTS, LEAST_SLICES), MOST_SLICES)
        for i in range(1, slices + 1):
            for _ in self._until(horizon * i / slices):
                yield max((i - 1) / slices, min(env.now / horizon, i / slices))
            yield i / slices
        drain = max(MIN_DRAIN_S, DRAIN_SHARE * horizon)
        for i in range(1, DRAIN_SLICES + 1):
            if not self._world.records.in_flight:
                break
            for _ in self._until(horizon + drain * i / DRAIN_SLICES):
                yield 1.0
            yield 1.0
        self._complete = True
        yield 1.0

    def _until(self, end_s: float) -> Iterator[None]:
        env = self._world.env
        return until(env, Wake(env, 0, lambda _: None, end_s - env.now, URGENT))

    def finish(self, saturation: float | None = None) -> Run:
        """The run so far, checked; partial unless all slices were simulated.

        Raises:
            Unbalanced: something was lost in the counting.
        """
        world = self._world
        table = world.records.to_columns()
        check_world(world, table)
        notes = [note for plan in world.plans.values() for note in plan.notes]
        notes += [times_note(name, a.declared, a.provider) for name, a in world.apis.items()]
        notes += [reclaims.note for reclaims in world.fleet.reclaims]
        run = Run(
            candidate=self.name,
            seed=self.seed,
            replication=self.requests.replication,
            settings=self.requests.settings,
            traffics=self.requests.traffics,
            rows=table,
            intervals=world.usage.to_columns(world.env.now),
            samples=world.series.to_columns(),
            components=_kinds(self.candidate),
            pools={name: _facts(self.candidate, name, p) for name, p in world.plans.items()},
            saturation_rps=saturation,
            iterations=sum(replica.iterations for replica in world.replicas),
            end_s=float(world.env.now),
            partial=not self._complete,
            notes=(*self.requests.notes, *self._ran_dry(table), *dict.fromkeys(notes)),
            busy=world.phases.busy(),
            reclaims=world.fleet.machines_taken,
            apis={name: _api_facts(api) for name, api in world.apis.items()},
            reasons=tuple(world.records.reasons),
        )
        check_run(run)
        return run

    def _ran_dry(self, table: Columns) -> Iterator[str]:
        """Closed loops in which a client had no request left before the horizon."""
        requests = self.requests
        if not any(isinstance(t.arrivals, ClientArrivals) for t in requests.traffics.values()):
            return
        last = np.setdiff1d(np.arange(len(requests)), requests.parent_id)
        ended = table.frame.reindex(last)["last_token_s"] < requests.settings.horizon_s
        for code, (name, traffic) in enumerate(requests.traffics.items()):
            if isinstance(traffic.arrivals, ClientArrivals):
                dry = int((ended.to_numpy() & (requests.traffic[last] == code)).sum())
                if dry:
                    yield say(
                        "{name}: {dry} of {clients} clients had sent all their requests before "
                        "the horizon; set arrivals.requests",
                        name=name, dry=dry, clients=traffic.arrivals.clients,
                    )  # fmt: skip


def simulate(
    candidate: Candidate,
    requests: Requests,
    seed: int,
    *,
    name: str = "candidate",
    on_progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    saturate: bool = True,
) -> Run:
    """Send every request through a candidate.

    Args:
        candidate: the architecture.
        requests: the table of requests, shared by all candidates under comparison.
        seed: seed of what is random beside the requests.
        name: the candidate's name in the results.
        on_progress: told the share done, 0 to 1, now and then.
        cancelled: asked between slices; when true the run so far is returned, marked partial.
        saturate: also simulate the rate at which the candidate saturates.

    Raises:
        InvalidStudy: a pool does not fit on its machines.
        Unbalanced: something was lost in the counting; a fault of aisim.
    """
    simulation = Simulation(candidate, requests, seed, name)
    stopped = False
    for done in simulation.slices():
        if on_progress is not None:
            on_progress(done)
        if cancelled is not None and cancelled():
            stopped = True
            break
    saturation = None
    if saturate and not stopped:
        saturation = saturation_rps(candidate, requests, seed, cancelled)
    return simulation.finish(saturation)


_RULES = {"always": "always", "hours": mark("by hours"), "on_demand": mark("on demand")}


def _kinds(candidate: Candidate) -> dict[str, str]:
    """Kind of each component, in the order in which a request meets them."""
    declared = {
        **dict.fromkeys(candidate.links, "link"),
        **dict.fromkeys(candidate.storage, "storage"),
        **dict.fromkeys(candidate.pools, "pool"),
        **dict.fromkeys(candidate.apis, "api"),
    }
    met = dict.fromkeys(
        name for stage in candidate.path.values() for name in _met(candidate, stage)
    )
    return {name: declared[name] for name in (*met, *(n for n in declared if n not in met))}


def _met(candidate: Candidate, stage: Stage) -> Iterator[str]:
    """Names of the components that a stage of the path uses."""
    match stage:
        case TransferStage():
            yield stage.link
        case ReadStage() | LogStage():
            yield stage.storage
        case ServeStage():
            for name in stage.pools:
                link = candidate.sites[candidate.site_of(name)].link
                yield from (link,) if link else ()
                yield name


def _api_facts(api: Api) -> ApiFacts:
    return ApiFacts(
        site=api.declared.site,
        provider=api.provider,
        model=api.declared.model,
        processing=api.declared.processing,
        sent=api.sent,
        retries=api.retries,
    )


def _facts(candidate: Candidate, name: str, plan: PoolPlan) -> PoolFacts:
    pool = candidate.pools[name]
    return PoolFacts(
        site=candidate.machines[pool.machines].site,
        machines=pool.machines,
        model=pool.model,
        accelerator=plan.accelerator.name,
        gpus_per_replica=plan.gpus_per_replica,
        replicas=len(plan.machines),
        kv_tokens=plan.blocks * plan.block_tokens,
        runs=_RULES[pool.runs.kind],
        notes=plan.notes,
    )
