"""The rate at which a candidate saturates, simulated."""

from dataclasses import replace

import numpy as np

from aisim.scenario.candidate import Always, Candidate
from aisim.simulation.world import World
from aisim.workload import Requests, stream

ROUNDS = 4
LEAST_REQUESTS = 1000
MOST_CLIENTS = 4000


def saturation_rps(candidate: Candidate, requests: Requests, seed: int) -> float | None:
    """Completions per second under a backlog that never ends; None if nothing completes.

    A closed loop of clients that never think keeps twice as many requests in the system as the
    replicas can hold; their sizes are drawn from the table. Machines that would start on demand
    are up. The first round, in which everything comes at once, is not counted.
    """
    if not len(requests):
        return None
    awake = _awake(candidate)
    clients = _clients(awake, requests, seed)
    total = max(ROUNDS * clients, LEAST_REQUESTS + clients)
    world = World(awake, _backlog(requests, clients, total, seed), seed)
    world.open()
    enough = world.env.event()
    world.records.when_ended(total, enough)
    world.env.run(until=enough)
    ends = np.sort(np.frombuffer(world.records.last_token_s))
    ends = ends[~np.isnan(ends)]
    first = min(clients, len(ends) // 2)
    if len(ends) < 2 or ends[-1] <= ends[first]:
        return None
    return float((len(ends) - 1 - first) / (ends[-1] - ends[first]))


def _awake(candidate: Candidate) -> Candidate:
    pools = {
        name: pool.model_copy(update={"runs": Always()}) for name, pool in candidate.pools.items()
    }
    return candidate.model_copy(update={"pools": pools})


def _clients(candidate: Candidate, requests: Requests, seed: int) -> int:
    """Twice the requests that fit in all KV caches, within what a simulation can bear."""
    tokens = float(np.mean(requests.input_tokens + requests.output_tokens / 2))
    world = World(candidate, _backlog(requests, 1, 1, seed), seed)
    held = sum(
        min(replica.max_sequences, replica.blocks * replica.block_tokens / tokens)
        for replica in world.replicas
    )
    return int(min(max(2 * held, 32), MOST_CLIENTS))


def _backlog(requests: Requests, clients: int, total: int, seed: int) -> Requests:
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
