"""replica.py TRACE.csv: a trace through one replica, 8B model on one A100, token budget 512.

Columns of the trace: arrival_s, input_tokens, output_tokens. The clock starts at the loaded table
and ends at the Run: the `simulate()` of the command line, with records, series and checks on.
`ratio` is requests per bare SimPy timeout on the same machine in the same run.
"""

import sys

from measure import report

from aisim.scenario import parse_study
from aisim.simulation import simulate
from aisim.workload import draw_requests, load_trace


def main(trace: str) -> None:
    """Run the benchmark on a trace file."""
    horizon_s = float(load_trace(trace).arrival_s[-1]) + 1
    study = parse_study(
        {
            "aisim": 1,
            "name": "replica",
            "workload": {
                "traffic": {
                    "trace": {
                        "service": "chat",
                        "arrivals": {"kind": "replay", "file": trace},
                        "sizes": {"kind": "trace"},
                    }
                }
            },
            "candidates": {"one": ONE_REPLICA},
            "run": {"horizon_s": horizon_s},
        }
    )
    requests = draw_requests(study)
    candidate = study.candidates["one"]
    report(lambda: [simulate(candidate, requests, study.run.seed, saturate=False)], len(requests))


ONE_REPLICA = {
    "sites": {"region": {"kind": "cloud", "provider": "gcp", "region": "us-east5"}},
    "machines": {"gpu": {"kind": "cloud", "site": "region", "instance": "a2-ultragpu-1g"}},
    "pools": {
        "pool": {
            "machines": "gpu",
            "model": "llama-3.1-8b",
            "serves": ["chat"],
            "token_budget": 512,
        }
    },
    "path": {"serving": {"kind": "serve", "pools": ["pool"]}},
}

if __name__ == "__main__":
    main(sys.argv[1])
