"""Memory: what a run holds while it goes on grows by its table, and by nothing else."""

import tracemalloc

from aisim.scenario import parse_study
from aisim.simulation import Simulation
from aisim.workload import draw_requests
from tests.small import small_data

#: A request that comes alone makes the replica busy and idle: two intervals of usage.
INTERVAL_BYTES = 4 + 8 + 8 + 1 + 1
#: Arrays grow in steps.
SPARE = 1.3


def live_bytes(n: int) -> tuple[int, int]:
    """Greatest memory between slices, above the request table; bytes of a row of the columns."""
    data = small_data()
    data["workload"]["traffic"]["chat"]["sizes"] |= {"input_tokens": 50, "output_tokens": 10}
    data["run"] |= {"horizon_s": n / 0.5, "resolution_s": 600}
    study = parse_study(data)
    requests = draw_requests(study)
    tracemalloc.start()
    try:
        simulation = Simulation(study.candidates["rented"], requests, 1)
        live = max(tracemalloc.get_traced_memory()[0] for _ in simulation.slices())
    finally:
        tracemalloc.stop()
    table = simulation.finish().requests
    shared = ("input_tokens", "output_tokens", "parent_id", "gap_s", "traffic")
    return live, int(table.drop(columns=list(shared)).memory_usage(index=False).sum() / len(table))


def test_live_memory_grows_by_the_table_alone():
    small, row = live_bytes(2_000)
    large, _ = live_bytes(12_000)
    per_request = (large - small) / 10_000
    assert row * 0.9 < per_request < row + 2 * INTERVAL_BYTES * SPARE
