"""Little's law and the law of utilisation, on whole runs.

Little, Operations Research 9(3), 1961: the mean number present is the rate times the mean time.
From an empty system to an empty system it holds of every single run; what the time series adds
to it is the error of its samples.
"""

import numpy as np
import pandas as pd
import pytest

from aisim.results import Run
from aisim.scenario import load_study
from aisim.simulation import simulate
from aisim.workload import draw_requests
from tests.theory.replications import assert_tells, replicate_all
from tests.theory.studies import run, study

QUEUES = study(
    {
        "pools": {
            "pool": {
                "machines": "gpu", "model": "llama-3.1-8b", "serves": ["chat"], "max_sequences": 4,
            },
        },
        "links": {"link": {"bandwidth_gbit_per_s": 8e-6}},
        "path": {
            "office": {"kind": "transfer", "link": "link"},
            "serving": {"kind": "serve", "pools": ["pool"]},
        },
    },
    {"kind": "poisson", "rate_rps": 1.2},
    {"kind": "quantiles", "input_tokens": [100, 500, 900], "output_tokens": [10, 200, 800]},
    2000,
    prompt_bytes_per_token=1,
    answer_bytes_per_token=0,
)  # fmt: skip


def number_per_load(run: Run, measure: str, time_s: pd.Series) -> float:
    """Mean number in the samples over rate times mean time: 1 by Little's law."""
    present_s = run.series[measure].sum() * run.settings.resolution_s
    return present_s / time_s.sum()


def test_number_is_rate_times_time():
    """In the queue, in the batch and on the link; each time taken for another gives itself away."""

    def measure(i: int) -> tuple[float, ...]:
        done = run(QUEUES, i)
        table = done.requests
        waited, served = table["wait_pool_s"], table["service_pool_s"]
        sent, crossing = table["service_link_s"], table["wait_link_s"] + table["service_link_s"]
        return (
            number_per_load(done, "pool.waiting", waited),
            number_per_load(done, "pool.waiting", waited + served),
            number_per_load(done, "pool.running", served),
            number_per_load(done, "pool.running", waited + served),
            number_per_load(done, "link.flows_up", crossing),
            number_per_load(done, "link.flows_up", sent),
        )

    figures = replicate_all(measure, replications=10)
    for right, wrong in zip(figures[::2], figures[1::2], strict=True):
        assert_tells(right, 1.0, time_of_another_stage=right.mean / wrong.mean)
        assert not wrong.low <= 1.0 <= wrong.high


def test_number_in_a_shipped_study():
    """An hour of the assistant: arrivals that are not Poisson, batches, and no formula for them."""
    assistant = load_study("assistant")
    settings = assistant.run.model_copy(
        update={"start": "mon 09:00", "warm_up_s": 0.0, "horizon_s": 3600.0, "resolution_s": 1.0}
    )
    hour = assistant.model_copy(update={"run": settings})
    candidate = hour.candidates["cloud"]

    def measure(i: int) -> tuple[float, float]:
        done = simulate(candidate, draw_requests(hour, i), settings.seed, saturate=False)
        table = done.requests
        assert (table["status"] == "completed").all()
        inside = table["wait_chat_s"] + table["service_chat_s"]
        done.series["present"] = done.series["chat.waiting"] + done.series["chat.running"]
        median = pd.Series(np.full(len(table), inside.median()))
        return number_per_load(done, "present", inside), number_per_load(done, "present", median)

    right, wrong = replicate_all(measure, replications=10)
    assert_tells(right, 1.0, rate_times_median=right.mean / wrong.mean)


def test_busy_share_is_rate_times_service():
    """Of a replica that serves one by one, and of a link: without any error of sampling."""
    pools = {"pool": QUEUES.candidates["queue"].pools["pool"].model_copy(update={"max_sequences": 1})}
    candidate = QUEUES.candidates["queue"].model_copy(update={"pools": pools})
    requests = draw_requests(QUEUES)
    done = simulate(candidate, requests, QUEUES.run.seed, saturate=False)
    usage = done.usage[(done.usage["kind"] == "replica") & (done.usage["state"] == "busy")]
    busy_s = (usage["to_s"] - usage["from_s"]).sum()
    assert busy_s == pytest.approx(done.requests["service_pool_s"].sum(), rel=1e-9)
    sending_s = done.series["link.busy_up"].sum() * done.settings.resolution_s
    assert sending_s == pytest.approx(requests.input_tokens.sum() / 1000, rel=1e-9)
