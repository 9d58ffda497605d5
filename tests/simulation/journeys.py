"""Small worlds with requests of one's own choosing, for tests of the journey."""

from typing import Any

import numpy as np
import pandas as pd

from aisim.performance.placement import plan_pools
from aisim.results import Run
from aisim.scenario import Candidate, Study, parse_study
from aisim.simulation import simulate
from aisim.workload import Requests
from tests.scenario.small import put, small

SITE = "candidates.site"
BIG_WAN = {"bandwidth_gbit_per_s": 1e6, "latency_s": 0.0}


def study(**fields: Any) -> Study:
    """The small study; `fields` of its candidate as `links__wan__latency_s=1`, or whole paths."""
    data = small()
    data["run"]["horizon_s"] = 1000.0
    for path, value in fields.items():
        path = path.replace("__", ".")
        outside = path.split(".")[0] in ("workload", "run", "candidates")
        put(data, path if outside else f"{SITE}.{path}", value)
    return parse_study(data)


def candidate(study: Study) -> Candidate:
    """The only candidate of a study."""
    (only,) = study.candidates.values()
    return only


def requests(study: Study, arrival_s: list[float], **columns: list[Any]) -> Requests:
    """A table with these arrivals; columns left out: 100 tokens in, 50 out, first traffic."""
    n = len(arrival_s)
    usual = {
        "input_tokens": [100] * n,
        "output_tokens": [50] * n,
        "traffic": [0] * n,
        "parent_id": [-1] * n,
        "gap_s": [0.0] * n,
    } | columns
    return Requests(
        arrival_s=np.array(arrival_s, dtype=np.float64),
        **{
            name: np.array(values, dtype=np.float64 if name == "gap_s" else np.int64)
            for name, values in usual.items()
        },
        traffics=dict(study.workload.traffic),
        settings=study.run,
    )


def sent(study: Study, arrival_s: list[float], **columns: list[Any]) -> Run:
    """The run of these requests through the only candidate of a study."""
    table = requests(study, arrival_s, **columns)
    return simulate(candidate(study), table, study.run.seed, saturate=False)


def alone_s(study: Study, pool: str, prompt: int, answer: int) -> tuple[float, float]:
    """Seconds to the first and to the last token of a request that a replica serves alone.

    The client has the first as many tokens late as the engine streams at a time.
    """
    made, last = made_alone_s(study, pool, prompt, answer)
    delay = plan_pools(candidate(study))[pool].time.host.delay_iterations
    return made + min(delay / (answer - 1), 1.0) * (last - made), last


def made_alone_s(study: Study, pool: str, prompt: int, answer: int) -> tuple[float, float]:
    """Seconds until a replica has made the first and the last token of a request alone."""
    time = plan_pools(candidate(study))[pool].time
    made = time.mixed_tokens_s(prompt) + time.prompt_s(prompt, 0)
    decode = [time.tokens_s(1) + (prompt + i) * time.decode_kv_s for i in range(answer - 1)]
    return made, made + sum(decode)


def intervals(run: Run, resource: str) -> list[tuple[str, float, float]]:
    """(state, from, to) of one resource, in order of time."""
    usage: pd.DataFrame = run.usage[run.usage["resource"] == resource].sort_values("from_s")
    return list(zip(usage["state"], usage["from_s"], usage["to_s"], strict=True))
