"""Deployments of the toy model, for the tests of each term."""

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.models import LlmModel
from aisim.performance import Deployment, Parallel


def deployed(
    model: LlmModel,
    device: Accelerator,
    parallel: Parallel | int = 1,
    *,
    weights: str = "fp16",
    kv_cache: str = "fp16",
    max_sequences: int = 4,
    token_budget: int = 100,
    activations: str | None = None,
) -> Deployment:
    """A toy deployment."""
    if isinstance(parallel, int):
        parallel = Parallel(parallel)
    return Deployment(
        model, device, "vllm", weights, kv_cache, parallel,
        max_sequences, token_budget, activations,
    )  # fmt: skip
