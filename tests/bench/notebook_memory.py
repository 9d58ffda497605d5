"""notebook_memory.py [NOTEBOOK...]: the most memory that each notebook's kernel ever held, in MB.

All cells run as they are; then the kernel idles for SETTLE_S, so that the desk draws what it has
still to draw. Linux alone: the figure is the kernel's own VmHWM.
"""

import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SETTLE_S = 20
PEAK_KIB = f"""import asyncio
await asyncio.sleep({SETTLE_S})
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])"""


def peak_mb(path: Path) -> int:
    """The peak of one kernel."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK_KIB))
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=600, resources=where).execute()
    (output,) = notebook.cells[-1].outputs
    return round(int(output.text) * 1024 / 1e6)


def main(names: list[str]) -> None:
    """Measure those that are named, or all."""
    for path in map(Path, names or sorted(NOTEBOOKS.glob("*.ipynb"))):
        print(json.dumps({"notebook": path.name, "peak_mb": peak_mb(path)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
