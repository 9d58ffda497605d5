"""The power that nvidia-smi reports while something runs."""

import shutil
import subprocess
import threading
from datetime import datetime
from statistics import mean

INTERVAL_MS = 50
# Newer cards average power.draw over a second, older ones have no other field.
FIELDS = ("power.draw.instant", "power.draw")


class PowerMeter:
    """Samples the power of one card in the background; silent where there is no nvidia-smi."""

    def __init__(self, card: str | None) -> None:
        """Start sampling the card of that index or UUID, none if None."""
        self.samples: list[tuple[float, float]] = []
        self._process: subprocess.Popen[str] | None = None
        if card is None or shutil.which("nvidia-smi") is None:
            return
        for field in FIELDS:
            query = ["nvidia-smi", f"--id={card}", f"--query-gpu=timestamp,{field}"]
            query.append("--format=csv,noheader,nounits")
            if _works(query):
                query.append(f"--loop-ms={INTERVAL_MS}")
                self._process = subprocess.Popen(query, stdout=subprocess.PIPE, text=True)
                threading.Thread(target=self._read, daemon=True).start()
                return

    def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        for line in self._process.stdout:
            found = sample(line)
            if found:
                self.samples.append(found)

    def watts(self, start: float, end: float) -> float | None:
        """Return the mean between two readings of time.time(), None without two samples."""
        seen = [watts for at, watts in list(self.samples) if start <= at <= end]
        return mean(seen) if len(seen) > 1 else None

    def stop(self) -> None:
        """End the sampling."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


def sample(line: str) -> tuple[float, float] | None:
    """Return the time and the watts of a line of nvidia-smi, None if it holds none."""
    stamp, _, watts = line.partition(",")
    try:
        # The tool's own time: lines may come late.
        at = datetime.strptime(stamp.strip(), "%Y/%m/%d %H:%M:%S.%f").timestamp()
        return at, float(watts)
    except ValueError:
        return None


def _works(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and sample(done.stdout) is not None
