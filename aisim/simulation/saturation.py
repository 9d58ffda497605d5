"""The rate at which a candidate saturates, simulated."""

from dataclasses import replace

import numpy as np

from aisim.scenario.candidate import Always, Candidate
from aisim.simulation.world import World
from aisim.workload import Requests, stream

LEAST_CLIENTS = 64
MOST_CLIENTS = 50_000
LEAST_COMPLETIONS = 2_000
ROUNDS = 5


def saturation_rps(candidate: Candidate, requests: Requests, seed: int) -> float | None:
    """Completions per second under a backlog that never ends; None if nothing completes.

    A closed loop of clients that never think keeps more requests in the system than the replicas
    can hold; their sizes are drawn from the table. Machines that would start on demand are up.
    The rate is the slope of completions over time (least squares), the first round, in which
    everything comes at once, left out. A fleet too large for such a backlog has None.
    """
    if not len(requests):
        return None
    awake = _awake(candidate)
    clients = _clients(awake, requests, seed)
    if clients > MOST_CLIENTS:
        return None
    wanted = max(ROUNDS * clients, LEAST_COMPLETIONS)
    # Quick clients use more than their share of the rows: none may run out before the end.
    world = World(awake, _backlog(requests, clients, 3 * wanted, seed), seed)
    world.open()
    enough = world.env.event()
    world.records.when_ended(wanted, enough)
    world.env.run(until=enough)
    ends = np.sort(np.array(world.records.last_token_s))
    ends = ends[~np.isnan(ends)]
    counted = ends[clients:]
    if len(counted) < 2 or counted[-1] <= counted[0]:
        return None
    slope, _ = np.polyfit(counted - counted[0], np.arange(len(counted)), 1)
    return float(slope)


def _awake(candidate: Candidate) -> Candidate:
    pools = {
        name: pool.model_copy(update={"runs": Always()}) for name, pool in candidate.pools.items()
    }
    return candidate.model_copy(update={"pools": pools})


def _clients(candidate: Candidate, requests: Requests, seed: int) -> int:
    """Enough to fill every KV cache, and a queue before each replica."""
    tokens = float(np.mean(requests.input_tokens + requests.output_tokens / 2))
    world = World(candidate, _backlog(requests, 1, 1, seed), seed)
    held = sum(
        min(replica.max_sequences, replica.blocks * replica.block_tokens / tokens)
        for replica in world.replicas
    )
    return max(int(1.25 * held) + 8 * len(world.replicas), LEAST_CLIENTS)


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
