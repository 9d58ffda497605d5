"""A shared link or device is M/G/1 with processor sharing: only the mean of the sizes counts.

Load is 0.7.
"""

import numpy as np
import pytest
import simpy

from aisim.scenario.links import Storage as StorageDeclaration
from aisim.simulation.records import Records
from aisim.simulation.sharing import SharedServer
from aisim.simulation.storage import Storage
from aisim.workload.table import Floats
from tests.theory import queueing as theory
from tests.theory.replications import assert_tells, replicate, replicate_all
from tests.theory.systems import memoryless_work, poisson, share, two_point_work

N = 3000
RATE_RPS = 0.7
SMALL_S, LARGE_S = 0.5, 10.5


def shared(i: int, work_s: Floats, warm_up: int = 300) -> Floats:
    """Times of the flows of one replication on a shared server."""
    env = simpy.Environment()
    server = SharedServer(env)
    work = work_s.tolist()
    return share(env, poisson(i, RATE_RPS, len(work)), lambda j: server.start(work[j]), warm_up)


SIZES = {
    "deterministic": lambda i: np.ones(N),
    "exponential": lambda i: memoryless_work(i, 1.0, N),
    "two sizes": lambda i: two_point_work(i, SMALL_S, LARGE_S, N),
}
SQUARE_S2 = {"deterministic": 1.0, "exponential": 2.0, "two sizes": 0.95 * 0.25 + 0.05 * 10.5**2}


@pytest.mark.parametrize("law", SIZES)
def test_mean_time_does_not_depend_on_the_law_of_the_sizes(law):
    queued = theory.mg1_wait_s(RATE_RPS, 1.0, SQUARE_S2[law]) + 1.0
    wrong = {} if law == "exponential" else {"first_come_first_served": queued}
    assert_tells(
        replicate(lambda i: shared(i, SIZES[law](i)).mean()),
        theory.ps_sojourn_s(RATE_RPS, 1.0),
        not_shared=1.0,
        share_of_the_mean_number=1.0 + RATE_RPS,
        **wrong,
    )


def test_variance_tells_sharing_from_queueing():
    """Their means agree for exponential sizes; the variance of the time does not."""
    sojourn = theory.ps_sojourn_s(RATE_RPS, 1.0)

    def variance(i: int) -> float:
        return ((shared(i, SIZES["exponential"](i)) - sojourn) ** 2).mean()

    assert_tells(
        replicate(variance),
        theory.mm1_ps_variance_s2(RATE_RPS, 1.0),
        first_come_first_served=sojourn**2,
    )


def test_time_is_linear_in_the_size():
    """A job of size x takes x / (1 - rho): large ones do not hold up the small."""

    def by_size(i: int) -> tuple[float, float]:
        work_s = SIZES["two sizes"](i)
        times, large = shared(i, work_s), work_s[300:] == LARGE_S
        return times[~large].mean(), times[large].mean()

    small, large = replicate_all(by_size)
    wait = theory.mg1_wait_s(RATE_RPS, 1.0, SQUARE_S2["two sizes"])
    mean_wait = theory.ps_sojourn_s(RATE_RPS, 1.0) - 1.0
    assert_tells(
        small,
        SMALL_S / (1 - RATE_RPS),
        first_come_first_served=SMALL_S + wait,
        same_wait_for_all=SMALL_S + mean_wait,
    )
    assert_tells(
        large,
        LARGE_S / (1 - RATE_RPS),
        first_come_first_served=LARGE_S + wait,
        same_wait_for_all=LARGE_S + mean_wait,
    )


DEVICE = StorageDeclaration(
    bandwidth_gb_per_s=2.0, operations_per_s=10_000, read_latency_s=0.02, operation_bytes=1_000_000
)


@pytest.mark.parametrize(
    ("n_bytes", "pieces", "by_bytes_s", "by_operations_s"),
    [(80e6, 8, 0.04, 0.008), (8e6, 400, 0.004, 0.04)],
    ids=["large files", "small files"],
)
def test_storage_shares_what_is_scarcer(n_bytes, pieces, by_bytes_s, by_operations_s):
    """A read takes the longer of its bytes and its operations, shared, and then the latency."""
    alone_s = max(by_bytes_s, by_operations_s)
    rate = 0.7 / alone_s

    def time_s(i: int) -> float:
        env = simpy.Environment()
        device = Storage(env, "disk", DEVICE, Records([], [], ["disk"]))
        return share(env, poisson(i, rate, N), lambda _: device.read(n_bytes, pieces)).mean()

    latency_s = DEVICE.read_latency_s
    shared_s = theory.ps_sojourn_s(rate, alone_s)
    assert_tells(
        replicate(time_s),
        shared_s + latency_s,
        the_less_scarce=theory.ps_sojourn_s(rate, min(by_bytes_s, by_operations_s)) + latency_s,
        one_after_the_other=theory.ps_sojourn_s(rate, by_bytes_s + by_operations_s) + latency_s,
        first_come_first_served=alone_s + theory.md1_wait_s(rate, alone_s) + latency_s,
        latency_shared=shared_s + latency_s / 0.3,
    )
