"""What is to run: a model on accelerators, by an engine, in chosen precisions."""

from typing import NamedTuple

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.models import LlmModel


class Parallel(NamedTuple):
    """How one replica is spread over accelerators.

    Attributes:
        tensor: Ranks that share the heads and the dense matrices.
        pipeline: Stages that share the layers, each with a batch of its own.
        expert: Groups that share the experts; the ranks of a group slice them.
        data: Copies of the attention, each with its own sequences and KV cache.
    """

    tensor: int = 1
    pipeline: int = 1
    expert: int = 1
    data: int = 1

    @property
    def gpus(self) -> int:
        """Accelerators of one replica."""
        return self.tensor * self.pipeline * self.data

    @property
    def lanes(self) -> int:
        """Batches that are under way at once: the sequences are spread over them."""
        return self.pipeline * self.data

    def __str__(self) -> str:
        parts = zip(("TP", "PP", "EP", "DP"), self, strict=True)
        return " ".join(f"{name}{n}" for name, n in parts if n > 1) or "TP1"


class Deployment(NamedTuple):
    """A model on the accelerators of one replica; the iteration time is built from it."""

    model: LlmModel
    accelerator: Accelerator
    engine: str
    weights: str
    kv_cache: str
    parallel: Parallel
    max_sequences: int
    token_budget: int
    activations: str | None = None

    @property
    def bytes_per_s(self) -> float:
        """Memory bandwidth of one accelerator."""
        return self.accelerator.mem_bw_gb_s * 1e9

    @property
    def tp(self) -> int:
        """Ranks of tensor parallelism."""
        return self.parallel.tensor
