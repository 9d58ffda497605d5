"""Which pool serves, when its machines run, and how replicas are chosen."""

import pytest

from aisim.performance.placement import plan_pools
from tests.simulation.journeys import BIG_WAN, alone_s, candidate, intervals, sent, study

BOX = {"kind": "own", "site": "room", "parts": {"L40S 48GB": 1}}
POOL = {"machines": "box", "model": "llama-3.1-8b", "serves": ["chat"]}
HOUR = 3600.0


def hybrid(burst, **fields):
    """Own machine first, then another at a site that refuses personal data."""
    return study(
        **{
            "links__wan": BIG_WAN,
            "sites__far": {"kind": "own", "refuses": ["personal"]},
            "machines__more": {**BOX, "site": "far"},
            "pools__burst": {**POOL, "machines": "more"},
            "path__answering": {"kind": "serve", "pools": ["llm", "burst"], "burst": burst},
        }
        | fields
    )


def pools(run):
    return run.requests["pool"].astype(object).where(run.requests["pool"].notna()).tolist()


# --- which pool -----------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0, 1, 2, 5])
def test_bursts_above_the_queue(limit):
    """More than `limit` wait at the first: those beyond go on, until the next is full too."""
    run = sent(hybrid({"queue": limit}), [0.0] * 2 * (limit + 1))
    assert pools(run) == ["llm"] * (limit + 1) + ["burst"] * (limit + 1)
    more = sent(hybrid({"queue": limit}), [0.0] * 30)
    assert pools(more).count("llm") == 15


def test_bursts_above_the_utilisation():
    """800 of 1,600 tokens are in use until the first has ended."""
    world = hybrid({"utilisation": 0.4}, pools__llm__kv_blocks=100)
    _, last = alone_s(world, "llm", 800, 50)
    arrivals = [0.0, last / 2, last + 1]
    run = sent(world, arrivals, input_tokens=[800] * 3)
    assert pools(run) == ["llm", "burst", "llm"]


def test_without_limits_nothing_bursts():
    assert set(pools(sent(hybrid({}), [0.0] * 40))) == {"llm"}


def test_what_is_too_long_for_the_first_goes_on():
    world = hybrid({}, pools__llm__kv_blocks=10, pools__burst__kv_blocks=100)
    run = sent(world, [0.0, 1.0, 2.0], input_tokens=[100, 1000, 5000])
    assert pools(run)[:2] == ["llm", "burst"]
    assert run.requests["status"].tolist() == ["completed", "completed", "rejected"]
    assert run.requests["reason"][2] == "longer than the model's context or the KV cache"


def test_exactly_the_kv_cache_is_not_too_long():
    world = study(links__wan=BIG_WAN, pools__llm__kv_blocks=10)
    run = sent(world, [0.0, 50.0], input_tokens=[110, 111])
    assert run.requests["status"].tolist() == ["completed", "rejected"]


def test_restricted_data_never_bursts():
    staff = {
        "service": "chat",
        "arrivals": {"kind": "poisson", "rate_rps": 1.0},
        "sizes": {"kind": "constant", "input_tokens": 1, "output_tokens": 1},
    }
    traffic = {"open": staff, "personal": {**staff, "data_class": "personal"}}
    world = hybrid({"queue": 0}, workload__traffic=traffic)
    run = sent(world, [0.01 * i for i in range(200)], traffic=[i % 2 for i in range(200)])
    table = run.requests
    assert set(table["pool"][table["traffic"] == "personal"]) == {"llm"}
    assert (table["pool"][table["traffic"] == "open"] == "burst").sum() > 50
    assert (table["status"] == "completed").all()


def test_data_that_every_site_refuses_is_rejected():
    world = study(sites__room__refuses=["internal"])
    run = sent(world, [0.0, 1.0])
    assert set(run.requests["status"]) == {"rejected"}
    assert set(run.requests["reason"]) == {"data class refused by every site"}
    assert run.requests["pool"].isna().all()


