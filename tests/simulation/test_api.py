"""External APIs: how long they take, what their rate limits let in, and who overflows to them."""

import numpy as np
import pytest
from scipy.stats import kstest, lognorm

import aisim
from aisim.results import bottleneck, figures, latency_quantiles, levels, time_spent
from aisim.scenario import parse_study
from aisim.simulation import simulate
from aisim.simulation.saturation import saturation_rps
from tests.scenario.small import put, small
from tests.simulation.journeys import BIG_WAN, candidate, requests, sent, study

SITES = {
    "room": {"kind": "own"},
    "provider": {"kind": "api", "provider": "openai", "refuses": ["personal"]},
}
GPT = {
    "site": "provider",
    "model": "gpt-5-mini",
    "serves": ["chat"],
    "ttft_s": {"median": 0.5, "p95": 0.5},
    "token_s": {"median": 0.01, "p95": 0.01},
}
STAFF = {
    "service": "chat",
    "arrivals": {"kind": "poisson", "rate_rps": 1.0},
    "sizes": {"kind": "constant", "input_tokens": 1, "output_tokens": 1},
}
#: Seconds of 50 tokens by the API above.
ANSWER_S = 0.5 + 49 * 0.01


def hybrid(order, burst=None, **fields):
    """Pool and API in an order of preference; `fields` of the candidate as in `study`."""
    path = {
        "office": {"kind": "transfer", "link": "wan"},
        "answering": {"kind": "serve", "pools": order, "burst": burst or {}},
    }
    world = {"sites": SITES, "links__wan": BIG_WAN, "apis__gpt": dict(GPT), "path": path}
    return study(**(world | fields))


def alone(**fields):
    """A candidate that has nothing but an API."""
    return hybrid(["gpt"], **({"pools": {}, "machines": {}, "storage": {}} | fields))


def limited(**fields):
    """An API alone, with these fields of its own."""
    return alone(**{f"apis__gpt__{name}": value for name, value in fields.items()})


def columns(run, *names):
    return [run.requests[name].tolist() for name in names]


def pools(run):
    return run.requests["pool"].astype(object).tolist()


def counted(run):
    counts = figures(run)["requests"]
    arrived = counts.pop("arrived")
    assert arrived == sum(counts.values()) == len(run.requests)
    return counts


# --- times ----------------------------------------------------------------------------------


def test_first_and_last_token_of_an_api_without_spread():
    run = sent(alone(links__wan={"bandwidth_gbit_per_s": 1e6, "latency_s": 0.25}), [3.0, 3.0])
    row = run.requests.iloc[1]
    assert row["status"] == "completed"
    assert row["dispatched_s"] == pytest.approx(3.25)
    assert row["first_token_s"] == pytest.approx(3.0 + 0.25 + 0.5 + 0.25)
    assert row["last_token_s"] == pytest.approx(3.0 + 0.25 + ANSWER_S + 0.25)
    assert row["service_gpt_s"] == pytest.approx(ANSWER_S)
    assert [row["wait_gpt_s"], row["pool"], row["replica"]] == [0, "gpt", -1]


def test_answers_stream_back_over_the_link_of_the_site():
    """50 tokens of 20 kB take 4 s of 2 Mbit/s from the first token on."""
    far = {**SITES, "provider": {"kind": "api", "provider": "openai", "link": "internet"}}
    world = alone(
        sites=far,
        links__internet={"bandwidth_gbit_per_s": 0.002, "latency_s": 0.0},
        workload__traffic__staff__answer_bytes_per_token=20_000,
        workload__traffic__staff__prompt_bytes_per_token=0,
    )
    row = sent(world, [0.0]).requests.iloc[0]
    assert row["first_token_s"] == pytest.approx(0.5)
    assert row["last_token_s"] == pytest.approx(0.5 + 4.0)
    assert row["wait_internet_s"] == pytest.approx(0.5 + 4.0 - ANSWER_S)


def test_an_answer_of_one_token_ends_with_its_first():
    row = sent(alone(), [0.0], output_tokens=[1]).requests.iloc[0]
    assert row["first_token_s"] == row["last_token_s"] == pytest.approx(0.5)


SPREADS = {"ttft_s": {"median": 0.6, "p95": 2.4}, "token_s": {"median": 0.012, "p95": 0.02}}


