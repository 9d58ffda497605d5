"""How a simulation ends: closed loops, drain, overload, saturation."""

import numpy as np
import pytest

from aisim.results import overloaded
from aisim.simulation import simulate
from aisim.simulation.saturation import saturation_rps
from aisim.workload import draw_requests
from tests.simulation.journeys import BIG_WAN, alone_s, candidate, requests, sent, study

TRAFFIC = "workload__traffic__staff__"


def test_a_client_waits_for_its_answer_and_its_gap():
    world = study(links__wan__latency_s=0.2)
    run = sent(world, [1.0, 0, 0], parent_id=[-1, 0, 1], gap_s=[0, 5.0, 0.0])
    rows = run.requests
    ends = rows["last_token_s"].tolist()
    assert rows["arrival_s"].tolist() == [
        1.0,
        pytest.approx(ends[0] + 5.0),
        pytest.approx(ends[1]),
    ]
    assert rows["parent_id"].tolist() == [-1, 0, 1]


@pytest.mark.parametrize("reason", ["too long", "refused"])
def test_a_rejected_request_does_not_stop_its_client(reason):
    if reason == "too long":
        world = study(links__wan=BIG_WAN, pools__llm__kv_blocks=20)
    else:
        world = study(links__wan=BIG_WAN, sites__room__refuses=["internal"])
    run = sent(
        world, [1.0, 0, 0], parent_id=[-1, 0, 1], gap_s=[0, 5, 7], input_tokens=[5000, 5000, 10]
    )
    rows = run.requests
    assert len(rows) == 3
    assert rows["status"].tolist()[:2] == ["rejected"] * 2
    assert rows["arrival_s"].tolist() == [1.0, pytest.approx(6.0), pytest.approx(13.0)]
    assert rows["status"][2] == ("completed" if reason == "too long" else "rejected")


def test_no_client_sends_after_the_horizon():
    arrivals = {"kind": "clients", "clients": 6, "think_time_s": 30.0}
    world = study(**{TRAFFIC + "arrivals": arrivals, "run__horizon_s": 400.0})
    table = draw_requests(world)
    run = simulate(candidate(world), table, 1, saturate=False)
    assert run.requests["arrival_s"].max() <= 400.0
    assert (run.requests["status"] == "completed").all()
    assert len(run.requests) < len(table)
    # Never more than the clients at once.
    starts = run.requests["arrival_s"].to_numpy()
    ends = np.sort(run.requests["last_token_s"].to_numpy())
    inside = [(starts <= t).sum() - np.searchsorted(ends, t - 1e-9) for t in starts]
    assert max(inside) <= 6


def test_the_end_comes_with_the_last_answer():
    world = study(links__wan=BIG_WAN, run__horizon_s=100.0)
    _, last = alone_s(world, "llm", 100, 4000)
    run = sent(world, [99.0], output_tokens=[4000])
    assert 99 + last <= run.end_s < 99 + last + 10
    assert not run.partial


def test_the_drain_is_bounded_and_the_rest_unfinished():
    world = study(links__wan=BIG_WAN, run__horizon_s=50.0, pools__llm__max_sequences=1)
    run = sent(world, [i / 4 for i in range(200)], output_tokens=[2000] * 200)
    assert run.end_s == pytest.approx(650.0)
    counts = run.requests["status"].value_counts()
    assert counts["unfinished"] > 100
    assert counts["completed"] + counts["unfinished"] == 200
    late = run.requests[run.requests["status"] == "unfinished"]
    assert late["last_token_s"].isna().all()
    assert run.measured_until_s == 50.0


def test_a_long_horizon_has_a_longer_drain():
    world = study(links__wan=BIG_WAN, run__horizon_s=10_000.0, pools__llm__max_sequences=1)
    run = sent(world, [9_999.0] * 300, output_tokens=[3000] * 300)
    assert run.end_s == pytest.approx(11_000.0)


@pytest.mark.parametrize("latency_s", [0.0, 0.3, 30.0])
def test_an_overloaded_run_keeps_its_books(latency_s):
    """Answers half on their way at the end are no fault of the counting."""
    world = study(
        links__wan={"bandwidth_gbit_per_s": 1.0, "latency_s": latency_s}, run__horizon_s=60.0
    )
    arrivals = np.arange(0, 60, 0.02).tolist()
    n = len(arrivals)
    run = sent(world, arrivals, input_tokens=[2000] * n, output_tokens=[500] * n)
    assert (run.requests["status"] == "unfinished").any()
    assert overloaded(run)


def gpu_bound():
    world = study(links__wan=BIG_WAN, pools__llm__max_sequences=1)
    return world, 1 / alone_s(world, "llm", 100, 50)[1]


def test_saturation_is_what_the_gpu_allows():
    world, allowed = gpu_bound()
    found = saturation_rps(candidate(world), draw_requests(world), 1)
    assert found == pytest.approx(allowed, rel=0.05)


def link_bound():
    """100 tokens of 1 kB on 1 Mbit/s."""
    world = study(
        links__wan={"bandwidth_gbit_per_s": 0.001, "latency_s": 0.01},
        **{TRAFFIC + "prompt_bytes_per_token": 1000},
    )
    return world, 1.25


def storage_bound():
    """Five operations for each request, of 10 a second."""
    world = study(
        links__wan=BIG_WAN,
        storage__array={"bandwidth_gb_per_s": 1, "operations_per_s": 10},
        path={
            "documents": {"kind": "read", "storage": "array"},
            "answering": {"kind": "serve", "pools": ["llm"]},
        },
        **{TRAFFIC + "retrieval": {"documents": 5, "document_bytes": 10}},
    )
    return world, 2.0


@pytest.mark.parametrize("bound", [gpu_bound, link_bound, storage_bound])
def test_twice_what_the_bottleneck_allows_is_overload(bound):
    world, allowed = bound()
    poisson = {"kind": "poisson", "rate_rps": 2 * allowed}
    arrivals = draw_requests(study(**{TRAFFIC + "arrivals": poisson})).arrival_s.tolist()
    run = sent(world, arrivals)
    ended = run.requests["last_token_s"].dropna()
    rate = ((ended > 300) & (ended <= 1000)).sum() / 700
    # A shared server completes less than it works: what it has begun only grows.
    assert rate <= allowed * 1.05
    assert bound is not gpu_bound or rate == pytest.approx(allowed, rel=0.05)
    assert overloaded(run)
    calm = sent(world, arrivals[::4])
    assert (calm.requests["status"] == "completed").all()
    assert not overloaded(calm)


def test_what_completes_nothing_has_no_saturation():
    world = study(sites__room__refuses=["internal"])
    assert saturation_rps(candidate(world), requests(world, [0.0, 1.0]), 1) is None
    assert saturation_rps(candidate(world), requests(world, []), 1) is None


def test_simulate_reports_the_saturation_and_spares_it_where_cancelled():
    world, allowed = gpu_bound()
    table = requests(world, [0.0, 1.0])
    assert simulate(candidate(world), table, 1).saturation_rps == pytest.approx(allowed, rel=0.05)
    assert simulate(candidate(world), table, 1, saturate=False).saturation_rps is None
    assert simulate(candidate(world), table, 1, cancelled=lambda: True).saturation_rps is None
