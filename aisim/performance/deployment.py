"""What is to run: a model on accelerators, by an engine, in chosen precisions."""

from typing import NamedTuple

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.models import LlmModel


class Deployment(NamedTuple):
    """A model on `tp` accelerators; the terms of the iteration time are built from it."""

    model: LlmModel
    accelerator: Accelerator
    engine: str
    weights: str
    kv_cache: str
    tp: int
    max_sequences: int

    @property
    def bytes_per_s(self) -> float:
        """Memory bandwidth of one accelerator."""
        return self.accelerator.mem_bw_gb_s * 1e9