def test_times_are_log_normal_and_independent():
    """Kolmogorov and Smirnov at 1 %; median and p95 of 4,000 requests within their intervals."""
    n = 4000
    run = sent(limited(**SPREADS), np.linspace(0, 900, n).tolist())
    arrival, first, last = (np.array(c) for c in columns(
        run, "arrival_s", "first_token_s", "last_token_s"))  # fmt: skip
    found = {"ttft_s": first - arrival, "token_s": (last - first) / 49}
    for name, values in found.items():
        median, p95 = SPREADS[name]["median"], SPREADS[name]["p95"]
        sigma = np.log(p95 / median) / 1.644854
        assert kstest(values, lognorm(sigma, scale=median).cdf).pvalue > 0.01
        for share, truth in ((0.5, median), (0.95, p95)):
            # The share below a quantile is binomial: four standard deviations.
            half = 4 * np.sqrt(share * (1 - share) / n)
            assert np.mean(values < truth) == pytest.approx(share, abs=half)
    logs = [np.log(values) for values in found.values()]
    assert abs(np.corrcoef(*logs)[0, 1]) < 4 / np.sqrt(n)


def test_the_same_seed_is_the_same_run_bit_for_bit():
    world = limited(**SPREADS, requests_per_minute=120)
    arrivals = np.linspace(0, 60, 300).tolist()
    first, second = (sent(world, arrivals) for _ in range(2))
    assert first.requests.equals(second.requests)
    assert first.series.equals(second.series)
    assert first.apis == second.apis


def test_common_random_numbers_beside_other_pools_and_other_times():
    table = [0.0, 5.0, 10.0, 15.0]
    plain = limited(**SPREADS)
    beside = hybrid(["gpt", "llm"], apis__gpt={**GPT, **SPREADS}, apis__other=dict(GPT))
    slower = limited(**SPREADS | {"ttft_s": {"median": 1.2, "p95": 4.8}})
    runs = [sent(world, table) for world in (plain, beside, slower)]
    services = [np.array(run.requests["service_gpt_s"]) for run in runs]
    firsts = [np.array(r.requests["first_token_s"] - r.requests["arrival_s"]) for r in runs]
    assert services[0].tolist() == services[1].tolist()
    np.testing.assert_allclose(firsts[2], 2 * firsts[0])
    assert len(set(firsts[0])) == 4


def test_another_seed_draws_other_times():
    world = limited(**SPREADS)
    table = requests(world, [0.0])
    first, second = (simulate(candidate(world), table, seed, saturate=False) for seed in (1, 2))
    assert first.requests["first_token_s"][0] != second.requests["first_token_s"][0]


def test_left_out_times_are_those_of_the_catalog_and_the_run_says_so():
    catalog = {**GPT, "ttft_s": None, "token_s": None}
    run = sent(alone(apis__gpt=catalog), [0.0] * 500)
    row = aisim.catalog.api_speeds.api_speed("openai", "gpt-5-mini")
    ttft = run.requests["first_token_s"] - run.requests["arrival_s"]
    assert ttft.median() == pytest.approx(row.ttft_p50_s, rel=0.15)
    assert ttft.quantile(0.95) == pytest.approx(row.ttft_p95_s, rel=0.25)
    slowest = ((run.requests["last_token_s"] - run.requests["first_token_s"]) / 49).quantile(0.95)
    assert slowest == pytest.approx(1 / row.tokens_per_s_p5, rel=0.15)
    (note,) = run.notes
    assert row.source in note
    assert row.quality in note
    assert "does not depend on this load" in note
    (declared,) = sent(alone(), [0.0]).notes
    assert "as declared" in declared


# --- rate limits ----------------------------------------------------------------------------


def test_below_the_limit_nothing_is_sent_again():
    run = sent(limited(requests_per_minute=60), np.arange(0.0, 600, 1.0).tolist())
    assert counted(run)["completed"] == 600
    assert run.apis["gpt"].retries == 0
    assert run.requests["wait_gpt_s"].sum() == 0


@pytest.mark.parametrize(
    "limit", [{"requests_per_minute": 30}, {"tokens_per_minute": 30 * 150}], ids=["rpm", "tpm"]
)
def test_above_the_limit_as_many_complete_as_it_lets_in(limit):
    """A minute's worth at once and then the limit: theory, at twice the limit over 30 minutes."""
    minutes, n = 30, 1800
    world = limited(**limit)
    long = world.model_copy(
        update={"run": world.run.model_copy(update={"horizon_s": minutes * 60.0})}
    )
    run = sent(long, np.arange(0.0, n, 1.0).tolist())
    accepted = np.sort(run.requests["dispatched_s"].dropna())
    within = int((accepted < minutes * 60).sum())
    assert within == pytest.approx(30 + 30 * minutes, abs=2)
    by_minute = np.histogram(accepted, bins=np.arange(120.0, minutes * 60 + 1, 60))[0]
    assert by_minute.mean() == pytest.approx(30, abs=0.5)
    done = np.sort(run.requests["last_token_s"].dropna())
    assert ((done > 300) & (done <= 1500)).sum() == pytest.approx(30 * 20, abs=10)
    counts = counted(run)
    assert counts["failed"] > 600
    assert counts["unfinished"] == 0


