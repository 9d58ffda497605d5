"""An external API beside a pool: which of them is asked, and when."""

import numpy as np

from tests.simulation.apis import GPT, SPREADS, STAFF, alone, counted, hybrid, pools
from tests.simulation.journeys import sent


def test_above_the_burst_limit_the_api_takes_over():
    run = sent(hybrid(["llm", "gpt"], {"queue": 2}), [0.0] * 20)
    assert pools(run) == ["llm"] * 3 + ["gpt"] * 17
    assert counted(run)["completed"] == 20


def test_without_limits_nothing_goes_on():
    assert set(pools(sent(hybrid(["llm", "gpt"]), [0.0] * 40))) == {"llm"}


def test_while_no_machine_is_up_the_api_answers():
    rule = {"kind": "on_demand", "stop_idle_s": 600.0}
    world = hybrid(["llm", "gpt"], {"queue": 0}, pools__llm__runs=rule, machines__box__boot_s=30.0)
    run = sent(world, [0.0, 100.0])
    assert pools(run) == ["gpt", "llm"]


def test_what_the_rate_limit_turns_away_goes_to_the_own_pool():
    world = hybrid(["gpt", "llm"], apis__gpt__requests_per_minute=5)
    run = sent(world, [0.0] * 20)
    assert pools(run) == ["gpt"] * 5 + ["llm"] * 15
    assert run.apis["gpt"].retries == 0
    assert counted(run)["completed"] == 20


def test_where_all_are_full_the_shorter_queue_takes_it():
    """Four to the pool, four to the API, then each a retry at the API until as many wait there."""
    limit = {"requests_per_minute": 4, "retries": {"tries": 12}}
    run = sent(hybrid(["llm", "gpt"], {"queue": 3}, apis__gpt=GPT | limit), [0.0] * 24)
    assert counted(run)["completed"] == 24
    # From then on they take turns, the pool first.
    assert pools(run) == ["llm"] * 4 + ["gpt"] * 8 + ["llm", "gpt"] * 6
    assert run.apis["gpt"].retries > 0


def test_personal_data_never_goes_to_a_site_that_refuses_it():
    traffic = {"open": STAFF, "personal": {**STAFF, "data_class": "personal"}}
    world = hybrid(["llm", "gpt"], {"queue": 0}, workload__traffic=traffic)
    run = sent(world, [0.01 * i for i in range(200)], traffic=[i % 2 for i in range(200)])
    table = run.requests
    assert set(table["pool"][table["traffic"] == "personal"]) == {"llm"}
    assert (table["pool"][table["traffic"] == "open"] == "gpt").sum() > 50
    only = alone(workload__traffic={"personal": traffic["personal"]})
    assert set(sent(only, [0.0]).requests["reason"]) == {"data class refused by every site"}


def test_waits_and_services_add_up_in_a_hybrid():
    dice = np.random.default_rng(1)
    n = 400
    world = hybrid(
        ["llm", "gpt"],
        {"queue": 4},
        apis__gpt={**GPT, **SPREADS, "requests_per_minute": 60, "retries": {"tries": 9}},
        sites__provider__link="internet",
        links__internet={"bandwidth_gbit_per_s": 0.01, "latency_s": 0.04},
        links__wan={"bandwidth_gbit_per_s": 0.01, "latency_s": 0.02},
        pools__llm__kv_blocks=400,
    )
    run = sent(
        world,
        np.sort(dice.uniform(0, 60, n)).tolist(),
        input_tokens=dice.integers(1, 2000, n),
        output_tokens=dice.integers(1, 400, n),
    )
    rows = run.requests
    assert counted(run)["completed"] == n
    assert set(pools(run)) == {"llm", "gpt"}
    parts = [f"{part}_{name}_s" for part in ("wait", "service") for name in run.components]
    total = rows["last_token_s"] - rows["arrival_s"]
    np.testing.assert_allclose(rows[parts].sum(axis=1), total, rtol=0, atol=1e-8)
    order = ["arrival_s", "dispatched_s", "scheduled_s", "first_token_s", "last_token_s"]
    assert (np.diff(rows[order].to_numpy(), axis=1) >= -1e-9).all()
    assert (rows["wait_gpt_s"] > 1).any()
    assert list(run.components) == ["wan", "llm", "internet", "gpt", "array"]
    assert run.components["gpt"] == "api"
