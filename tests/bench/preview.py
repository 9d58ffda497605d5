"""preview.py STUDY: what the kernel does between a key press and the first picture, in ms.

The median of 30 glimpses: the requests are drawn, every candidate is simulated, priced and
checked, and the frames of the charts are made. `bare_ms` is the time of 10,000 bare SimPy timeouts
on the same machine in the same run, to read the others by.
"""

import json
import sys
import time
from statistics import median

from measure import simpy_timeouts_per_s

from aisim.app.drawing import Drawing
from aisim.app.panels import ANSWER
from aisim.charts import rows
from aisim.planning import DRAWS, GLIMPSE_REQUESTS, Picture, Trial, preview_study
from aisim.scenario import load_study
from aisim.workload import draw_requests

GLIMPSES = 30


def main(name: str) -> None:
    """Time the parts of a glimpse."""
    study = preview_study(load_study(name), GLIMPSE_REQUESTS)
    times: dict[str, list[float]] = {"simulate_ms": [], "finish_ms": [], "draw_ms": []}
    before = simpy_timeouts_per_s()
    for replication in range(GLIMPSES + 1):
        clock = [time.perf_counter()]
        requests = draw_requests(study, replication)
        trials = [Trial(study, name, requests, saturate=False) for name in study.candidates]
        for trial in trials:
            list(trial.slices())
        clock.append(time.perf_counter())
        found = {outcome.candidate: [outcome] for outcome in (t.finish() for t in trials)}
        clock.append(time.perf_counter())
        drawing = Drawing(Picture(study, found, DRAWS, preview=True), ANSWER.charts)
        [rows(frame) for frame in drawing.frames.values()]
        clock.append(time.perf_counter())
        for part, begin, end in zip(times, clock, clock[1:], strict=False):
            times[part].append((end - begin) * 1e3)
    bare = (before + simpy_timeouts_per_s()) / 2
    parts = {part: round(median(values[1:]), 1) for part, values in times.items()}
    print(json.dumps({**parts, "bare_ms": round(1e7 / bare, 1)}))


if __name__ == "__main__":
    main(sys.argv[1])
