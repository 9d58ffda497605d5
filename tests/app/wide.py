"""A study with every kind of field that the desk has, and one that is slow enough to be stopped."""

from typing import Any

from aisim.scenario import Study, parse_study
from tests.small import small_data

RATE = "workload.traffic.chat.arrivals.rate_rps"
REPLICAS = "candidates.rented.pools.pool.replicas"
PROMPT = "workload.traffic.chat.sizes.input_tokens"


def wide_data() -> dict[str, Any]:
    """The small study and, in `rented`, links, storage, a second pool, other kinds of traffic."""
    data = small_data()
    sizes = {"kind": "quantiles", "input_tokens": [10, 500], "output_tokens": [5, 50]}
    data["workload"]["traffic"]["shaped"] = {
        "service": "chat", "sizes": sizes,
        "arrivals": {"kind": "shaped", "rate_rps": 0.1, "by_hour": [1.0] * 24},
    }  # fmt: skip
    data["workload"]["traffic"]["loop"] = {
        "service": "chat", "sizes": {"kind": "constant", "input_tokens": 20, "output_tokens": 5},
        "arrivals": {"kind": "clients", "clients": 3, "think_time_s": 30},
    }  # fmt: skip
    rented = data["candidates"]["rented"]
    rented["links"] = {"wan": {"bandwidth_gbit_per_s": 1, "latency_s": 0.01}}
    rented["storage"] = {"disk": {"bandwidth_gb_per_s": 1, "operations_per_s": 5000}}
    rented["machines"]["more"] = {"kind": "cloud", "site": "region", "instance": "g6e.xlarge"}
    rented["pools"]["extra"] = {
        "machines": "more", "model": "llama-3.1-8b", "serves": ["chat"],
        "runs": {"kind": "on_demand"},
    }  # fmt: skip
    rented["path"] = {
        "office": {"kind": "transfer", "link": "wan"},
        "serving": {"kind": "serve", "pools": ["pool", "extra"], "burst": {"queue": 4}},
        "log": {"kind": "log", "storage": "disk"},
    }
    return data


def wide_study() -> Study:
    return parse_study(wide_data())


def slow_study(**run: Any) -> Study:
    """A full run of many slices."""
    data = small_data()
    data["workload"]["traffic"]["chat"]["arrivals"]["rate_rps"] = 4
    data["run"] |= {"horizon_s": 2500, **run}
    return parse_study(data)


def at_rate(study: Study, rate_rps: float) -> Study:
    data = study.model_dump(mode="json")
    data["workload"]["traffic"]["chat"]["arrivals"]["rate_rps"] = rate_rps
    return parse_study(data)
