"""Tokens of an API: read from its cache, written to it, and what of them is idle (nothing)."""

from datetime import UTC, datetime

import pytest

from aisim import compare
from aisim.cost.bill import bill_of
from aisim.cost.charges import prices_in_use
from aisim.cost.prices import Prices
from aisim.cost.tariff import tariff_rows
from aisim.cost.tokens import ApiUse, Tokens, api_use
from aisim.cost.used import Served, Used, standing_use
from aisim.scenario import InvalidStudy, parse_study
from aisim.scenario.economics import Economics
from tests.cost.hand import candidate_of
from tests.small import small_data

HAIKU = ("anthropic", "claude-haiku-4-5")
#: Noon of the first Monday of the ledger.
NOON = datetime(2027, 1, 4, 12, tzinfo=UTC).timestamp()
PATH = "candidates.rented.apis.haiku"


def study(**api):
    data = small_data()
    data["candidates"] = {
        "rented": {
            "sites": {"vendor": {"kind": "api", "provider": HAIKU[0]}},
            "apis": {"haiku": {"site": "vendor", "model": HAIKU[1], "serves": ["chat"], **api}},
            "path": {"serving": {"kind": "serve", "pools": ["haiku"]}},
        }
    }
    return parse_study(data, "study.yaml")


def rates():
    return {row.name: row.usd_per_mtok for row in tariff_rows(*HAIKU, NOON)}


@pytest.mark.parametrize(("cached", "written"), [(0.0, 0.0), (0.5, 0.0), (0.3, 0.2), (0.4, 0.6)])
def test_a_prompt_is_new_read_or_written(cached, written):
    """300 tokens of each prompt: every sort of them at its own price, none of them twice."""
    asked = study(cached_share=cached, cache_written_share=written)
    run = compare(asked).runs["rented"]
    use = api_use(run, asked.candidates["rented"], "haiku", asked.economics)
    last = run.requests["last_token_s"]
    month = int(last.between(120, 1320).sum()) * 730 * 3600 / 1200 / 1e6
    rate = rates()
    expected = {
        "input tokens": (300 * (1 - cached - written), rate["input"]),
        "cached input tokens": (300 * cached, rate["cached input"]),
        "input tokens written to the cache": (300 * written, rate["cache write"]),
        "output tokens": (50, rate["output"]),
    }
    found = {tokens.name: (tokens.millions, tokens.usd) for tokens in use.tokens}
    assert found == {
        name: (pytest.approx(count * month), pytest.approx(count * month * usd))
        for name, (count, usd) in expected.items()
        if round(count)
    }


def test_more_than_the_whole_prompt():
    with pytest.raises(InvalidStudy) as caught:
        study(cached_share=0.6, cache_written_share=0.5)
    (fault,) = caught.value.faults
    assert fault.path == PATH
    assert "cached_share and cache_written_share are more than the whole prompt" in fault.problem
    assert study(cached_share=0.5, cache_written_share=0.5)
    assert study(cached_share=0.7, cache_written_share=0.3)


@pytest.mark.parametrize("given", [-0.1, 1.1])
def test_a_share_that_is_none(given):
    with pytest.raises(InvalidStudy) as caught:
        study(cache_written_share=given)
    assert [fault.path for fault in caught.value.faults] == [f"{PATH}.cache_written_share"]


def test_no_token_is_idle():
    """Machines beside the API stand idle for three quarters; its tokens are asked for."""
    data = small_data()
    mixed, api = data["candidates"]["rented"], study().model_dump(mode="json")
    asked = api["candidates"]["rented"]
    mixed["sites"] |= asked["sites"]
    mixed["apis"] = asked["apis"]
    mixed["path"]["serving"]["pools"] = ["pool", "haiku"]
    candidate = parse_study(data).candidates["rented"]
    tokens = ApiUse((Tokens("output tokens", 20.0, 100.0),), "a list")
    served = Served(output_tokens=3e7, egress_gb={"region": 1000.0})
    machines = standing_use(candidate, 0.25).groups
    use = Used(machines, {"haiku": tokens}, served)
    account = bill_of(use, candidate, Prices.of(Economics()))
    hours = 730 * next(c.unit_price_usd for c in account.charges if c.unit == "machine-hour")
    assert account.usd_per_month == pytest.approx(hours + 100 + 90)
    assert {c.resource.partition(":")[0] for c in account.charges if c.by_traffic} == {
        "haiku",
        "region",
    }
    assert account.busy_usd_per_month == pytest.approx(hours / 4 + 100 + 90)
    assert account.busy_usd_per_million_output_tokens == account.busy_usd_per_month / 30


def test_prices_in_use_have_the_tariff_and_the_cost_of_capital():
    """Of an API nothing was used yet: its list says what it would cost."""
    candidate = study(processing="standard").candidates["rented"]
    found = {price.key: price for price in prices_in_use(candidate, Economics())}
    at = "api / anthropic / claude-haiku-4-5 / standard / "
    tariff = {key.removeprefix(at): p for key, p in found.items() if key.startswith(at)}
    assert {name.removesuffix(" tokens"): p.value for name, p in tariff.items()} == rates()
    assert {(p.unit, p.quality) for p in tariff.values()} == {("million tokens", "vendor list")}
    assert set(found) - {at + name for name in tariff} == {"opex / finance / WACC / US/EU"}
    given = prices_in_use(candidate_of("rented"), Economics(discount_rate=0.07))
    (rate,) = [price for price in given if price.key == "economics.discount_rate"]
    assert (rate.value, rate.quality) == (0.07, "the planner's own")


def test_long_prompts_have_a_tariff_of_their_own():
    data = study().model_dump(mode="json")
    chosen = data["candidates"]["rented"]
    chosen["sites"]["vendor"]["provider"] = "openai"
    chosen["apis"]["haiku"]["model"] = "gpt-5.5"
    keys = {p.key for p in prices_in_use(parse_study(data).candidates["rented"], Economics())}
    at = "api / openai / gpt-5.5 / standard / input tokens"
    assert {at, f"{at} / from 272,001"} <= keys
