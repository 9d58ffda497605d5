"""A candidate as a SimPy world, and the journey of a request through it."""

from collections import defaultdict
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import simpy

from aisim import catalog
from aisim.performance.placement import PoolPlan, plan_pools
from aisim.scenario.candidate import Candidate, LogStage, ReadStage, ServeStage, TransferStage
from aisim.scenario.pools import OnDemand
from aisim.scenario.sites import ApiSite
from aisim.simulation.api import Api
from aisim.simulation.balancer import balancer
from aisim.simulation.fleet import Fleet
from aisim.simulation.link import Link, Return, Transfer
from aisim.simulation.machine import Machine
from aisim.simulation.phases import Phases
from aisim.simulation.pool import Pool
from aisim.simulation.records import Records
from aisim.simulation.replica import Replica
from aisim.simulation.request import Request
from aisim.simulation.series import Series
from aisim.simulation.serving import Choice, Failed, Rejected, Serve
from aisim.simulation.storage import Log, Read, Storage
from aisim.simulation.traffic import TrafficFacts
from aisim.simulation.usage import Resource, Usage
from aisim.workload import Requests, stream

if TYPE_CHECKING:
    from simpy.events import Event


class Stage(Protocol):
    """A component on the path, with its one verb."""

    def serve(self, request: Request) -> "Generator[Event, None, None]":
        """Take the request as long as this component needs it."""


