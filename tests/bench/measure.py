"""What both benchmarks share: SimPy's bare event rate and the figures of a run."""

import json
import resource
import time
from collections.abc import Callable

import simpy

from aisim.results import Run


def simpy_timeouts_per_s(n: int = 500_000) -> float:
    """Bare timeouts a second on this machine, now: the floor under every design on SimPy."""
    env = simpy.Environment()

    def ticking():
        for _ in range(n):
            yield env.timeout(0.01)

    env.process(ticking())
    start = time.perf_counter()
    env.run()
    return n / (time.perf_counter() - start)


def report(simulate_all: Callable[[], list[Run]], requests: int) -> None:
    """Time `simulate_all` between two looks at SimPy's bare rate, and print one JSON line."""
    before = simpy_timeouts_per_s()
    start = time.perf_counter()
    runs = simulate_all()
    seconds = time.perf_counter() - start
    bare = (before + simpy_timeouts_per_s()) / 2
    print(
        json.dumps(
            {
                "requests": requests,
                "run_s": round(seconds, 3),
                "requests_per_s": round(requests / seconds),
                "iterations_per_s": round(sum(run.iterations for run in runs) / seconds),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "simpy_timeouts_per_s": round(bare),
                "ratio": round(requests / seconds / bare, 4),
            }
        )
    )
