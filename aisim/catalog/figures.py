"""What storage and links were measured to do, or are said to do."""

from functools import cache

from aisim.catalog.files import Fact, read_facts


class StorageFigure(Fact):
    """One figure of a store: a rate, a throughput or a latency.

    Attributes:
        kind: object_store, nfs, nvme_local or parallel_fs.
        nic_gbit_s: Network of the machine that read, as the provider names it.
        file_bytes: Size of the files read or written.
        block_bytes: Size of one request.
        jobs: Processes at work at once.
        queue_depth: Requests that each of them had open.
        throughput_mb_s: 10^6 bytes a second, all processes together.
        iops: Requests a second, all processes together.
        latency_mean_us: Mean time of a request, its queueing included.
        latency_p90_us: Time that 90 % of the requests do not pass.
    """

    kind: str
    system: str
    operation: str
    nic_gbit_s: float | None = None
    file_bytes: int | None = None
    block_bytes: int | None = None
    jobs: int | None = None
    queue_depth: int | None = None
    throughput_mb_s: float | None = None
    iops: float | None = None
    latency_mean_us: float | None = None
    latency_p90_us: float | None = None


class NetworkFigure(Fact):
    """The time of one message from GPU to GPU.

    Attributes:
        gpus_per_node: 2 when both GPUs stand in one machine, 1 when the message leaves it.
        ranks: GPUs that took part.
        latency_us: Mean time until the message was received.
    """

    system: str
    gpus_per_node: int
    ranks: int
    message_bytes: int
    latency_us: float


@cache
def storage_figures() -> tuple[StorageFigure, ...]:
    """Return every figure of storage."""
    return read_facts("storage", StorageFigure)


@cache
def network_figures() -> tuple[NetworkFigure, ...]:
    """Return every figure of links between GPUs."""
    return read_facts("network", NetworkFigure)
