"""The device that measures: its name, its free memory, what torch can do on it."""

import os
import platform
from pathlib import Path

import torch
from model import Setting
from names import catalog_name
from rows import Origin

from aisim.catalog import accelerators

KINDS = {"bf16": torch.bfloat16, "fp16": torch.float16}
CACHE_BYTES = 64 * 2**20


def setting(device: str, precision: str) -> Setting:
    """Return where tensors shall live: the first GPU if `device` is "auto" and there is one."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    chosen = torch.device(device)
    if chosen.type == "cuda":
        chosen = torch.device("cuda", chosen.index or 0)
        torch.cuda.set_device(chosen)
    return Setting(chosen, KINDS[precision])


def origin(where: Setting, model: str, precision: str, date: str) -> Origin:
    """Return what the rows of a run share."""
    return Origin(hardware(where.device), date, model, engine(), precision)


def hardware(device: torch.device) -> str:
    """Return aisim's name of the device, else the driver's or the processor's."""
    if device.type == "cpu":
        return _processor()
    card = torch.cuda.get_device_properties(device)
    return catalog_name(card.name, card.total_memory, accelerators().values()) or card.name


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {torch.get_num_threads()} threads"


def engine() -> str:
    """Return the engine column: torch and its version, without the build."""
    return f"torch {torch.__version__.partition('+')[0]}"


def notes(device: torch.device) -> list[str]:
    """Return what all notes say: the driver's own name, and the build of torch."""
    card = [] if device.type == "cpu" else [f"device={torch.cuda.get_device_name(device)}"]
    return [*card, f"torch={torch.__version__}", "sdpa on a contiguous cache"]


def free_bytes(device: torch.device) -> int:
    """Return the memory that is free now, a twentieth kept back."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        return int(0.95 * torch.cuda.mem_get_info(device)[0])
    about = Path("/proc/meminfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(0.95 * 1024 * int(line.split()[1]))
    return int(0.5 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def cache_bytes(device: torch.device) -> int:
    """Return the size of the last cache, or a guess that is not too small."""
    if device.type == "cpu":
        return CACHE_BYTES
    card = torch.cuda.get_device_properties(device)
    return max(CACHE_BYTES, getattr(card, "L2_cache_size", 0))


def may_write_scores(device: torch.device) -> bool:
    """Return whether attention may lack a kernel that keeps scores on the chip."""
    # The flash kernel, the only one that shares keys among heads, needs Ampere.
    return device.type == "cpu" or torch.cuda.get_device_capability(device) < (8, 0)


def power_card(device: torch.device) -> str | None:
    """Return what nvidia-smi calls the card, None for a processor."""
    if device.type == "cpu":
        return None
    uuid = getattr(torch.cuda.get_device_properties(device), "uuid", None)
    return f"GPU-{str(uuid).removeprefix('GPU-')}" if uuid else str(device.index)
