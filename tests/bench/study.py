"""study.py STUDY: every candidate of a study, by path or shipped name, one after the other.

The clock starts at the loaded table and ends at the last Run: the `simulate()` of the command
line, with records, series and checks on. `ratio` is requests per bare SimPy timeout on the same
machine in the same run.
"""

import sys

from measure import report

from aisim.scenario import load_study
from aisim.simulation import simulate
from aisim.workload import draw_requests


def main(name: str) -> None:
    """Run the benchmark on a study."""
    study = load_study(name)
    requests = draw_requests(study)
    report(
        lambda: [
            simulate(candidate, requests, study.run.seed, saturate=False)
            for candidate in study.candidates.values()
        ],
        len(requests) * len(study.candidates),
    )


if __name__ == "__main__":
    main(sys.argv[1])