def test_pools_serve_their_services():
    staff = {
        "service": "chat",
        "arrivals": {"kind": "poisson", "rate_rps": 1.0},
        "sizes": {"kind": "constant", "input_tokens": 1, "output_tokens": 1},
    }
    world = hybrid(
        {},
        workload__traffic={"a": staff, "b": {**staff, "service": "code"}},
        pools__burst={**POOL, "machines": "more", "serves": ["code"]},
    )
    run = sent(world, [0.0, 0.0, 1.0, 1.0], traffic=[0, 1, 0, 1])
    assert pools(run) == ["llm", "burst", "llm", "burst"]


def test_the_far_pool_is_reached_over_the_link_of_its_site():
    world = hybrid(
        {"queue": 0},
        sites__far={"kind": "own", "link": "far"},
        links__far={"bandwidth_gbit_per_s": 1e6, "latency_s": 0.5},
    )
    run = sent(world, [0.0] * 2)
    assert pools(run) == ["llm", "burst"]
    assert run.requests["service_far_s"].tolist() == [0, pytest.approx(1.0, abs=1e-6)]


# --- when machines run ----------------------------------------------------------------------


def on_demand(**fields):
    rule = {"kind": "on_demand", "stop_idle_s": 100.0}
    world = {"links__wan": BIG_WAN, "pools__llm__runs": rule, "machines__box__boot_s": 60.0}
    return study(**(world | fields))


def test_a_start_costs_the_boot_and_the_weights_and_idleness_stops_it():
    world = on_demand(storage__array={"bandwidth_gb_per_s": 2, "operations_per_s": 1e9})
    plan = plan_pools(candidate(world))["llm"]
    read_s = plan.weight_bytes / 2e9
    _, last = alone_s(world, "llm", 100, 50)
    run = sent(world, [10.0, 500.0])
    up = 10 + 60 + read_s
    up_again = 500 + 60 + read_s
    assert intervals(run, "box/0") == [
        ("starting", pytest.approx(10), pytest.approx(up)),
        ("reserved", pytest.approx(up), pytest.approx(up + last + 100)),
        ("starting", pytest.approx(500), pytest.approx(up_again)),
        ("reserved", pytest.approx(up_again), pytest.approx(up_again + last + 100)),
    ]
    replica = [state for state, _, _ in intervals(run, "llm/0")]
    assert replica == ["starting", "busy", "idle"] * 2
    assert run.requests["wait_llm_s"].tolist() == [pytest.approx(60 + read_s)] * 2
    assert set(run.usage["why"]) >= {"on demand"}


def test_replicas_of_a_machine_read_their_weights_at_once():
    world = on_demand(
        machines__box__parts={"L40S 48GB": 2},
        pools__llm__replicas=2,
        storage__array={"bandwidth_gb_per_s": 2, "operations_per_s": 1e9},
    )
    plan = plan_pools(candidate(world))["llm"]
    run = sent(world, [0.0])
    (_, _, up), *_ = intervals(run, "box/0")
    assert up == pytest.approx(60 + 2 * plan.weight_bytes / 2e9)


def test_without_storage_only_the_boot_counts():
    run = sent(on_demand(sites__room={"kind": "own"}), [0.0])
    assert intervals(run, "box/0")[0] == (
        "starting", pytest.approx(0, abs=1e-9), pytest.approx(60)
    )  # fmt: skip


def test_a_busy_machine_is_not_stopped():
    world = on_demand(sites__room={"kind": "own"})
    run = sent(world, [90.0 * i for i in range(9)])
    assert [state for state, _, _ in intervals(run, "box/0")] == ["starting", "reserved"]


def test_idle_on_demand_machines_cost_nothing():
    run = sent(hybrid({"queue": 3}, pools__burst__runs={"kind": "on_demand"}), [0.0, 100.0])
    assert set(run.usage["resource"]) == {"box/0", "llm/0"}


def test_bursts_wait_at_the_first_pool_while_the_machine_starts():
    world = hybrid(
        {"queue": 1},
        pools__burst__runs={"kind": "on_demand", "stop_idle_s": 30.0},
        machines__more__boot_s=20.0,
    )
    run = sent(world, [0.0] * 10 + [25.0] * 10)
    assert pools(run)[:10] == ["llm"] * 10
    assert "burst" in pools(run)[10:]
    (_, start, up), *_ = intervals(run, "more/0")
    assert [start, up] == [pytest.approx(0.0, abs=1e-9), pytest.approx(20.0)]


