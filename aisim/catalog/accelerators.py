"""GPUs, other accelerators and CPU sockets, as their data sheets give them."""

from collections.abc import Mapping
from functools import cache

from aisim.catalog.files import Fact, by_key, read_facts
from aisim.catalog.unknown import find


class Accelerator(Fact):
    """One accelerator. Figures hold for one piece, None where they are not known.

    Attributes:
        bf16_dense_tflops: Peak without sparsity, as are all peaks here.
        measured_bf16_tflops: The fastest matrix product that was measured.
        measured_fp8_tflops: The same in fp8.
        mem_gb: Memory by the name on the box, 10^9 bytes.
        mem_gib_reported: Memory that the vendor's tool reports: what an engine can fill.
        scaleup_link: The link between accelerators of a machine, "none" without one.
        scaleup_bw_gb_s: Its bandwidth per accelerator in one direction.
        pcie_bw_gb_s: Bandwidth to the host in one direction.
        tdp_w: Power limit of the data sheet.
        idle_w: Power when idle, an order of magnitude (+-30 %).
    """

    name: str
    vendor: str
    arch: str
    year: int
    bf16_dense_tflops: float | None = None
    fp16_dense_tflops: float | None = None
    fp8_dense_tflops: float | None = None
    int8_dense_tops: float | None = None
    fp4_dense_tflops: float | None = None
    measured_bf16_tflops: float | None = None
    measured_fp8_tflops: float | None = None
    mem_gb: float
    mem_gib_reported: float | None = None
    mem_type: str
    mem_bw_gb_s: float
    scaleup_link: str
    scaleup_bw_gb_s: float | None = None
    pcie_gen: float | None = None
    pcie_bw_gb_s: float | None = None
    tdp_w: float | None = None
    idle_w: float | None = None

    @property
    def is_cpu(self) -> bool:
        """Whether it is a CPU socket, whose memory is the RAM of its machine."""
        return self.arch.startswith("CPU")


@cache
def accelerators() -> Mapping[str, Accelerator]:
    """Return every accelerator by name."""
    return by_key(read_facts("accelerators", Accelerator), lambda fact: fact.name)


def accelerator(name: str) -> Accelerator:
    """Return the accelerator of that name, such as "H100-SXM-80".

    Case, spaces and the maker's name may differ, and the end may be left out where only one
    accelerator begins so: "NVIDIA L40S", "h200_sxm", "MI300X".

    Raises:
        UnknownName: The catalog has no such accelerator, or several.
    """
    known = accelerators()
    if name not in known:
        begun = [fact for key, fact in known.items() if _bare(key).startswith(_bare(name))]
        begun = [fact for fact in begun if "powercap" not in fact.name]
        if len(begun) == 1 and len(_bare(name)) > 1:
            return begun[0]
    return find("accelerator", known, name)


def _bare(name: str) -> str:
    """Letters and digits alone, without the maker's name."""
    low = name.casefold()
    for maker in ("nvidia", "amd", "intel", "geforce", "radeon", "instinct", "tesla"):
        low = low.replace(maker, "")
    return "".join(letter for letter in low if letter.isalnum())
