"""The rate at which a candidate saturates, simulated."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from aisim.performance.placement import plan_pools
from aisim.scenario.candidate import Candidate, ServeStage
from aisim.scenario.machines import CloudMachines
from aisim.scenario.pools import Always
from aisim.simulation.steps import until
from aisim.simulation.world import World
from aisim.workload import Requests, stream
from aisim.workload.table import Floats

LEAST_CLIENTS = 64
MOST_CLIENTS = 50_000
LEAST_COMPLETIONS = 2_000
ROUNDS = 3
SLICE = 100


def saturation_rps(
    candidate: Candidate,
    requests: Requests,
    seed: int,
    cancelled: Callable[[], bool] | None = None,
) -> float | None:
    """Completions per second under a backlog that never ends; None if nothing completes.

    A closed loop of clients that never think keeps more requests in the system than the replicas
    can hold; their sizes are drawn from the table. Machines that would start on demand are up,
    and no spot machine is taken back: in the minutes that are simulated, chance would decide.
    The rate is the slope of completions over time (least squares), the first round, in which
    everything comes at once, left out. A fleet too large for such a backlog has None, and so has
    one that was cancelled, and one that external APIs serve too: what those take in is up to the
    provider.
    """
    search = Saturation(candidate, requests, seed)
    for _ in search.slices():
        if cancelled is not None and cancelled():
            return None
    return search.rate_rps


class Saturation:
    """The search for the saturation rate, slice by slice.

    Attributes:
        rate_rps: completions per second; None until the end, and where there is no such rate.
        complete: whether the search is through.
    """

    def __init__(self, candidate: Candidate, requests: Requests, seed: int) -> None:
        self.rate_rps: float | None = None
        self.complete = False
        self._candidate = _awake(candidate)
        self._requests = requests
        self._seed = seed

    def slices(self) -> Iterator[float]:
        """Simulate slice by slice; yields the share of the completions that were seen."""
        requests, candidate = self._requests, self._candidate
        bounded = len(requests) > 0 and not _asks_apis(candidate)
        clients = _clients(candidate, requests) if bounded else 0
        if not 0 < clients <= MOST_CLIENTS:
            self.complete = True
            return
        wanted = clients + max(ROUNDS * clients, LEAST_COMPLETIONS)
        # Quick clients use more than their share of the rows: none may run out before the end.
        backlog = _backlog(requests, clients, 3 * wanted, self._seed)
        world = World(candidate, backlog, self._seed)
        world.open(sampled=False)
        for ended in range(SLICE, wanted + SLICE, SLICE):
            enough = world.env.event()
            world.records.when_ended(min(ended, wanted), enough)
            for _ in until(world.env, enough):
                yield (ended - SLICE) / wanted
            yield min(ended / wanted, 1.0)
        self.rate_rps = _slope(np.array(world.records.last_token_s), clients)
        self.complete = True


def _slope(ends_s: Floats, first: int) -> float | None:
    """Completions per second from the `first` completion on."""
    counted = np.sort(ends_s[~np.isnan(ends_s)])[first:]
    if len(counted) < 2 or counted[-1] <= counted[0]:
        return None
    slope, _ = np.polyfit(counted - counted[0], np.arange(len(counted)), 1)
    return float(slope)


def _asks_apis(candidate: Candidate) -> bool:
    """Whether a request may go to an external API."""
    stages = [stage for stage in candidate.path.values() if isinstance(stage, ServeStage)]
    return any(name in candidate.apis for stage in stages for name in stage.pools)


def _clients(candidate: Candidate, requests: Requests) -> int:
    """Enough to fill every KV cache, and a queue before each replica."""
    tokens = float(np.mean(requests.input_tokens + requests.output_tokens / 2))
    clients = 0.0
    for plan in plan_pools(candidate).values():
        held = min(plan.max_sequences, plan.blocks * plan.block_tokens / tokens)
        clients += (1.25 * held + 8) * len(plan.machines)
    return max(int(clients), LEAST_CLIENTS)


def _awake(candidate: Candidate) -> Candidate:
    pools = {
        name: pool.model_copy(update={"runs": Always()}) for name, pool in candidate.pools.items()
    }
    machines = {
        name: group.model_copy(update={"reclaims_per_month": 0.0})
        if isinstance(group, CloudMachines)
        else group
        for name, group in candidate.machines.items()
    }
    return candidate.model_copy(update={"pools": pools, "machines": machines})


def _backlog(requests: Requests, clients: int, total: int, seed: int) -> Requests:
    """`clients` chains of requests without gaps, all beginning at once."""
    rows = stream(seed, requests.replication, "saturation").integers(0, len(requests), size=total)
    order = np.arange(total)
    return replace(
        requests,
        arrival_s=np.zeros(total),
        input_tokens=requests.input_tokens[rows],
        output_tokens=requests.output_tokens[rows],
        traffic=requests.traffic[rows],
        parent_id=np.where(order >= clients, order - clients, -1),
        gap_s=np.zeros(total),
        settings=requests.settings.model_copy(update={"horizon_s": float("inf")}),
    )
