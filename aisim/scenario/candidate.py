"""What the planner says about one architecture."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from aisim import catalog
from aisim.scenario.base import (
    Count,
    Declaration,
    EngineName,
    HardwareItem,
    ModelName,
    Name,
    NotNegative,
    Positive,
    Share,
)
from aisim.scenario.own_accelerator import OwnAccelerator

_DAY = "mon|tue|wed|thu|fri|sat|sun"
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
#: First day, last day, hour and minute of the beginning, hour and minute of the end (not at 24:00).
HOURS = re.compile(rf"^({_DAY})(?:-({_DAY}))? {_TIME}-(?:{_TIME}|24:00)$")


class Link(Declaration):
    """A full-duplex link: each direction has the bandwidth, which its flows share equally."""

    bandwidth_gbit_per_s: Positive
    """Bandwidth of one direction, in Gbit/s."""
    latency_s: NotNegative = 0.0
    """One-way delay in seconds."""


class Storage(Declaration):
    """A storage device whose bandwidth and operations per second are shared equally.

    A flow needs the longer of bytes / bandwidth and operations / rate of the device for itself.
    """

    bandwidth_gb_per_s: Positive
    """Bandwidth in GB/s (1e9 bytes)."""
    operations_per_s: Positive
    """Operations per second."""
    read_latency_s: NotNegative = 0.0
    """Delay of a read, beside its transfer."""
    write_latency_s: NotNegative = 0.0
    """Delay of a write, beside its transfer."""
    operation_bytes: Positive = 1_048_576.0
    """Largest operation; longer transfers take several. The default is 1 MiB."""


class OwnSite(Declaration):
    """A data centre of one's own, or a colocation."""

    kind: Literal["own"] = "own"
    region: str = "DE"
    """Region of the electricity price (country, or US state as US-CA)."""
    electricity_usd_per_kwh: Positive | None = None
    """The planner's own tariff; left out, the region's row of the catalog."""
    pue: Annotated[float, Field(ge=1, le=5)] | None = None
    """Power usage effectiveness; left out, the average of surveyed sites."""
    staff_fte: NotNegative | None = None
    """Full-time staff for this site; left out, the catalog's floor for a first node."""
    space_usd_per_kw_month: NotNegative | None = None
    """Colocation or room per kW of the machines' greatest draw; left out, the catalog's rate."""
    storage: Name | None = None
    """Device that a starting replica reads its weights from."""
    link: Name | None = None
    """Link that requests cross to this site, after the path that leads to the pools."""
    refuses: tuple[Name, ...] = ()
    """Data classes that may not go to this site."""

    @model_validator(mode="after")
    def _priced_electricity(self) -> "OwnSite":
        if self.electricity_usd_per_kwh is None:
            try:
                catalog.electricity(self.region)
            except catalog.UnknownName as unknown:
                raise ValueError(f"{unknown}; or give electricity_usd_per_kwh") from None
        return self


class CloudSite(Declaration):
    """A region of a cloud provider."""

    kind: Literal["cloud"] = "cloud"
    provider: str
    """Provider as in the catalog's table of cloud instances."""
    region: str
    """Region as in the catalog's table of cloud instances."""
    storage: Name | None = None
    """Device that a starting replica reads its weights from."""
    link: Name | None = None
    """Link that requests cross to this site, after the path that leads to the pools."""
    refuses: tuple[Name, ...] = ()
    """Data classes that may not go to this site."""


Site = Annotated[OwnSite | CloudSite, Field(discriminator="kind")]


class OwnMachines(Declaration):
    """Machines that were bought: whole machines, idle GPUs included."""

    kind: Literal["own"] = "own"
    site: Name
    """Where they stand."""
    count: Annotated[int, Field(ge=1, le=100_000, title="Machines")] = 1
    """Number of machines."""
    parts: Annotated[dict[HardwareItem, Positive], Field(min_length=1, title="GPU type")]
    """What one machine consists of: rows of the catalog's table of hardware, with quantity. Its
    share of a rack or a switch is a fraction."""
    accelerator: OwnAccelerator | None = None
    """A data sheet of your own, in place of the catalog's for the accelerator of these parts."""
    boot_s: NotNegative | None = None
    """Seconds from power on to a running host; left out, the catalog's assumption."""

    @model_validator(mode="after")
    def _one_kind_of_accelerator(self) -> "OwnMachines":
        kinds = {row.accelerator for row in map(catalog.hardware, self.parts) if row.accelerator}
        if len(kinds) != 1:
            given = ", ".join(sorted(kinds)) or "none"
            raise ValueError(f"parts must hold exactly one kind of accelerator, got {given}")
        gpus = sum(catalog.hardware(item).n_gpu * n for item, n in self.parts.items())
        if gpus % 1:
            raise ValueError(f"parts must hold a whole number of accelerators, got {gpus:g}")
        return self


class CloudMachines(Declaration):
    """Machines rented in a cloud region: whole machines, idle GPUs included."""

    kind: Literal["cloud"] = "cloud"
    site: Name
    """A cloud site."""
    instance: Annotated[str, Field(title="GPU type")]
    """Instance as in the catalog's table of cloud instances."""
    count: Annotated[int, Field(ge=1, le=100_000, title="Machines")] = 1
    """Number of machines at most."""
    price: Literal["on_demand", "commit_1y", "commit_3y"] = "on_demand"
    """Which price of the row is paid. A commitment is paid whether the machine runs or not."""
    accelerator: OwnAccelerator | None = None
    """A data sheet of your own, in place of the catalog's for the accelerator of this instance."""
    boot_s: NotNegative | None = None
    """Seconds from request to a running host; left out, the catalog's assumption."""


Machines = Annotated[OwnMachines | CloudMachines, Field(discriminator="kind")]


