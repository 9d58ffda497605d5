"""A small study that runs in a moment, for the tests of what comes after a simulation."""

from copy import deepcopy
from typing import Any

from aisim.scenario import Study, parse_study


def small_data() -> dict[str, Any]:
    """Two candidates, one GPU each, twenty minutes."""
    return deepcopy(
        {
            "aisim": 1,
            "name": "small",
            "workload": {
                "traffic": {
                    "chat": {
                        "service": "chat",
                        "arrivals": {"kind": "poisson", "rate_rps": 0.5},
                        "sizes": {"kind": "constant", "input_tokens": 300, "output_tokens": 50},
                        "service_level": {"ttft_s": {"limit_s": 1.0}},
                    }
                }
            },
            "candidates": {
                "rented": {
                    "sites": {
                        "region": {"kind": "cloud", "provider": "aws", "region": "us-east-1"}
                    },
                    "machines": {
                        "gpu": {"kind": "cloud", "site": "region", "instance": "g6e.xlarge"}
                    },
                    "pools": {
                        "pool": {"machines": "gpu", "model": "llama-3.1-8b", "serves": ["chat"]}
                    },
                    "path": {"serving": {"kind": "serve", "pools": ["pool"]}},
                },
                "owned": {
                    "sites": {"house": {"kind": "own", "region": "DE"}},
                    "machines": {
                        "server": {
                            "kind": "own",
                            "site": "house",
                            "parts": {"4x L40S PCIe server 2U": 1},
                        }
                    },
                    "pools": {
                        "pool": {"machines": "server", "model": "llama-3.1-8b", "serves": ["chat"]}
                    },
                    "path": {"serving": {"kind": "serve", "pools": ["pool"]}},
                },
            },
            "run": {"warm_up_s": 120, "horizon_s": 1320, "resolution_s": 10},
        }
    )


def small_study(**run: Any) -> Study:
    """The small study, with run settings of one's own."""
    data = small_data()
    data["run"] |= run
    return parse_study(data)
