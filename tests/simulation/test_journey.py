"""A request on its path and back: links, storage, logs, and what the client sees."""

import numpy as np
import pytest

from aisim.simulation import simulate
from tests.simulation.journeys import (
    BIG_WAN,
    alone_s,
    candidate,
    made_alone_s,
    requests,
    sent,
    study,
)

APPROX = {"rel": 1e-9, "abs": 1e-9}
TRAFFIC = "workload__traffic__staff__"


def close(value):
    return pytest.approx(value, **APPROX)


def test_alone_on_a_fast_link_the_client_waits_for_gpu_and_latency():
    world = study(links__wan={"bandwidth_gbit_per_s": 1e6, "latency_s": 0.25})
    row = sent(world, [3.0]).requests.iloc[0]
    first, last = alone_s(world, "llm", 100, 50)
    assert row["status"] == "completed"
    assert row["first_token_s"] == pytest.approx(3.0 + 0.25 + first + 0.25, abs=1e-6)
    assert row["last_token_s"] == pytest.approx(3.0 + 0.25 + last + 0.25, abs=1e-6)
    assert row["service_llm_s"] == close(last)
    assert [row["wait_llm_s"], row["wait_wan_s"]] == [close(0), close(0)]


def test_a_slow_way_back_delays_the_last_token_and_not_the_first():
    """2 Mbit/s: 50 tokens of 20 kB take 4 s from the first token on."""
    world = study(
        links__wan={"bandwidth_gbit_per_s": 0.002, "latency_s": 0.5},
        **{TRAFFIC + "answer_bytes_per_token": 20_000, TRAFFIC + "prompt_bytes_per_token": 250},
    )
    row = sent(world, [0.0]).requests.iloc[0]
    first, last = alone_s(world, "llm", 100, 50)
    made, _ = made_alone_s(world, "llm", 100, 50)
    up_s = 100 * 250 * 8 / 2e6
    assert row["first_token_s"] == close(up_s + 0.5 + first + 0.5)
    assert row["last_token_s"] == close(up_s + 0.5 + made + 4.0 + 0.5)
    assert row["service_wan_s"] == close(up_s + 0.5 + 0.5)
    assert row["wait_wan_s"] == close(made + 4.0 - last)


def test_answers_stream_while_they_are_made():
    """Bytes that are through before the last token is made delay nothing."""
    world = study(
        links__wan={"bandwidth_gbit_per_s": 0.008, "latency_s": 0.0},
        **{TRAFFIC + "answer_bytes_per_token": 100, TRAFFIC + "prompt_bytes_per_token": 0},
    )
    row = sent(world, [0.0]).requests.iloc[0]
    _, last = alone_s(world, "llm", 100, 50)
    assert last > 50 * 100 / 1e6
    assert row["last_token_s"] == close(last)
    assert row["wait_wan_s"] == close(0.0)


def test_prompts_share_the_link_and_answers_do_not_disturb_them():
    wan = {"bandwidth_gbit_per_s": 0.0008, "latency_s": 0.0}
    world = study(
        links__wan=wan,
        **{TRAFFIC + "prompt_bytes_per_token": 1000, TRAFFIC + "answer_bytes_per_token": 1e5},
    )
    alone = sent(world, [0.0]).requests
    run = sent(world, [0.0, 0.0, 10.0])
    ups = run.requests["dispatched_s"] - run.requests["arrival_s"]
    assert alone["dispatched_s"][0] == close(1.0)
    # Two at once take twice as long; the third meets two answers of 50 s on the way back.
    assert ups.tolist() == [close(2.0), close(2.0), close(1.0)]
    assert run.requests["last_token_s"].min() > 90


def test_the_same_link_twice_and_a_link_after_the_answer():
    world = study(
        links__wan__latency_s=0.1,
        path={
            "there": {"kind": "transfer", "link": "wan"},
            "answering": {"kind": "serve", "pools": ["llm"]},
            "again": {"kind": "transfer", "link": "wan"},
        },
    )
    row = sent(world, [0.0]).requests.iloc[0]
    assert row["service_wan_s"] >= 0.4
    total = row["last_token_s"] - row["arrival_s"]
    assert total == close(sum(row[f"{part}_{name}_s"] for part in ("wait", "service")
                              for name in ("wan", "array", "llm")))  # fmt: skip


