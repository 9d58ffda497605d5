"""The table of requests of one traffic, for tests of how it is drawn."""

from typing import Any

from aisim.scenario import parse_study
from aisim.workload import Requests, draw_requests
from tests.scenario.small import small

CONSTANT = {"kind": "constant", "input_tokens": 100, "output_tokens": 50}


def drawn(
    arrivals: dict[str, Any], sizes: dict[str, Any] | None = None, replication: int = 0, **run: Any
) -> Requests:
    """The requests of a study with this traffic alone."""
    data = small(
        workload__traffic__staff__arrivals=arrivals,
        workload__traffic__staff__sizes=sizes or CONSTANT,
    )
    data["run"] |= {"resolution_s": 3600.0} | run
    return draw_requests(parse_study(data), replication)
