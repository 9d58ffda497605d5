"""How long a GPU iteration takes and what fits in memory: pure functions of catalog records."""

from aisim.performance.collectives import Collective, collective
from aisim.performance.deployment import Deployment, Parallel
from aisim.performance.fits import gpu_fit
from aisim.performance.iteration import IterationTime, iteration_time
from aisim.performance.memory import DoesNotFit, MemoryPlan, memory_plan
from aisim.performance.precision import KV_BYTES, WEIGHT_BYTES

__all__ = [
    "KV_BYTES",
    "WEIGHT_BYTES",
    "Collective",
    "Deployment",
    "DoesNotFit",
    "IterationTime",
    "MemoryPlan",
    "Parallel",
    "collective",
    "gpu_fit",
    "iteration_time",
    "memory_plan",
]