@pytest.mark.parametrize(
    ("documents", "document_bytes", "alone"),
    [
        (4, 1e6, 4e6 / 1e8),  # by bytes
        (50, 100, 50 / 100),  # by operations, one for each document
        (2, 5e6, 10 / 100),  # by operations of 1 MiB at most: five for each document
        (1, 0, 1 / 100),
    ],
)
def test_storage_takes_the_longer_of_bytes_and_operations(documents, document_bytes, alone):
    world = study(
        storage__array={
            "bandwidth_gb_per_s": 0.1, "operations_per_s": 100, "read_latency_s": 0.125
        },
        path={
            "documents": {"kind": "read", "storage": "array"},
            "answering": {"kind": "serve", "pools": ["llm"]},
        },
        **{TRAFFIC + "retrieval": {"documents": documents, "document_bytes": document_bytes}},
    )  # fmt: skip
    rows = sent(world, [0.0, 100.0, 100.0, 100.0]).requests
    assert rows["service_array_s"].tolist() == [close(alone + 0.125)] * 4
    assert rows["wait_array_s"].tolist() == [0, *[close(2 * alone)] * 3]


def test_without_documents_nothing_is_read():
    world = study(
        path={
            "documents": {"kind": "read", "storage": "array"},
            "answering": {"kind": "serve", "pools": ["llm"]},
        },
    )
    rows = sent(world, [0.0]).requests
    assert rows["service_array_s"][0] == rows["wait_array_s"][0] == 0


@pytest.mark.parametrize("before", [True, False])
def test_no_answer_waits_for_the_log(before):
    log = {"log": {"kind": "log", "storage": "array"}}
    serve = {"answering": {"kind": "serve", "pools": ["llm"]}}
    arrivals = [0.0, 0.1, 0.1, 5.0]
    plain = sent(study(path=serve), arrivals).requests
    logged = sent(
        study(path=log | serve if before else serve | log, **{TRAFFIC + "log_bytes": 1e12}),
        arrivals,
    ).requests
    for column in ("first_token_s", "last_token_s"):
        assert logged[column].tolist() == plain[column].tolist()
    assert (logged["wait_array_s"] + logged["service_array_s"] == 0).all()


def test_a_log_on_the_same_device_slows_the_reading():
    both = study(
        path={
            "log": {"kind": "log", "storage": "array"},
            "documents": {"kind": "read", "storage": "array"},
            "answering": {"kind": "serve", "pools": ["llm"]},
        },
        **{
            TRAFFIC + "log_bytes": 1e9,
            TRAFFIC + "retrieval": {"documents": 1, "document_bytes": 1e9},
        },
    )
    rows = sent(both, [0.0]).requests
    assert rows["wait_array_s"][0] == pytest.approx(rows["service_array_s"][0], rel=0.05)


def mixed(**fields):
    """Two traffics over links, storage and two sites, loaded enough to queue."""
    staff = {
        "service": "chat",
        "arrivals": {"kind": "poisson", "rate_rps": 1.0},
        "sizes": {"kind": "constant", "input_tokens": 1, "output_tokens": 1},
        "retrieval": {"documents": 3, "document_bytes": 1e6},
        "answer_bytes_per_token": 200,
        "log_bytes": 1e6,
    }
    box = {"kind": "own", "site": "room", "parts": {"L40S 48GB": 1}}
    pool = {"machines": "box", "model": "llama-3.1-8b", "serves": ["chat"], "kv_blocks": 400}
    world = {
        "workload__traffic": {"staff": staff, "secret": {**staff, "data_class": "personal"}},
        "sites__far": {"kind": "own", "link": "far", "refuses": ["personal"]},
        "links__far": {"bandwidth_gbit_per_s": 0.01, "latency_s": 0.03},
        "links__wan": {"bandwidth_gbit_per_s": 0.002, "latency_s": 0.02},
        "storage__array": {"bandwidth_gb_per_s": 0.05, "operations_per_s": 200},
        "machines__more": {**box, "site": "far"},
        "pools__llm": pool,
        "pools__burst": {**pool, "machines": "more"},
        "path": {
            "office": {"kind": "transfer", "link": "wan"},
            "documents": {"kind": "read", "storage": "array"},
            "answering": {"kind": "serve", "pools": ["llm", "burst"], "burst": {"queue": 1}},
            "log": {"kind": "log", "storage": "array"},
        },
    }
    return study(**(world | fields))


