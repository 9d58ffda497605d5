"""Pools of replicas, and the rules by which they run."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from aisim.scenario.base import Count, Declaration, EngineName, ModelName, Name, NotNegative

_DAY = "mon|tue|wed|thu|fri|sat|sun"
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
#: First day, last day, hour and minute of the beginning, hour and minute of the end (not at 24:00).
HOURS = re.compile(rf"^({_DAY})(?:-({_DAY}))? {_TIME}-(?:{_TIME}|24:00)$")


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
