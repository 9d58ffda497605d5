"""A planner's own accelerator, from YAML."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError, model_validator

from aisim import catalog
from aisim.catalog import Accelerator
from aisim.scenario.base import Declaration
from aisim.scenario.faults import Fault, InvalidStudy, from_pydantic
from aisim.scenario.text import load_yaml

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


def read_accelerator(path: str | Path) -> Accelerator:
    """Return the accelerator that a YAML file describes, by the fields of the catalog's table.

    `name`, `mem_gb`, `mem_type`, `mem_bw_gb_s` and a 16-bit peak are needed.

    Raises:
        InvalidStudy: The file cannot be read, or with one line for each field that is wrong.
    """
    file = str(path)
    data: Any = load_yaml(Path(path))
    if not isinstance(data, dict):
        raise InvalidStudy([Fault(file, "", "an accelerator is a map of fields, such as mem_gb")])
    given = {str(key): _plain(key, value) for key, value in data.items()}
    try:
        own = OwnAccelerator.model_validate(given)
    except ValidationError as error:
        raise InvalidStudy(from_pydantic(error, file, OwnAccelerator)) from None
    now = datetime.now(UTC)
    filled = {"year": own.year or now.year, "as_of": own.as_of or now.date().isoformat()}
    return Accelerator.model_validate(own.model_dump() | filled)


def _plain(key: Any, value: Any) -> Any:
    """A year or day that YAML takes for a number or a date, as text; yes and no are no numbers."""
    if key == "as_of" and value is not None:
        return str(value)
    return str(value).lower() if isinstance(value, bool) else value
