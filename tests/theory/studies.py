"""Small studies whose candidate is a queue, or a few in a row."""

from typing import Any

import pandas as pd

from aisim.results import Run
from aisim.scenario import Study, parse_study
from aisim.simulation import simulate
from aisim.workload import draw_requests

REGION = {"region": {"kind": "cloud", "provider": "gcp", "region": "us-east5"}}
GPU = {"gpu": {"kind": "cloud", "site": "region", "instance": "a2-ultragpu-1g"}}


def study(
    candidate: dict[str, Any],
    arrivals: dict[str, Any],
    sizes: dict[str, Any],
    horizon_s: float,
    **traffic: Any,
) -> Study:
    """One traffic to one candidate; a tenth of the horizon is warm-up, and 2,000 samples."""
    return parse_study(
        {
            "aisim": 1,
            "name": "theory",
            "workload": {
                "traffic": {
                    "only": {"service": "chat", "arrivals": arrivals, "sizes": sizes, **traffic}
                }
            },
            "candidates": {"queue": {"sites": REGION, "machines": GPU, **candidate}},
            "run": {
                "warm_up_s": horizon_s / 10,
                "horizon_s": horizon_s,
                "resolution_s": horizon_s / 2000,
            },
        }
    )


def run(study: Study, replication: int) -> Run:
    """One replication of its only candidate."""
    (candidate,) = study.candidates.values()
    requests = draw_requests(study, replication)
    return simulate(candidate, requests, study.run.seed, saturate=False)


def measured(run: Run) -> pd.DataFrame:
    """The requests that came after the warm-up, all of them completed, with their time."""
    table = run.requests[run.requests["arrival_s"] >= run.settings.warm_up_s]
    assert (table["status"] == "completed").all()
    return table.assign(sojourn_s=table["last_token_s"] - table["arrival_s"])
