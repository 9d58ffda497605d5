"""Timing of a call: events on a GPU, the clock on a CPU, graphs where they can be captured."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import torch
from power import PowerMeter

MOST_REPEATS = 5000


@dataclass(frozen=True)
class Timing:
    """The repeats of one case, in milliseconds per call."""

    times_ms: Sequence[float]
    watts: float | None

    def ms(self) -> float:
        """Return the median."""
        return median(self.times_ms)

    def notes(self) -> list[str]:
        """Return the spread and the power, as far as they are known."""
        notes = [f"min={min(self.times_ms):.6g}", f"max={max(self.times_ms):.6g}"]
        return [*notes, f"watts={self.watts:.0f}"] if self.watts is not None else notes


@dataclass(frozen=True)
class Clock:
    """Times calls on one device.

    Attributes:
        device: Where the calls run.
        seconds: How long the repeats of a case shall take.
        least: Repeats of a case, however long one takes.
        power: What samples the power meanwhile.
    """

    device: torch.device
    seconds: float
    least: int
    power: PowerMeter

    def measure(self, call: Callable[[], object], calls: int = 1) -> Timing:
        """Warm up, then time repeats of `call`, which does the work `calls` times."""
        one_s = self._warm_up(call)
        repeats = min(max(self.least, int(self.seconds / one_s)), MOST_REPEATS)
        start = time.time()
        times = self._on_gpu(call, repeats) if self._is_gpu() else _on_cpu(call, repeats)
        watts = self.power.watts(start, time.time())
        return Timing([one / calls for one in times], watts)

    def _is_gpu(self) -> bool:
        return self.device.type == "cuda"

    def _warm_up(self, call: Callable[[], object]) -> float:
        """Run for a fifth of the time, and return the seconds of the last call."""
        end = time.perf_counter() + self.seconds / 5
        for done in range(MOST_REPEATS):
            start = time.perf_counter()
            call()
            self.synchronize()
            now = time.perf_counter()
            if now >= end and (done or not self._is_gpu()):
                break
        return max(now - start, 1e-6)

    def synchronize(self) -> None:
        """Wait until the device has done all it was given."""
        if self._is_gpu():
            torch.cuda.synchronize(self.device)

    def _on_gpu(self, call: Callable[[], object], repeats: int) -> list[float]:
        # Nobody waits between repeats, so that launches hide behind work as in an engine.
        events = [torch.cuda.Event(enable_timing=True) for _ in range(repeats + 1)]
        events[0].record()
        for event in events[1:]:
            call()
            event.record()
        self.synchronize()
        return [a.elapsed_time(b) for a, b in pairwise(events)]

    def graph(self, call: Callable[[], object]) -> Callable[[], object] | None:
        """Return the replay of `call` as a CUDA graph, None where there is none."""
        if not self._is_gpu():
            return None
        side = torch.cuda.Stream(self.device)
        side.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(side):
            for _ in range(3):
                call()
        torch.cuda.current_stream(self.device).wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            call()
        return graph.replay


def _on_cpu(call: Callable[[], object], repeats: int) -> list[float]:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return times