def test_no_minute_sees_more_than_twice_the_limit_nor_two_more_than_three_times():
    run = sent(limited(requests_per_minute=20), np.arange(0.0, 600, 0.5).tolist())
    accepted = np.sort(run.requests["dispatched_s"].dropna())
    for minutes in (1, 2, 5):
        ends = np.searchsorted(accepted, accepted + 60 * minutes)
        assert (ends - np.arange(len(accepted))).max() <= 20 * (minutes + 1) + 1


def test_a_429_waits_twice_as_long_each_time_and_up_to_a_half_more():
    """One request a minute: the second is sent until the bucket has filled, 60 s later."""
    retries = {"tries": 20, "first_wait_s": 1.0}
    run = sent(limited(requests_per_minute=1, retries=retries), [0.0, 0.0])
    wait = run.requests["wait_gpt_s"][1]
    # 1 + 2 + 4 + ... + 2^(n-1) = 2^n - 1 seconds, half as long again at most.
    n = run.apis["gpt"].retries
    assert wait >= 60
    assert 2**n - 1 <= wait <= 1.5 * (2**n - 1)
    assert run.requests["dispatched_s"][1] == pytest.approx(wait)
    assert run.apis["gpt"].sent == 2


def test_more_tries_leave_the_earlier_waits_as_they_are():
    few, many = (
        sent(limited(requests_per_minute=10, retries={"tries": tries}), [0.0] * 30)
        for tries in (4, 9)
    )
    same = (few.requests["status"] == "completed").to_numpy()
    assert 10 <= same.sum() < 30
    first = few.requests["wait_gpt_s"][same], many.requests["wait_gpt_s"][same]
    assert first[0].tolist() == first[1].tolist()


def test_after_the_last_try_the_request_has_failed():
    retries = {"tries": 3, "first_wait_s": 0.5}
    run = sent(limited(requests_per_minute=2, retries=retries), [0.0] * 10)
    assert counted(run) == {"completed": 2, "rejected": 0, "failed": 8, "unfinished": 0}
    assert set(run.requests["reason"][2:]) == {"429: rate limit of gpt after 3 tries"}
    facts = run.apis["gpt"]
    assert (facts.site, facts.provider, facts.model) == ("provider", "openai", "gpt-5-mini")
    assert (facts.processing, facts.sent, facts.retries) == ("standard", 10, 24)
    waits = run.requests["wait_gpt_s"][2:]
    assert waits.between(0.5 + 1, 1.5 * (0.5 + 1)).all()
    found = figures(run)
    assert found["failures"] == {"429: rate limit of gpt after 3 tries": 8}
    assert found["apis"] == {"gpt": {"sent": 10, "retries": 24}}
    assert found["slo_attainment"] == pytest.approx(0.2)
    assert found["rejections"] == {}


def test_a_failed_request_lets_those_that_waited_for_it_come():
    run = sent(
        limited(requests_per_minute=1, retries={"tries": 1}), [0.0, 0.0, 0.0],
        parent_id=[-1, -1, 1], gap_s=[0.0, 0.0, 100.0],
    )  # fmt: skip
    assert run.requests["status"].tolist() == ["completed", "failed", "completed"]
    assert run.requests["arrival_s"][2] == 100.0


def test_both_limits_hold():
    both = limited(requests_per_minute=4, tokens_per_minute=450, retries={"tries": 1})
    long = sent(both, [0.0] * 5)  # 150 tokens each
    assert counted(long)["completed"] == 3
    short = sent(both, [0.0] * 5, input_tokens=[1] * 5, output_tokens=[1] * 5)
    assert counted(short)["completed"] == 4


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"tokens_per_minute": 149}, "more tokens than the rate limit of gpt lets in"),
        ({"max_context": 149}, "longer than the context of gpt"),
    ],
)
def test_what_is_too_long_is_rejected(limit, reason):
    run = sent(limited(**limit), [0.0, 1.0], input_tokens=[100, 99])
    assert run.requests["status"].tolist() == ["rejected", "completed"]
    assert run.requests["reason"][0].startswith(reason)


