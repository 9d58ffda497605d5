"""What charts are drawn from agrees with the figures, and with a plain count."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from aisim.results import figures, latency_quantiles, levels, time_spent
from aisim.results.columns import completed_in_window, in_window_s, usage_rows
from aisim.results.curves import SHARES, STRETCHES
from aisim.results.figures import MEASURES
from aisim.results.latency import latencies
from aisim.results.tables import Columns
from aisim.scenario import parse_study
from aisim.simulation import simulate
from aisim.workload import draw_requests
from tests.results.test_figures import made_run, row
from tests.small import small_data


def with_burst():
    """Two pools, one of which starts on demand; a link; a log; more than one GPU a replica."""
    data = small_data()
    data["workload"]["traffic"]["chat"]["arrivals"] = {
        "kind": "poisson", "rate_rps": 5, "burstiness": 4,
    }  # fmt: skip
    data["workload"]["traffic"]["chat"] |= {"log_bytes": 1e6}
    owned = data["candidates"]["owned"]
    owned["links"] = {"wan": {"bandwidth_gbit_per_s": 0.01, "latency_s": 0.02}}
    owned["storage"] = {"disk": {"bandwidth_gb_per_s": 1, "operations_per_s": 500}}
    owned["machines"]["spare"] = owned["machines"]["server"]
    owned["pools"]["pool"] |= {"max_sequences": 4}
    owned["pools"]["extra"] = owned["pools"]["pool"] | {
        "machines": "spare", "tensor_parallel": 2,
        "runs": {"kind": "on_demand", "start_queue": 2, "stop_idle_s": 60},
    }  # fmt: skip
    owned["path"] = {
        "office": {"kind": "transfer", "link": "wan"},
        "serving": {"kind": "serve", "pools": ["pool", "extra"], "burst": {"queue": 1}},
        "log": {"kind": "log", "storage": "disk"},
    }
    return data


@cache
def real_run(name):
    data = with_burst() if name == "owned" else small_data()
    study = parse_study(data)
    return simulate(study.candidates[name], draw_requests(study), 1, name=name, saturate=False)


@pytest.fixture(params=["rented", "owned"])
def run(request):
    return real_run(request.param)


# --- latencies --------------------------------------------------------------------------------


def test_quantiles_agree_with_the_figures(run):
    found, told = latency_quantiles(run), figures(run)
    assert set(found) == set(MEASURES)
    for measure in MEASURES:
        assert len(found[measure]) == len(SHARES)
        assert (np.diff(found[measure]) >= 0).all()
        for percent in (50, 95, 99):
            at = found[measure][percent == SHARES]
            assert at == pytest.approx(told[measure][f"p{percent}"], rel=1e-12)


def test_quantiles_are_of_the_completed_after_the_warm_up():
    run = made_run(
        [
            row(5.0, service_p=99.0),
            *(row(20.0 + i, service_p=1.0 + i) for i in range(3)),
            row(60.0, status="rejected"), row(61.0, status="unfinished"),
        ],
        warm_up_s=10.0,
    )  # fmt: skip
    found = latency_quantiles(run)["e2e_s"]
    assert found[0] == pytest.approx(1.1)
    assert found[50] == pytest.approx(2.1)
    assert found[100] == pytest.approx(3.1)


def test_quantiles_of_nothing_are_not_defined():
    found = latency_quantiles(made_run([row(20.0, status="rejected")]))
    assert all(np.isnan(found[measure]).all() for measure in MEASURES)
    single = latency_quantiles(made_run([row(20.0, output=1)]))
    assert np.isnan(single["tpot_s"]).all()
    assert not np.isnan(single["ttft_s"]).any()


def test_latencies_by_hand():
    table = made_run(
        [row(5.0), row(20.0), row(30.0, output=1), row(40.0, status="failed")]
    ).requests
    found = latencies(Columns.of(table), 10.0)
    assert found.rows.tolist() == [False, True, True, True]
    assert found.completed.tolist() == [True, True, False]
    assert found.ttft_s[:2] == pytest.approx([0.3, 0.3])
    assert found.e2e_s[:2] == pytest.approx([1.1, 1.1])
    assert found.tpot_s[0] == pytest.approx(0.08)
    assert np.isnan(found.tpot_s[1:]).all()
    assert np.isnan([found.ttft_s[2], found.e2e_s[2]]).all()
    assert len(found.of_completed("tpot_s")) == 1


# --- levels -----------------------------------------------------------------------------------


def edges_of(run, frame):
    width = run.window_s / len(frame)
    assert frame["time_s"].to_numpy() == pytest.approx(width * (np.arange(len(frame)) + 0.5))
    begin = run.settings.warm_up_s
    return begin + width * np.arange(len(frame)), begin + width * (1 + np.arange(len(frame)))


def gpu_seconds(run, states, begin, end):
    """By hand, interval by interval."""
    total = 0.0
    for use in run.usage.itertuples():
        if use.kind == "replica" and use.state in states:
            total += use.gpus * max(min(use.to_s, end) - max(use.from_s, begin), 0.0)
    return total


def test_gpus_over_time_are_counted_interval_by_interval(run):
    frame = levels(run)
    assert list(frame.columns) == ["time_s", "waiting", "gpu_busy"]
    assert 1 < len(frame) <= STRETCHES
    for begin, end, found in zip(*edges_of(run, frame), frame["gpu_busy"], strict=True):
        up = gpu_seconds(run, ("busy", "idle"), begin, end)
        busy = gpu_seconds(run, ("busy",), begin, end)
        assert up > 0
        assert found == pytest.approx(busy / up, abs=1e-6)
        assert 0 <= found <= 1 + 1e-9


def test_gpus_over_time_weighted_by_their_time_are_the_utilisation(run):
    frame = levels(run)
    up = [
        gpu_seconds(run, ("busy", "idle"), b, e) for b, e in zip(*edges_of(run, frame), strict=True)
    ]
    seconds = in_window_s(run)
    gpus = run.usage["gpus"].to_numpy()
    total = {
        states: float((seconds * gpus)[usage_rows(run, "replica", states=states)].sum())
        for states in (("busy",), ("busy", "idle"))
    }
    share = total["busy",] / total["busy", "idle"]
    assert np.average(frame["gpu_busy"], weights=up) == pytest.approx(share, rel=1e-6)
    if len(run.pools) == 1:
        assert share == pytest.approx(figures(run)["utilisation"]["pool"]["gpu_busy"], rel=1e-9)


def test_a_burst_is_seen_in_the_run_of_these_tests():
    run = real_run("owned")
    assert {"starting", "busy", "idle"} <= set(run.usage["state"])
    assert (run.requests["pool"] == "extra").sum() > 10


def test_the_queue_is_the_longest_that_was_seen(run):
    frame, series = levels(run), run.series
    waiting = sum(series[f"{name}.waiting"] for name in run.pools).to_numpy()
    time_s = series["time_s"].to_numpy()
    seen = (time_s > run.settings.warm_up_s) & (time_s <= run.measured_until_s)
    assert frame["waiting"].max() == waiting[seen].max()
    for begin, end, found in zip(*edges_of(run, frame), frame["waiting"], strict=True):
        among = waiting[seen & (time_s > begin + 1e-6) & (time_s <= end + 1e-6)]
        assert found == among.max() if len(among) else np.isnan(found)


def sampled(time_s, waiting, resolution_s, **settings):
    run = made_run([row(20.0)], **settings)
    series = {"time_s": time_s, "p.waiting": waiting, "p.replicas": 1.0, "p.kv_memory": 0.0}
    settings = run.settings.model_copy(update={"resolution_s": resolution_s})
    return replace(run, samples=Columns.of(pd.DataFrame(series)), settings=settings)


def test_samples_are_of_the_measured_time_only():
    waiting, time_s = [9.0, 1.0, 2.0, 3.0, 9.0], [30.0, 60.0, 90.0, 120.0, 150.0]
    run = sampled(time_s, waiting, 30.0, warm_up_s=30.0, horizon_s=120.0)
    assert levels(run)["waiting"].tolist() == [1.0, 2.0, 3.0]


def test_a_last_sample_that_was_not_taken_leaves_the_others_where_they_are():
    """The simulation ends at the horizon if nothing is under way any more."""
    run = sampled([30.0, 60.0, 90.0], [9.0, 1.0, 2.0], 30.0, warm_up_s=30.0, horizon_s=120.0)
    frame = levels(run)
    assert frame["time_s"].tolist() == [15.0, 45.0, 75.0]
    assert frame["waiting"].tolist()[:2] == [1.0, 2.0]


@pytest.mark.parametrize("step", [0.1, 0.3, 0.7, 1.1, 7 / 3, 6.0, 10 / 3])
def test_a_steady_queue_has_no_gaps(step):
    """The clock adds up steps: a sample may lie a hair after the edge that it is meant for."""
    horizon_s = step * 60
    time_s = np.cumsum(np.full(90, step))
    run = sampled(time_s, np.full(90, 5.0), step, horizon_s=horizon_s, warm_up_s=horizon_s / 4)
    frame = levels(run)
    assert len(frame) == 45
    # the clock may be a hair beyond the horizon when the last sample is due
    assert set(frame["waiting"][:-1]) == {5.0}
    assert frame["waiting"].iloc[-1] == 5.0 or np.isnan(frame["waiting"].iloc[-1])


def test_many_samples_make_few_stretches():
    time_s = np.arange(1.0, 1001.0) / 10
    waiting = np.zeros(1000)
    waiting[[5, 777, 779, 780]] = 3.0, 8.0, 9.0, 1.0
    frame = levels(sampled(time_s, waiting, 0.1))
    assert len(frame) == STRETCHES
    expected = {0: 3.0, 77: 9.0, 78: 1.0}
    assert frame["waiting"].tolist() == [expected.get(i, 0.0) for i in range(STRETCHES)]


def test_where_no_replica_runs_there_is_no_share():
    run = made_run([row(20.0)])
    usage = run.usage.assign(from_s=[50.0, 75.0], to_s=[75.0, 150.0])
    series = run.series.assign(time_s=[25.0, 50.0, 75.0])
    run = replace(run, intervals=Columns.of(usage), samples=Columns.of(series))
    settings = run.settings.model_copy(update={"horizon_s": 75.0, "resolution_s": 25.0})
    frame = levels(replace(run, settings=settings))
    assert np.isnan(frame["gpu_busy"]).tolist() == [True, True, False]
    assert frame["gpu_busy"][2] == 1.0


def test_a_run_that_was_stopped_in_the_warm_up_has_no_levels():
    run = replace(made_run([row(20.0)], warm_up_s=90.0), end_s=50.0)
    frame = levels(run)
    assert len(frame) == 0
    assert list(frame.columns) == ["time_s", "waiting", "gpu_busy"]
    assert all(dtype == np.float64 for dtype in frame.dtypes)


def test_a_network_alone_has_no_gpus():
    run = sampled([50.0, 100.0, 150.0], 0.0, 50.0)
    frame = levels(replace(run, pools={}, intervals=Columns.of(run.usage.iloc[:0])))
    assert len(frame) == 2
    assert np.isnan(frame["gpu_busy"]).all()
    assert set(frame["waiting"]) == {0.0}


# --- where time is spent ----------------------------------------------------------------------


def test_time_spent_adds_up_to_the_mean_end_to_end_time(run):
    spent = time_spent(run)
    e2e = run.latencies.of_completed("e2e_s")
    assert spent["seconds"].sum() == pytest.approx(e2e.mean(), rel=1e-9)
    assert (spent["seconds"] >= 0).all()
    assert list(dict.fromkeys(spent["component"])) == list(run.components)
    assert set(spent["part"]) == {"waiting", "service"}
    assert not spent.duplicated(["component", "part"]).any()


def test_time_spent_by_hand():
    rows = [row(5.0, wait_p=50.0), row(20.0, wait_l=1.0), row(30.0, wait_p=3.0)]
    run = made_run([*rows, row(40.0, wait_p=9.0, status="unfinished")], warm_up_s=10.0)
    spent = time_spent(run).set_index(["component", "part"])["seconds"]
    expected = [0.5, 0.1, 1.5, 1.0]
    assert spent.to_list() == pytest.approx(expected)
    parts = [("l", "waiting"), ("l", "service"), ("p", "waiting"), ("p", "service")]
    assert spent.index.to_list() == parts


def test_nobody_who_completed_spent_no_time():
    spent = time_spent(made_run([row(20.0, status="unfinished")]))
    assert len(spent) == 0
    assert list(spent.columns) == ["component", "part", "seconds"]


# --- columns ----------------------------------------------------------------------------------


def test_completions_in_the_window():
    rows = [row(5.0), row(9.5), row(20.0), row(99.5), row(30.0, status="rejected")]
    assert completed_in_window(made_run(rows, warm_up_s=10.0)).tolist() == [
        False, True, True, False, False,
    ]  # fmt: skip


def test_seconds_in_the_window():
    assert in_window_s(made_run([row(20.0)], warm_up_s=10.0)).tolist() == [20.0, 70.0]


def test_usage_rows_by_kind_group_and_state(run):
    usage = run.usage
    assert usage_rows(run, "machine").sum() == (usage["kind"] == "machine").sum()
    some = usage_rows(run, "replica", "pool", states=("idle",))
    expected = (
        (usage["kind"] == "replica") & (usage["group"] == "pool") & (usage["state"] == "idle")
    )
    assert some.tolist() == expected.tolist()
    assert not usage_rows(run, "replica", "nobody").any()
    assert not usage_rows(run, "replica", states=("broken",)).any()