def _hours(text: str) -> str:
    if not HOURS.fullmatch(text):
        raise ValueError("write 'mon-fri 07:00-19:00'")
    return text


Span = Annotated[str, AfterValidator(_hours), Field(json_schema_extra={"pattern": HOURS.pattern})]


class Always(Declaration):
    """Runs from the beginning to the end."""

    kind: Literal["always"] = "always"


class Hours(Declaration):
    """Runs in given hours of the week; a machine is started when they begin."""

    kind: Literal["hours"] = "hours"
    hours: Annotated[tuple[Span, ...], Field(min_length=1)]
    """Spans such as 'mon-fri 07:00-19:00'."""


class OnDemand(Declaration):
    """Starts a machine when the queue is long, stops it when it was idle."""

    kind: Literal["on_demand"] = "on_demand"
    start_queue: Annotated[int, Field(ge=0, le=1_000_000, title="Start when more wait")] = 0
    """A machine is started when more requests than this spill over or wait."""
    stop_idle_s: Annotated[NotNegative, Field(title="Stop after idle")] = 300.0
    """A machine is stopped when it was idle for so long."""


Rule = Annotated[Always | Hours | OnDemand, Field(discriminator="kind")]
Precision = Literal["fp16", "bf16", "fp8", "int8", "int4", "nvfp4"]


class Pool(Declaration):
    """Replicas of one model on one machine group."""

    machines: Name
    """Machine group that the replicas are packed onto."""
    model: ModelName
    """Model of the catalog."""
    replicas: Annotated[int, Field(ge=1, le=100_000)] = 1
    """Replicas at most; a machine holds as many as its GPUs allow."""
    serves: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Services."""
    engine: EngineName = "vllm"
    """Serving engine."""
    weights: Precision = "fp16"
    """Precision of the weights."""
    kv_cache: Literal["fp16", "bf16", "fp8"] = "fp16"
    """Precision of the KV cache."""
    activations: Precision | None = None
    """Precision of what the weights are multiplied with: fp16 computes in 16 bits whatever the
    weights are; left out, that of the weights where the accelerator can."""
    tensor_parallel: Annotated[int, Field(ge=1, le=64, title="GPUs per replica")] = 1
    """GPUs that share the matrices of one replica; with the three that follow at 1, its GPUs."""
    pipeline_parallel: Annotated[int, Field(ge=1, le=64, title="Pipeline stages")] = 1
    """Stages that share the layers; each takes tensor_parallel GPUs."""
    expert_parallel: Annotated[int, Field(ge=1, le=512, title="Expert groups")] = 1
    """Groups of GPUs that share the experts of a mixture; it takes no further GPUs."""
    data_parallel: Annotated[int, Field(ge=1, le=64, title="Copies of attention")] = 1
    """Copies of the attention, each with its own sequences, in front of shared experts; each
    takes tensor_parallel GPUs."""
    token_budget: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Tokens per iteration; left out, the engine's default."""
    max_sequences: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Sequences running at once per replica; left out, the engine's default."""
    kv_blocks: Count | None = None
    """KV blocks per replica where they are known from a real engine; left out, what fits."""
    weights_kept_in: Literal["storage", "ram"] = "storage"
    """Where the weights are kept for restarts: the site's storage, or the RAM of the host too."""
    kv_offload_gib: Annotated[NotNegative | None, Field(title="KV cache in RAM")] = None
    """RAM of the host per replica, GiB, that KV cache is moved to; left out, none."""
    balancer: Literal["round_robin", "least_outstanding", "power_of_two"] = "least_outstanding"
    """How a replica is chosen."""
    calibration: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    """File of `aisim calibrate`, relative to the working directory; left out, the catalog."""
    runs: Rule = Always()
    """When the pool runs."""


class TransferStage(Declaration):
    """The request crosses a link; its answer comes back over the same link."""

    kind: Literal["transfer"] = "transfer"
    link: Name
    """A link of this candidate."""


class ReadStage(Declaration):
    """Documents for retrieval are read; without documents nothing happens."""

    kind: Literal["read"] = "read"
    storage: Name
    """A storage device of this candidate."""


class Burst(Declaration):
    """When a pool counts as full, so that requests go on to the next one in order."""

    queue: Annotated[int | None, Field(ge=0, le=1_000_000, title="Next pool when more wait")] = None
    """Full when more requests than this wait per replica that runs."""
    utilisation: Annotated[Share | None, Field(title="Next pool when KV memory is fuller")] = None
    """Full when more than this share of the KV memory is in use."""


class ServeStage(Declaration):
    """A pool answers: the first in order that is not full, may take the data and runs."""

    kind: Literal["serve"] = "serve"
    pools: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Pools in order of preference."""
    burst: Burst = Burst()
    """When a request goes on to the next pool. Without limits, only where the first cannot."""


class LogStage(Declaration):
    """A log of the request is written; the answer does not wait for it."""

    kind: Literal["log"] = "log"
    storage: Name
    """A storage device of this candidate."""


Stage = Annotated[TransferStage | ReadStage | ServeStage | LogStage, Field(discriminator="kind")]


class Candidate(Declaration):
    """One architecture under comparison."""

    description: str = ""
    """What it is, in a line."""
    sites: Annotated[dict[Name, Site], Field(min_length=1)]
    """Where things stand."""
    machines: dict[Name, Machines] = {}
    """Machine groups."""
    pools: dict[Name, Pool] = {}
    """Pools of replicas."""
    links: dict[Name, Link] = {}
    """Network links."""
    storage: dict[Name, Storage] = {}
    """Storage devices."""
    path: Annotated[dict[Name, Stage], Field(min_length=1)]
    """What a request passes, in order."""