def test_below_the_start_queue_nothing_starts():
    rule = {"kind": "on_demand", "start_queue": 2}
    few = sent(on_demand(pools__llm__runs=rule), [0.0, 1.0])
    assert len(few.usage) == 0
    assert set(few.requests["status"]) == {"unfinished"}
    enough = sent(on_demand(pools__llm__runs=rule), [0.0, 1.0, 2.0])
    assert intervals(enough, "box/0")[0][1] == pytest.approx(2.0)
    assert set(enough.requests["status"]) == {"completed"}


def by_hours(*hours, start="mon 00:00", days=1.0, **fields):
    world = {
        "links__wan": BIG_WAN,
        "sites__room": {"kind": "own"},
        "machines__box__boot_s": 300.0,
        "pools__llm__runs": {"kind": "hours", "hours": list(hours)},
        "run__start": start,
        "run__horizon_s": days * 24 * HOUR,
        "run__resolution_s": HOUR,
    }
    return study(**(world | fields))


def test_hours_of_the_week():
    world = by_hours("mon-tue 07:00-19:00", days=3)
    run = sent(world, [8 * HOUR, 20 * HOUR, 50 * HOUR])
    assert intervals(run, "box/0") == [
        ("starting", 7 * HOUR, 7 * HOUR + 300),
        ("reserved", 7 * HOUR + 300, 19 * HOUR),
        ("starting", 31 * HOUR, 31 * HOUR + 300),
        ("reserved", 31 * HOUR + 300, 43 * HOUR),
    ]
    waits = run.requests["wait_llm_s"]
    assert waits[0] == 0
    assert waits[1] == pytest.approx(11 * HOUR + 300)
    assert run.requests["status"][2] == "unfinished"


def test_open_at_the_beginning_needs_no_start():
    run = sent(by_hours("mon 07:00-19:00", start="mon 12:00"), [0.0])
    assert intervals(run, "box/0") == [("reserved", 0, 7 * HOUR)]
    assert run.requests["wait_llm_s"][0] == 0


def test_hours_come_again_every_week():
    run = sent(by_hours("mon 07:00-08:00", days=15), [0.0])
    starts = [since for state, since, _ in intervals(run, "box/0") if state == "starting"]
    assert starts == [7 * HOUR, (168 + 7) * HOUR, (336 + 7) * HOUR]


def test_closing_hours_let_the_running_finish():
    world = by_hours("mon 07:00-08:00", start="mon 07:30")
    _, last = alone_s(world, "llm", 100, 2000)
    run = sent(world, [1795.0], output_tokens=[2000])
    assert run.requests["last_token_s"][0] == pytest.approx(1795 + last)
    assert intervals(run, "box/0") == [("reserved", 0, pytest.approx(1795 + last))]


# --- which replica --------------------------------------------------------------------------


def balanced(name, n=4):
    return study(
        links__wan=BIG_WAN,
        machines__box__count=n,
        pools__llm__replicas=n,
        pools__llm__balancer=name,
    )


def test_round_robin_goes_round():
    run = sent(balanced("round_robin"), [0.01 * i for i in range(12)])
    assert run.requests["replica"].tolist() == [0, 1, 2, 3] * 3


def test_least_outstanding_takes_the_emptiest():
    world = balanced("least_outstanding")
    run = sent(world, [0.0] * 8 + [500.0], output_tokens=[50] * 9)
    assert run.requests["replica"].tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    uneven = sent(world, [0.0, 0.0, 0.0, 0.0, 20.0], output_tokens=[4000, 10, 4000, 4000, 10])
    assert uneven.requests["replica"][4] == 1


def test_power_of_two_is_random_and_avoids_the_fullest():
    run = sent(balanced("power_of_two"), [0.0] * 400)
    counts = run.requests["replica"].value_counts()
    assert len(counts) == 4
    # The better of two keeps the gap small, where pure chance would leave about 9 either way.
    assert counts.max() - counts.min() <= 6
    assert run.requests["replica"].tolist()[:8] != [0, 1, 2, 3] * 2
