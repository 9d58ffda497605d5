"""Figures of a run: percentiles, attainment, rates, overload, bottleneck, balance."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from aisim.results import (
    PoolFacts,
    Run,
    Unbalanced,
    bottleneck,
    check_run,
    figures,
    mean_interval,
    overloaded,
)
from aisim.results.tables import Columns
from aisim.scenario import RunSettings, parse_study
from aisim.simulation import simulate
from aisim.workload import draw_requests
from tests.small import small_data


def made_run(rows: list[dict], *, horizon_s: float = 100.0, warm_up_s: float = 0.0) -> Run:
    """A run from rows of (arrival, wait and service at link `l` and pool `p`)."""
    study = parse_study(small_data())
    table = pd.DataFrame(rows)
    table["status"] = pd.Categorical(
        table["status"], ["not arrived", "unfinished", "completed", "rejected", "failed"]
    )
    table["traffic"] = pd.Categorical(["chat"] * len(table))
    usage = pd.DataFrame(
        {
            "kind": ["replica", "replica"], "resource": ["p/0", "p/0"], "group": ["p", "p"],
            "site": ["s", "s"], "gpus": [1, 1], "from_s": [0.0, 30.0],
            "to_s": [30.0, horizon_s + 50], "state": ["busy", "idle"], "why": ["", ""],
        }
    )  # fmt: skip
    series = pd.DataFrame(
        {"time_s": [10.0, 50.0, 120.0], "p.replicas": [1.0, 1.0, 1.0],
         "p.kv_memory": [0.2, 0.4, 0.9], "p.waiting": [0.0, 0.0, 3.0],
         "l.flows_up": [0.0, 0.0, 7.0], "l.busy_up": [0.1, 0.2, 0.5],
         "l.busy_down": [0.9, 0.1, 0.3]}
    )  # fmt: skip
    settings = RunSettings(horizon_s=horizon_s, warm_up_s=warm_up_s)
    return Run(
        candidate="made", seed=1, replication=0, settings=settings,
        traffics=dict(study.workload.traffic), rows=Columns.of(table),
        intervals=Columns.of(usage), samples=Columns.of(series),
        components={"l": "link", "p": "pool"},
        pools={"p": PoolFacts("s", "m", "x", "y", 1, 1, 1000)},
        saturation_rps=None, iterations=0, end_s=horizon_s + 50,
    )  # fmt: skip


def row(
    arrival, wait_l=0.0, service_l=0.1, wait_p=0.0, service_p=1.0, status="completed", output=11
):
    last = arrival + wait_l + service_l + wait_p + service_p
    dispatched = arrival + wait_l + service_l
    done = status == "completed"
    return {
        "status": status, "reason": "full" if status == "rejected" else "",
        "arrival_s": arrival, "dispatched_s": dispatched,
        "first_token_s": dispatched + wait_p + 0.2 if done else np.nan,
        "last_token_s": last if done else np.nan, "output_tokens": output, "input_tokens": 5,
        "wait_l_s": wait_l, "service_l_s": service_l, "wait_p_s": wait_p, "service_p_s": service_p,
    }  # fmt: skip


def test_percentiles_are_of_the_requests_after_the_warm_up():
    run = made_run([row(5.0, service_p=99.0), *(row(20.0 + i) for i in range(10))], warm_up_s=10.0)
    found = figures(run)
    assert found["e2e_s"]["p99"] == pytest.approx(1.1)
    assert found["ttft_s"]["p50"] == pytest.approx(0.3)
    assert found["tpot_s"]["p50"] == pytest.approx(0.8 / 10)
    assert found["requests"] == {
        "arrived": 11, "completed": 11, "rejected": 0, "failed": 0, "unfinished": 0
    }  # fmt: skip


def test_attainment_counts_those_that_never_completed():
    late = row(30.0, wait_l=2.0)
    lost = row(40.0, status="unfinished")
    turned = row(41.0, status="rejected")
    assert figures(made_run([row(20.0), late, lost, turned]))["slo_attainment"] == 0.25


def test_no_waiting_is_never_less_than_none():
    """Services may come to a hair more than the whole of the time."""
    rows = [row(20.0 + i / 7, service_l=0.1, service_p=0.3) for i in range(20)]
    for one in rows:
        one["service_p_s"] *= 1 + 1e-9
    assert bottleneck(made_run(rows)).reason.endswith("waiting 0%")


def test_rates_are_of_the_window():
    inside = [row(float(i)) for i in range(20, 60)]
    after = row(99.5)
    found = figures(made_run([*inside, after], warm_up_s=10.0))
    assert found["requests_per_s"] == pytest.approx(40 / 90)
    assert found["output_tokens_per_s"] == pytest.approx(40 * 11 / 90)


def test_utilisation_is_of_the_window():
    found = figures(made_run([row(20.0)], warm_up_s=10.0))
    assert found["utilisation"]["p"]["gpu_busy"] == pytest.approx(20 / 90)
    assert found["utilisation"]["p"]["kv_memory"] == pytest.approx(0.3)


def test_utilisation_of_a_link_is_that_of_its_busier_direction_in_the_window():
    found = figures(made_run([row(20.0)], warm_up_s=10.0))["component_utilisation"]
    assert found == {"l": pytest.approx((40 * 0.2 + 50 * 0.5) / 90)}
    early = figures(made_run([row(2.0)], horizon_s=9.0))["component_utilisation"]
    assert early == {"l": pytest.approx(0.9)}
    never = replace(made_run([row(20.0)]), end_s=0.0)
    assert figures(never)["component_utilisation"] == {"l": None}


@pytest.mark.parametrize(("bytes_up", "bytes_down", "busy"), [(4.0, 1.0, 0.6), (1.0, 24.0, 0.6)])
def test_a_link_is_as_busy_as_rate_times_work(bytes_up, bytes_down, busy):
    """M/D/1: 2 requests a second, each with the same bytes; the two directions differ."""
    found = carried(bytes_up, bytes_down)
    assert found["uplink"] == pytest.approx(busy, rel=0.02)


def test_a_device_is_as_busy_as_rate_times_work():
    """10 documents of 50,000 bytes at 2 MB/s are 0.25 s, twice a second."""
    assert carried(4.0, 1.0)["disk"] == pytest.approx(0.5, rel=0.02)


@cache
def carried(bytes_up, bytes_down):
    """Busy shares of a link of 4 kB/s and a disk; 300 tokens in and 50 out, twice a second."""
    data = small_data()
    traffic = data["workload"]["traffic"]["chat"]
    traffic |= {
        "prompt_bytes_per_token": bytes_up, "answer_bytes_per_token": bytes_down,
        "retrieval": {"documents": 10, "document_bytes": 50_000},
        "arrivals": {"kind": "poisson", "rate_rps": 2.0},
    }  # fmt: skip
    rented = data["candidates"]["rented"]
    rented["sites"]["region"]["storage"] = "disk"
    rented["links"] = {"uplink": {"bandwidth_gbit_per_s": 3.2e-5, "latency_s": 0.01}}
    rented["storage"] = {
        "disk": {"bandwidth_gb_per_s": 0.002, "operations_per_s": 1e6,
                 "read_latency_s": 0.001, "write_latency_s": 0.001}
    }  # fmt: skip
    rented["path"] = {
        "office": {"kind": "transfer", "link": "uplink"},
        "documents": {"kind": "read", "storage": "disk"},
        **rented["path"],
    }
    data["run"] |= {"horizon_s": 12_120, "resolution_s": 7}
    study = parse_study(data)
    run = simulate(study.candidates["rented"], draw_requests(study), 1, saturate=False)
    return figures(run)["component_utilisation"]


def test_what_is_not_defined_is_none():
    found = figures(made_run([row(20.0, status="rejected")]))
    assert found["ttft_s"] == {"p50": None, "p95": None, "p99": None}
    assert found["requests_per_s"] == 0.0
    assert found["bottleneck"]["component"] is None
    single = figures(made_run([row(20.0, output=1)]))
    assert single["tpot_s"]["p50"] is None


@pytest.mark.parametrize(("kept", "expected"), [(1.0, False), (0.9, False), (0.4, True)])
def test_overload_is_growth_beyond_chance(kept, expected):
    rows = [
        row(i / 2, status="completed" if (i % 10) < 10 * kept else "unfinished") for i in range(190)
    ]
    assert overloaded(made_run(rows)) is expected


def test_a_steady_heavy_system_is_not_overloaded():
    """Long requests in constant number: completions lag arrivals, but do not fall behind."""
    rows = [row(float(i), service_p=20.0) for i in range(-30, 100)]
    assert overloaded(made_run(rows)) is False


def test_bottleneck_is_where_the_slowest_wait():
    rows = [row(float(i), wait_p=0.05) for i in range(50)]
    rows += [row(50.0 + i, wait_l=5.0, wait_p=0.5) for i in range(10)]
    limiting = bottleneck(made_run(rows))
    assert limiting.component == "l"
    assert "76%" in limiting.reason  # 5 of 6.6 s


def test_bottleneck_is_gpu_service_where_nobody_waits():
    limiting = bottleneck(made_run([row(float(i), service_p=1 + i / 10) for i in range(50)]))
    assert limiting.component == "p"
    assert "GPU service" in limiting.reason


def test_bottleneck_may_be_slow_without_a_queue():
    """A device that nobody waits for, and that takes most of the time to the first token."""
    rows = [row(float(i), service_l=2.0, service_p=20.0) for i in range(50)]
    limiting = bottleneck(made_run(rows))
    assert limiting.component == "l"
    assert "first token" in limiting.reason


def test_bottleneck_when_nothing_completes():
    limiting = bottleneck(made_run([row(float(i), status="unfinished") for i in range(5)]))
    assert limiting.component == "l"
    assert "7 requests" in limiting.reason


def test_the_balance_finds_what_is_lost():
    study = parse_study(small_data())
    run = simulate(study.candidates["rented"], draw_requests(study), 1, saturate=False)
    check_run(run)
    lost = run.requests.copy()
    lost.loc[3, "service_pool_s"] -= 0.01
    with pytest.raises(Unbalanced, match="end-to-end"):
        check_run(replace(run, rows=Columns.of(lost)))
    backwards = run.requests.copy()
    backwards.loc[3, "first_token_s"] = 1e9
    with pytest.raises(Unbalanced, match="time stamp"):
        check_run(replace(run, rows=Columns.of(backwards)))
    twice = pd.concat([run.usage, run.usage.iloc[[0]]])
    with pytest.raises(Unbalanced, match="two states"):
        check_run(replace(run, intervals=Columns.of(twice)))


def test_interval_of_the_mean_by_hand():
    # t of 3 degrees of freedom at 97.5 %: 3.182446; mean 2.5, deviation 1.290994, n 4.
    interval = mean_interval([1.0, 2.0, 3.0, 4.0])
    assert interval.mean == 2.5
    assert interval.high - 2.5 == pytest.approx(3.182446 * 1.2909944 / 2, rel=1e-6)
    assert 2.5 - interval.low == pytest.approx(interval.high - 2.5)
    with pytest.raises(ValueError, match="two replications"):
        mean_interval([1.0])


def test_rejections_say_why_and_saturation_is_at_least_what_was_served():
    rows = [row(20.0 + i) for i in range(50)]
    run = made_run([*rows, row(75.0, status="rejected")])
    found = figures(replace(run, saturation_rps=0.2))
    assert found["rejections"] == {"full": 1}
    assert found["saturation_rps"] == found["requests_per_s"] == 0.5
    assert figures(replace(run, saturation_rps=2.0))["saturation_rps"] == 2.0
