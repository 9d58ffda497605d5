"""A machine that is taken back: how its requests go on, and when it starts anew."""

import pytest

from aisim.performance.placement import plan_pools
from tests.simulation.journeys import candidate, intervals, made_alone_s, sent
from tests.simulation.spot import BOOT_S, HOUR, MACHINE, REGION, busy_s, spot, starts, taken

ON_DEMAND = {"kind": "on_demand", "stop_idle_s": 100.0}
DAYTIME = {"kind": "hours", "hours": ["mon-sun 07:00-19:00"]}


def approx(*values):
    return pytest.approx(values, rel=1e-9, abs=1e-9)


# --- one request, by hand -------------------------------------------------------------------


@pytest.mark.parametrize("tokens", [1, 2, 10, 49])
def test_one_request_is_computed_anew_and_goes_on(tokens):
    """Taken back half an iteration after `tokens` of 50 tokens; delivered tokens are kept."""
    world = spot()
    time = plan_pools(candidate(world))["llm"].time
    made, _ = made_alone_s(world, "llm", 100, 50)

    def decode_s(cached):
        return time.tokens_s(1) + cached * time.decode_kv_s

    boundary = made + sum(decode_s(100 + i) for i in range(tokens - 1))
    at = boundary + 0.5 * decode_s(100 + tokens - 1)
    prompt = 100 + tokens
    again = time.mixed_tokens_s(prompt) + time.prompt_s(prompt, 0)
    rest = sum(decode_s(prompt + i) for i in range(49 - tokens))
    run = taken(world, [(at, 0)], [0.0])
    (row,) = run.requests.itertuples()
    last = at + BOOT_S + again + rest
    assert row.last_token_s == pytest.approx(last, rel=1e-9)
    assert row.wait_llm_s == pytest.approx(BOOT_S, rel=1e-9)
    assert row.preemptions == 1
    late = time.host.delay_iterations / 49
    assert row.first_token_s == pytest.approx(made + late * (last - made - BOOT_S), rel=1e-9)
    assert busy_s(run) == pytest.approx(last - BOOT_S, rel=1e-9)
    assert busy_s(run) > busy_s(sent(world, [0.0]))


def test_another_machine_takes_over_at_once():
    run = taken(spot(machines=2), [(0.5, 0)], [0.0])
    row = run.requests.iloc[0]
    assert (row["replica"], row["preemptions"]) == (1, 1)
    assert row["wait_llm_s"] == 0
    assert row["dispatched_s"] == row["scheduled_s"] < 0.5


def test_the_waiting_keep_their_place_and_their_waits():
    """One at a time: the one that runs comes first again, then those that wait, as they came."""
    world = spot(pools__llm__max_sequences=1)
    arrivals = [0.0, 0.1, 0.2, 0.3]
    plain, run = sent(world, arrivals), taken(world, [(0.5, 0)], arrivals)
    assert run.requests["last_token_s"].is_monotonic_increasing
    assert run.requests["preemptions"].tolist() == [1, 0, 0, 0]
    waited = run.requests["wait_llm_s"] - plain.requests["wait_llm_s"]
    assert (waited >= BOOT_S - 1e-9).all()
    served = run.requests["service_llm_s"] - plain.requests["service_llm_s"]
    assert served.iloc[1:].tolist() == approx(0, 0, 0)


# --- when it starts anew --------------------------------------------------------------------


def test_always_starts_at_once_and_pays_for_it():
    """With boot and weights; the storage has one reader."""
    world = spot(
        sites__room={**REGION, "storage": "array"},
        storage__array={"bandwidth_gb_per_s": 2, "operations_per_s": 1e9},
    )
    read_s = plan_pools(candidate(world))["llm"].weight_bytes / 2e9
    run = taken(world, [(100.0, 0), (300.0, 0)], [5.0])
    up = 100 + BOOT_S + read_s
    again = 300 + BOOT_S + read_s
    states, begins, ends = zip(*intervals(run, "box/0"), strict=True)
    assert states == ("reserved", "starting", "reserved", "starting", "reserved")
    assert begins == approx(0, 100, up, 300, again)
    assert ends == approx(100, up, 300, again, run.end_s)
    assert starts(run, "reclaimed") == run.reclaims == 2


def test_taken_back_while_it_starts_it_boots_from_the_beginning():
    run = taken(spot(), [(100.0, 0), (130.0, 0)], [100.5])
    states, begins, ends = zip(*intervals(run, "box/0"), strict=True)
    assert states == ("reserved", "starting", "starting", "reserved")
    assert begins == approx(0, 100, 130, 130 + BOOT_S)
    assert ends[:3] == approx(100, 130, 130 + BOOT_S)
    assert run.requests["wait_llm_s"][0] == pytest.approx(130 + BOOT_S - 100.5)


def test_taken_back_while_it_reads_its_weights():
    world = spot(
        sites__room={**REGION, "storage": "array"},
        storage__array={"bandwidth_gb_per_s": 2, "operations_per_s": 1e9},
    )
    run = taken(world, [(100.0, 0), (162.0, 0)], [0.0, 120.0])
    read_s = plan_pools(candidate(world))["llm"].weight_bytes / 2e9
    states, begins, _ = zip(*intervals(run, "box/0"), strict=True)
    assert states == ("reserved", "starting", "starting", "reserved")
    assert begins == approx(0, 100, 162, 162 + BOOT_S + read_s)