def crowd(world, n=300, seed=1):
    dice = np.random.default_rng(seed)
    return requests(
        world,
        np.sort(dice.uniform(0, 40, n)).tolist(),
        input_tokens=dice.integers(1, 2000, n),
        output_tokens=dice.integers(1, 400, n),
        traffic=dice.integers(0, 2, n),
    )


def simulated(world, table, **options):
    return simulate(candidate(world), table, 1, saturate=False, **options)


def test_waits_and_services_add_up_to_the_end_to_end_time():
    world = mixed()
    run = simulated(world, crowd(world))
    rows = run.requests
    assert (rows["status"] == "completed").all()
    parts = [f"{part}_{name}_s" for part in ("wait", "service") for name in run.components]
    assert (rows[parts] >= 0).all().all()
    total = rows["last_token_s"] - rows["arrival_s"]
    np.testing.assert_allclose(rows[parts].sum(axis=1), total, rtol=0, atol=1e-8)
    order = ["arrival_s", "dispatched_s", "scheduled_s", "first_token_s", "last_token_s"]
    assert (np.diff(rows[order].to_numpy(), axis=1) >= -1e-9).all()
    assert (rows["wait_wan_s"] > 0.01).any()
    assert (rows["wait_array_s"] > 0.01).any()
    assert (rows["wait_llm_s"] > 0.01).any()


def test_the_table_is_that_of_the_requests():
    world = mixed()
    table = crowd(world)
    rows = simulated(world, table).requests
    assert rows["arrival_s"].tolist() == table.arrival_s.tolist()
    assert rows["input_tokens"].tolist() == table.input_tokens.tolist()
    assert rows["traffic"].tolist() == [list(table.traffics)[i] for i in table.traffic]


def test_other_hardware_leaves_the_requests_as_they_are():
    slow = mixed()
    table = crowd(slow)
    fast = mixed(
        links__wan=BIG_WAN, machines__box__parts={"H100 SXM5 80GB": 1}, pools__llm__kv_blocks=9000
    )
    asked = ["arrival_s", "traffic", "input_tokens", "output_tokens", "parent_id", "gap_s"]
    a, b = (simulated(world, table).requests for world in (slow, fast))
    assert a[asked].equals(b[asked])
    assert a["last_token_s"].mean() > b["last_token_s"].mean()


def test_the_same_seed_gives_the_same_run():
    world = mixed(pools__llm__balancer="power_of_two")
    table = crowd(world)
    a, b = simulated(world, table), simulated(world, table)
    assert a.requests.equals(b.requests)
    assert a.usage.equals(b.usage)
    assert a.series.equals(b.series)


@pytest.mark.parametrize("share", [0.005, 0.02, 0.03, 0.1, 0.5])
def test_cancelled_it_keeps_what_there_is(share):
    world = mixed()
    table = crowd(world)
    seen: list[float] = []
    run = simulated(
        world, table, on_progress=seen.append, cancelled=lambda: seen[-1] >= share - 1e-9
    )
    assert run.partial
    assert run.end_s == pytest.approx(seen[-1] * 1000)
    assert share <= seen[-1] + 1e-9 < share + 0.05
    assert seen == sorted(seen)
    came = int((table.arrival_s < run.end_s).sum())
    assert len(run.requests) == came
    done = run.requests[run.requests["status"] == "completed"]
    assert (done["last_token_s"] <= run.end_s + 0.1).all()
    assert set(run.requests["status"]) <= {"completed", "unfinished"}
    assert (run.usage["to_s"] <= run.end_s).all()
    whole = simulated(world, table)
    assert not whole.partial
    same = whole.requests.loc[done.index]
    assert same["last_token_s"].tolist() == done["last_token_s"].tolist()


def test_progress_goes_from_nothing_to_one():
    seen: list[float] = []
    world = study()
    simulated(world, requests(world, [1.0]), on_progress=seen.append)
    assert seen == sorted(seen)
    assert 0 < seen[0] <= 0.1
    assert seen[-1] == 1.0


def test_no_request_at_all():
    run = sent(study(), [])
    assert len(run.requests) == 0
    assert run.end_s == 1000
    assert not run.partial
