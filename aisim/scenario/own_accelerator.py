"""A planner's own accelerator: the fields of a data sheet."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from aisim import catalog
from aisim.catalog import Accelerator
from aisim.scenario.base import Declaration

#: Beyond these no data sheet goes.
Peak = Annotated[float, Field(ge=0.01, le=1e7)]
Gigabytes = Annotated[float, Field(ge=0.1, le=1e6)]
Bandwidth = Annotated[float, Field(ge=0.1, le=1e7)]
Watts = Annotated[float, Field(ge=0.1, le=1e6)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
PLANNER = "planner"


class OwnAccelerator(Declaration):
    """One accelerator as its data sheet gives it; peaks without sparsity."""

    name: Words
    """A name that the catalog does not have."""
    vendor: Words = PLANNER
    """Who makes it; with `arch` it decides whose fits lend their efficiencies."""
    arch: Words = PLANNER
    """Architecture, such as Hopper; "CPU" begins that of a CPU socket."""
    year: Annotated[int, Field(ge=2000, le=2100)] | None = None
    """Year of its release; left out, this year."""
    bf16_dense_tflops: Peak | None = None
    """Peak in bf16, TFLOPS."""
    fp16_dense_tflops: Peak | None = None
    """Peak in fp16, TFLOPS; serves where there is no bf16."""
    fp8_dense_tflops: Peak | None = None
    """Peak in fp8, TFLOPS; left out, it has no units for it."""
    int8_dense_tops: Peak | None = None
    """Peak in int8, TOPS."""
    fp4_dense_tflops: Peak | None = None
    """Peak in fp4, TFLOPS."""
    measured_bf16_tflops: Peak | None = None
    """The fastest matrix product that was measured in bf16, TFLOPS."""
    measured_fp8_tflops: Peak | None = None
    """The same in fp8, TFLOPS."""
    mem_gb: Gigabytes
    """Memory by the name on the box, GB (1e9 bytes)."""
    mem_gib_reported: Gigabytes | None = None
    """Memory that the vendor's tool reports, GiB; left out, mem_gb."""
    mem_type: Words
    """Kind of memory, such as HBM3 or GDDR6; it decides whose fits lend their efficiencies."""
    mem_bw_gb_s: Bandwidth
    """Bandwidth of the memory, GB/s."""
    scaleup_link: Words = "none"
    """Link between accelerators of a machine, such as NVLink4."""
    scaleup_bw_gb_s: Bandwidth | None = None
    """Its bandwidth per accelerator in one direction, GB/s."""
    pcie_gen: Annotated[float, Field(ge=1, le=20)] | None = None
    """Generation of PCIe."""
    pcie_bw_gb_s: Bandwidth | None = None
    """Bandwidth to the host in one direction, GB/s."""
    tdp_w: Watts | None = None
    """Power limit, W; left out, no watts are said."""
    idle_w: Watts | None = None
    """Power when idle, W."""
    source: Words = PLANNER
    """Where the figures come from."""
    as_of: Annotated[str, StringConstraints(pattern=r"^20\d\d(-\d\d){0,2}$")] | None = None
    """Day, month or year for which they hold; left out, today."""
    quality: catalog.Quality = "estimate"
    """How they were won."""
    note: Annotated[str, StringConstraints(max_length=500)] = ""
    """What a reader should know."""

    @model_validator(mode="after")
    def _new_and_able(self) -> "OwnAccelerator":
        if self.name in catalog.accelerators():
            raise ValueError(f"name {self.name!r} is one of the catalog's; give another")
        if self.bf16_dense_tflops is None and self.fp16_dense_tflops is None:
            raise ValueError("bf16_dense_tflops or fp16_dense_tflops is missing")
        return self

    def record(self) -> Accelerator:
        """Return it as a row of the catalog's table; what is left out is of today."""
        now = datetime.now(UTC)
        filled = {"year": self.year or now.year, "as_of": self.as_of or now.date().isoformat()}
        return Accelerator.model_validate(self.model_dump() | filled)
