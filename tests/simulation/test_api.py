"""How long an external API takes, and who reads its runs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest, lognorm

import aisim
from aisim.catalog.api_speeds import api_speed
from aisim.results import bottleneck, figures, latency_quantiles, levels, time_spent
from aisim.results.tables import Columns
from aisim.scenario import parse_study
from aisim.simulation import simulate
from aisim.simulation.saturation import saturation_rps
from tests.scenario.small import put, small
from tests.simulation.apis import (
    ANSWER_S,
    GPT,
    SITES,
    SPREADS,
    alone,
    columns,
    counted,
    hybrid,
    limited,
)
from tests.simulation.journeys import candidate, requests, sent


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
    assert [row["first_token_s"], row["last_token_s"]] == [pytest.approx(0.5)] * 2


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
    beside = hybrid(["gpt", "llm"], apis__gpt={**GPT, **SPREADS}, apis__other=GPT)
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
    row = api_speed("openai", "gpt-5-mini")
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
    often = {"run__resolution_s": 1.0}
    world = alone(apis__gpt__requests_per_minute=30, **often)
    run = sent(world, np.arange(0.0, 100, 0.5).tolist())
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
    found = bottleneck(replace(run, rows=Columns.of(late)))
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