class World:
    """Everything that a candidate declares, standing in one SimPy environment."""

    def __init__(self, candidate: Candidate, requests: Requests, seed: int) -> None:
        self.env = env = simpy.Environment()
        self.requests = requests
        self.plans = plan_pools(candidate)
        serving = [*candidate.pools, *candidate.apis]
        names = [*candidate.links, *candidate.storage, *serving]
        self.records = Records(requests, serving, names)
        self.usage = Usage()
        self.links = {
            name: Link(env, name, link, self.records) for name, link in candidate.links.items()
        }
        self.storage = {
            name: Storage(env, name, device, self.records)
            for name, device in candidate.storage.items()
        }
        self._candidate = candidate
        self.fleet = Fleet(env, candidate, self.usage, self.storage, seed, requests.replication)
        self.phases = Phases(env, requests.settings)
        self.replicas: list[Replica] = []
        self.pools = {
            name: self._pool(name, number, seed) for number, name in enumerate(candidate.pools)
        }
        self.apis = dict(self._apis(seed))
        self.path = [self._stage(stage) for stage in candidate.path.values()]
        self.traffics = [TrafficFacts.of(traffic) for traffic in requests.traffics.values()]
        self._followers = _followers(requests)
        self._input_tokens = requests.input_tokens.data
        self._output_tokens = requests.output_tokens.data
        self._traffic = requests.traffic.data
        self._gap_s = requests.gap_s.data
        self.series = Series(env, requests.settings.resolution_s)

    def open(self, *, sampled: bool = True) -> None:
        """Let the machines run by their rules, the samples be taken, and the requests come."""
        settings = self.requests.settings
        self.fleet.open()
        for pool in self.pools.values():
            pool.open(settings.start_hour)
            self.series.watch_pool(pool)
        for api in self.apis.values():
            self.series.watch_api(api)
        for link in self.links.values():
            self.series.watch_link(link)
        for device in self.storage.values():
            self.series.watch_storage(device)
        if sampled:
            self.env.process(self.series.sample())
            self.env.process(self.phases.read())
        self.env.process(self._arrivals(settings.horizon_s))

    # --- journeys ---------------------------------------------------------------------------

    def _arrivals(self, horizon_s: float) -> "Generator[Event, None, None]":
        """Start the journey of every request that waits for no other."""
        env, first = self.env, self.requests.parent_id < 0
        rows = np.flatnonzero(first).data
        arrival_s = self.requests.arrival_s.data
        for row in rows:
            at = arrival_s[row]
            if at > horizon_s:
                return
            if at > env.now:
                yield env.timeout(at - env.now)
            env.process(self._journey(row, at))

    def _journey(self, row: int, arrival_s: float) -> "Generator[Event, None, None]":
        """One request on its path, and back."""
        self.records.arrive(row, arrival_s)
        request = Request(
            row,
            self._input_tokens[row],
            self._output_tokens[row],
            self.traffics[self._traffic[row]],
        )
        try:
            for stage in self.path:
                yield from stage.serve(request)
        except Rejected as rejected:
            self.records.reject(row, rejected.args[0])
            self._follow(row, 0.0)
            return
        except Failed as failed:
            self.records.fail(row, failed.args[0])
            self._follow(row, 0.0)
            return
        if request.back is None:
            self._arrived(request, 0.0)
        else:
            yield from self._return(request, request.back)

    def _return(self, request: Request, back: list[Return]) -> "Generator[Event, None, None]":
        """The answer streams back: latency for the first token, backlog too for the last."""
        env, latency_s = self.env, 0.0
        for leg in reversed(back):
            made = env.now
            flow = leg.flow if leg.flow is not None else leg.stream(request)
            if leg.link.down.watch(flow):
                yield flow
            leg.link.book_return(request.index, env.now - made)
            latency_s += leg.link.latency_s
        self._arrived(request, latency_s)

    def _arrived(self, request: Request, latency_s: float) -> None:
        """The client has the whole answer, `latency_s` from now."""
        now = self.env.now
        first = request.first_token_s if request.first_token_s is not None else now
        self.records.complete(request, first + latency_s, now + latency_s)
        if self._followers:
            self._follow(request.index, latency_s)

    def _follow(self, row: int, latency_s: float) -> None:
        """Requests that waited for the end of this one come after their gap."""
        for child in self._followers.get(row, ()):
            self.env.process(self._later(child, latency_s + self._gap_s[child]))

    def _later(self, row: int, delay_s: float) -> "Generator[Event, None, None]":
        yield self.env.timeout(delay_s)
        if self.env.now <= self.requests.settings.horizon_s:
            yield from self._journey(row, self.env.now)

    # --- building ---------------------------------------------------------------------------

    def _stage(self, declared: object) -> Stage:
        match declared:
            case TransferStage():
                return Transfer(self.links[declared.link])
            case ReadStage():
                return Read(self.storage[declared.storage])
            case LogStage():
                return Log(self.storage[declared.storage])
            case ServeStage():
                return Serve([self._choice(name) for name in declared.pools], declared.burst)
        raise TypeError(f"no stage for {declared!r}")

    def _choice(self, name: str) -> Choice:
        site = self._candidate.sites[self._candidate.site_of(name)]
        link = self.links[site.link] if site.link is not None else None
        if name in self.apis:
            return Choice(self.apis[name], self.apis[name].declared.serves, site.refuses, link)
        return Choice(self.pools[name], self._candidate.pools[name].serves, site.refuses, link)

    def _apis(self, seed: int) -> Iterator[tuple[str, Api]]:
        # Numbered after the pools, as in the records.
        numbered = enumerate(self._candidate.apis.items(), len(self._candidate.pools))
        for number, (name, declared) in numbered:
            site = self._candidate.sites[declared.site]
            assert isinstance(site, ApiSite)
            yield (
                name,
                Api(
                    self.env,
                    name,
                    number,
                    declared=declared,
                    provider=site.provider,
                    records=self.records,
                    seed=seed,
                ),
            )

    def _pool(self, name: str, number: int, seed: int) -> Pool:
        declared, plan = self._candidate.pools[name], self.plans[name]
        machines = self.fleet.group(declared.machines, plan.accelerator.name)
        replicas = {
            self._place(machines[machine], name, i, plan): machines[machine]
            for i, machine in enumerate(plan.machines)
        }
        # Whole groups are held and paid; machines on demand start only to carry a replica.
        needed = dict.fromkeys(plan.machines)
        held = needed if isinstance(declared.runs, OnDemand) else range(len(machines))
        used = [machines[i] for i in held]
        rng = stream(seed, self.requests.replication, f"pool/{name}/balancer")
        return Pool(
            self.env,
            name,
            number,
            machines=used,
            replicas=replicas,
            balancer=balancer(declared.balancer, rng),
            rule=declared.runs,
            # A request lives in the cache of one copy of the attention.
            max_context=min(
                catalog.llm_model(declared.model).max_context,
                plan.blocks // declared.data_parallel * plan.block_tokens,
            ),
            records=self.records,
            delay_iterations=plan.time.host.delay_iterations,
        )

    def _place(self, machine: Machine, pool: str, i: int, plan: PoolPlan) -> Replica:
        def make(on_state: Any) -> Replica:
            return Replica(
                self.env,
                plan.time,
                token_budget=plan.token_budget,
                max_sequences=plan.max_sequences,
                blocks=plan.blocks,
                block_tokens=plan.block_tokens,
                on_state=on_state,
            )

        site, gpus = machine.resource.site, plan.gpus_per_replica
        named = Resource("replica", f"{pool}/{i}", pool, site, gpus)
        replica = machine.place(named, plan.weight_bytes, make)
        self.replicas.append(replica)
        self.phases.watch(pool, replica)
        return replica


def _followers(requests: Requests) -> dict[int, list[int]]:
    """Rows that wait for the end of a row."""
    children: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(requests.parent_id >= 0).tolist():
        children[int(requests.parent_id[row])].append(row)
    return dict(children)
