"""Little's law and the law of utilisation, on whole runs.

Little, Operations Research 9(3), 1961: the mean number present is the rate times the mean time.
From an empty system to an empty system it holds of every single run; what the time series adds
to it is the error of its samples.
"""

import numpy as np
import pandas as pd
import pytest

from aisim.results import Run
from aisim.scenario import Study, load_study
from aisim.simulation import simulate
from aisim.workload import draw_requests
from tests.theory.replications import assert_tells, replicate_all
from tests.theory.studies import run, study


def queues(sequences: int, rate_rps: float) -> Study:
    """A link, shared, before a replica of so many sequences."""
    return study(
        {
            "pools": {
                "pool": {
                    "machines": "gpu",
                    "model": "llama-3.1-8b",
                    "serves": ["chat"],
                    "max_sequences": sequences,
                },
            },
            "links": {"link": {"bandwidth_gbit_per_s": 8e-6}},
            "path": {
                "office": {"kind": "transfer", "link": "link"},
                "serving": {"kind": "serve", "pools": ["pool"]},
            },
        },
        {"kind": "poisson", "rate_rps": rate_rps},
        {"kind": "quantiles", "input_tokens": [100, 500, 900], "output_tokens": [10, 100, 400]},
        2000,
        prompt_bytes_per_token=1,
        answer_bytes_per_token=0,
    )


def number_per_load(run: Run, measure: str, time_s: pd.Series) -> float:
    """Mean number in the samples over rate times mean time: 1 by Little's law."""
    assert (run.requests["status"] == "completed").all()
    present_s = run.series[measure].sum() * run.settings.resolution_s
    return present_s / time_s.sum()


def test_number_is_rate_times_time():
    """In the queue, in the batch and on the link; each time taken for another gives itself away."""
    four = queues(sequences=4, rate_rps=1.5)

    def measure(i: int) -> tuple[float, ...]:
        done = run(four, i)
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
        assert_tells(right, 1.0)
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
        inside = table["wait_chat_s"] + table["service_chat_s"]
        done.series["present"] = done.series["chat.waiting"] + done.series["chat.running"]
        median = pd.Series(np.full(len(table), inside.median()))
        return number_per_load(done, "present", inside), number_per_load(done, "present", median)

    right, wrong = replicate_all(measure, replications=10)
    assert_tells(right, 1.0)
    assert not wrong.low <= 1.0 <= wrong.high


def test_busy_time_is_the_sum_of_the_services():
    """Utilisation is rate times service: of a replica that serves one by one, and of a link."""
    done = run(queues(sequences=1, rate_rps=0.4), 0)
    usage = done.usage[(done.usage["kind"] == "replica") & (done.usage["state"] == "busy")]
    busy_s = (usage["to_s"] - usage["from_s"]).sum()
    assert busy_s == pytest.approx(done.requests["service_pool_s"].sum(), rel=1e-9)
    sending_s = done.series["link.busy_up"].sum() * done.settings.resolution_s
    assert sending_s == pytest.approx(done.requests["service_link_s"].sum(), rel=1e-9)