def test_the_context_of_genai_prices_is_the_longest_request():
    run = sent(alone(), [0.0, 0.0], input_tokens=[400_000 - 50, 400_000 - 49])
    assert run.requests["status"].tolist() == ["completed", "rejected"]


# --- with pools of one's own ----------------------------------------------------------------


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
    """Sixteen wait in all: the API holds one retry for each that waits at the one replica."""
    world = hybrid(["llm", "gpt"], {"queue": 3}, apis__gpt__requests_per_minute=4)
    run = sent(world, [0.0] * 24)
    assert counted(run)["completed"] == 24
    assert pools(run).count("llm") == pytest.approx(pools(run).count("gpt") - 4, abs=4)
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


# --- who reads the run ----------------------------------------------------------------------


def test_an_api_alone_has_figures_and_no_gpus():
    world = alone()
    run = sent(world, [0.0, 1.0, 2.0])
    found = figures(run)
    assert found["utilisation"] == {}
    assert found["saturation_rps"] is None
    assert not found["overloaded"]
    assert run.pools == {}
    assert len(run.usage) == 0
    assert found["bottleneck"]["component"] == "gpt"
    assert found["bottleneck"]["reason"].startswith("service itself is 100%")
    assert np.isnan(levels(run)["gpu_busy"]).all()
    assert latency_quantiles(run)["ttft_s"][50] == pytest.approx(0.5)
    spent = time_spent(run).set_index(["component", "part"])["seconds"]
    assert spent["gpt", "service"] == pytest.approx(ANSWER_S)


@pytest.mark.parametrize("world", [alone(), hybrid(["llm", "gpt"], {"queue": 1})])
def test_the_rate_of_a_provider_is_not_simulated(world):
    assert saturation_rps(candidate(world), requests(world, [0.0] * 10), 1) is None


def test_an_api_that_is_never_asked_leaves_the_saturation_as_it_is():
    plain, beside = hybrid(["llm"], apis={}), hybrid(["llm"])
    rates = [saturation_rps(candidate(w), requests(w, [0.0] * 10), 1) for w in (plain, beside)]
    assert rates[0] == rates[1] is not None


def test_waiting_after_429s_is_the_bottleneck_and_is_seen_over_time():
    run = sent(limited(requests_per_minute=30), np.arange(0.0, 100, 0.5).tolist())
    found = bottleneck(run)
    assert found.component == "gpt"
    assert found.reason.startswith("waiting for the API gpt is ")
    assert f"{run.apis['gpt'].retries:,} sends" in found.reason
    assert run.series["gpt.waiting"].max() > 5
    assert levels(run)["waiting"].max() >= run.series["gpt.waiting"].max()
    assert run.series["gpt.in_flight"].max() >= 1


def test_where_all_fail_the_api_is_said_to_limit():
    retries = {"tries": 2, "first_wait_s": 0.001}
    run = sent(limited(tokens_per_minute=150, retries=retries), [0.0] * 9, input_tokens=[100] * 9)
    late = run.requests.iloc[1:]
    assert (late["status"] == "failed").all()
    from dataclasses import replace

    found = bottleneck(replace(run, requests=late))
    assert found.component == "gpt"
    assert "429: rate limit of gpt after 2 tries" in found.reason


def test_stopped_while_it_answers_or_waits_the_counts_balance():
    world = limited(requests_per_minute=60, ttft_s={"median": 5.0, "p95": 50.0})
    table = requests(world, np.arange(0.0, 300, 0.5).tolist())
    seen: list[float] = []
    run = simulate(
        candidate(world), table, 1, saturate=False,
        on_progress=seen.append, cancelled=lambda: seen[-1] > 0.1,
    )  # fmt: skip
    assert run.partial
    assert counted(run)["unfinished"] > 5


def test_a_study_with_an_api_is_compared():
    data = small()
    put(data, "run.horizon_s", 300.0)
    site = data["candidates"]["site"]
    bought = {
        "sites": {"provider": {"kind": "api", "provider": "openai"}},
        "apis": {"gpt": {"site": "provider", "model": "gpt-5-mini", "serves": ["chat"]}},
        "links": site["links"],
        "path": {
            "office": {"kind": "transfer", "link": "wan"},
            "answering": {"kind": "serve", "pools": ["gpt"]},
        },
    }
    data["candidates"]["bought"] = bought
    answer = aisim.compare(parse_study(data)).answer()
    found = answer["candidates"]["bought"]
    assert found["gpus"] == {"in_machines": 0, "in_replicas": 0}
    assert found["requests"]["completed"] == found["requests"]["arrived"] > 200
    assert found["requests"]["arrived"] == answer["candidates"]["site"]["requests"]["arrived"]
