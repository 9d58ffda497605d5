"""A small study as plain data, for tests to change."""

from copy import deepcopy
from typing import Any

SMALL: dict[str, Any] = {
    "aisim": 1,
    "name": "small",
    "workload": {
        "traffic": {
            "staff": {
                "service": "chat",
                "arrivals": {"kind": "poisson", "rate_rps": 1.0},
                "sizes": {"kind": "constant", "input_tokens": 100, "output_tokens": 50},
            }
        }
    },
    "candidates": {
        "site": {
            "sites": {"room": {"kind": "own", "storage": "array"}},
            "machines": {"box": {"kind": "own", "site": "room", "parts": {"L40S 48GB": 1}}},
            "pools": {"llm": {"machines": "box", "model": "llama-3.1-8b", "serves": ["chat"]}},
            "links": {"wan": {"bandwidth_gbit_per_s": 1.0, "latency_s": 0.01}},
            "storage": {"array": {"bandwidth_gb_per_s": 1.0, "operations_per_s": 1000.0}},
            "path": {
                "office": {"kind": "transfer", "link": "wan"},
                "answering": {"kind": "serve", "pools": ["llm"]},
            },
        }
    },
    "run": {"horizon_s": 600.0},
}


def small(**changes: Any) -> dict[str, Any]:
    """A copy of the small study; `a__b__c=value` sets the field a.b.c."""
    data = deepcopy(SMALL)
    for path, value in changes.items():
        put(data, path.replace("__", "."), value)
    return data


def put(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Set a field of plain data by its path; maps on the way are made."""
    *way, last = path.split(".")
    target: Any = data
    for part in way:
        target = target[int(part)] if isinstance(target, list) else target.setdefault(part, {})
    target[last] = value
    return data