def test_a_start_that_was_broken_off_while_it_booted_reads_no_weights():
    world = spot(
        sites__room={**REGION, "storage": "array"},
        storage__array={"bandwidth_gb_per_s": 2, "operations_per_s": 1e9},
    )
    run = taken(world, [(100.0, 0), (101.0, 0)], [0.0, 120.0])
    read_s = plan_pools(candidate(world))["llm"].weight_bytes / 2e9
    assert intervals(run, "box/0")[-1][1] == pytest.approx(101 + BOOT_S + read_s)


def test_on_demand_starts_anew_when_it_is_wanted():
    """Taken back while it serves, it is wanted at once; taken back idle, with the next request."""
    rule = {"pools__llm__runs": ON_DEMAND}
    serving = taken(spot(**rule), [(BOOT_S + 0.5, 0)], [0.0])
    states, begins, _ = zip(*intervals(serving, "box/0"), strict=True)
    assert states == ("starting", "reserved", "starting", "reserved")
    assert begins == approx(0, BOOT_S, BOOT_S + 0.5, 2 * BOOT_S + 0.5)
    assert (starts(serving, "on demand"), starts(serving, "reclaimed")) == (1, 1)
    idle = taken(spot(**rule), [(BOOT_S + 50, 0)], [0.0, 500.0])
    states, begins, ends = zip(*intervals(idle, "box/0"), strict=True)
    assert states == ("starting", "reserved", "starting", "reserved")
    assert begins == approx(0, BOOT_S, 500, 500 + BOOT_S)
    assert ends[1] == pytest.approx(BOOT_S + 50)
    assert (starts(idle, "on demand"), starts(idle, "reclaimed")) == (2, 0)


def by_hours(at_s, arrival_s, **fields):
    day = {"run__start": "mon 00:00", "run__horizon_s": 48 * HOUR, "run__resolution_s": HOUR}
    return taken(spot(pools__llm__runs=DAYTIME, **day, **fields), at_s, arrival_s)


def test_by_hours_it_starts_anew_while_the_pool_is_open():
    run = by_hours([(10 * HOUR, 0), (20 * HOUR, 0)], [12 * HOUR])
    states, begins, ends = zip(*intervals(run, "box/0"), strict=True)
    assert states == ("starting", "reserved") * 3
    opens = (7 * HOUR, 10 * HOUR, 31 * HOUR)
    assert begins[::2] == opens
    assert begins[1::2] == approx(*(at + BOOT_S for at in opens))
    assert ends[1::2] == (10 * HOUR, 19 * HOUR, 43 * HOUR)
    assert run.reclaims == 1


def test_taken_back_while_draining_its_requests_wait_for_the_morning():
    closes = 19 * HOUR
    run = by_hours([(closes + 0.5, 0)], [closes - 0.1])
    assert [end for _, _, end in intervals(run, "box/0")][1] == pytest.approx(closes + 0.5)
    row = run.requests.iloc[0]
    assert row["wait_llm_s"] == pytest.approx(12 * HOUR + BOOT_S - 0.5)
    assert row["status"] == "completed"


def test_what_is_held_at_the_end_of_a_run_is_counted_with_the_tokens_that_it_has():
    closes = (24 + 19) * HOUR
    run = by_hours([(closes + 0.5, 0)], [closes - 0.1])
    assert run.requests["status"].tolist() == ["unfinished"]


def test_taken_back_while_starting_after_closing_time_it_stays_off():
    run = by_hours([(19 * HOUR + 5, 0)], [12 * HOUR], machines__box__boot_s=13 * HOUR)
    states, begins, ends = zip(*intervals(run, "box/0"), strict=True)
    assert states[0] == "starting"
    assert (begins[0], ends[0]) == approx(7 * HOUR, 19 * HOUR + 5)
    assert begins[1] == pytest.approx(31 * HOUR)


# --- machines that pools share --------------------------------------------------------------


def shared(**fields):
    """Two models on the GPUs of one machine."""
    traffic = {
        "service": "chat",
        "arrivals": {"kind": "poisson", "rate_rps": 1.0},
        "sizes": {"kind": "constant", "input_tokens": 1, "output_tokens": 1},
    }
    return spot(
        machines__box={**MACHINE, "instance": "g6e.12xlarge"},
        pools__small={"machines": "box", "model": "llama-3.2-1b", "serves": ["code"]},
        path__answering={"kind": "serve", "pools": ["llm", "small"]},
        workload__traffic={"chat": traffic, "code": {**traffic, "service": "code"}},
        **fields,
    )


def test_each_pool_sends_to_its_own_replicas():
    run = sent(shared(), [0.0] * 40, traffic=[0] * 20 + [1] * 20)
    assert set(run.requests["replica"]) == {0}
    last = run.requests.groupby("pool", observed=True)["last_token_s"].max()
    assert last["small"] < 0.5 * last["llm"]


def test_a_shared_machine_starts_once_for_all_and_reads_what_each_needs():
    world = shared(
        sites__room={**REGION, "storage": "array"},
        storage__array={"bandwidth_gb_per_s": 2, "operations_per_s": 1e9},
    )
    run = taken(world, [(0.2, 0)], [0.0] * 40, traffic=[0, 1] * 20)
    plans = plan_pools(candidate(world)).values()
    read_s = sum(plan.weight_bytes for plan in plans) / 2e9
    _, (state, begin, up), *_ = intervals(run, "box/0")
    assert (state, begin, up) == ("starting", 0.2, pytest.approx(0.2 + BOOT_S + read_s))
    assert run.reclaims == starts(run, "reclaimed") == 1
    assert (run.requests["status"] == "completed").all()
