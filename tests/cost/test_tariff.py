"""Prices of API requests as columns, against the library request by request."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import genai_prices
import numpy as np
import pytest
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.unknown import UnknownName
from aisim.cost.tariff import NoSuchTier, Usage, api_usd, tariff_rows

SAMPLE = Path(__file__).resolve().parents[3] / "shared/data/cost/api_prices_sample.csv"
CONTEXTS = {
    "standard": None,
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
}
CASES = [
    ("openai", "gpt-5", "standard"),
    ("openai", "gpt-5.4", "standard"),
    ("openai", "gpt-5.4", "flex"),
    ("openai", "gpt-5.4", "priority"),
    ("openai", "gpt-5.5", "batch"),
    ("openai", "gpt-5.6-terra", "standard"),
    ("google", "gemini-2.5-pro", "standard"),
    ("google", "gemini-2.5-pro", "batch"),
    ("google", "gemini-4-argon", "standard"),
    ("anthropic", "claude-haiku-4-5", "standard"),
    ("anthropic", "claude-haiku-4-5", "batch"),
    ("anthropic", "claude-haiku-5-5", "standard"),
    ("deepseek", "deepseek-v4-pro", "standard"),
    ("deepseek", "deepseek-v4-flash", "standard"),
    ("mistral", "mistral-large-2512", "standard"),
    ("mistral", "mistral-large-4", "standard"),
    ("cohere", "command-a", "standard"),
    ("perplexity", "sonar-pro", "standard"),
    ("quicksilverpro", "claude-haiku-5-5", "standard"),
    ("azure", "gpt-5.5", "standard"),
]
EDGES = [0, 1, 99_999, 100_000, 100_001, 200_000, 200_001, 272_000, 272_001, 1_000_000]


def seconds(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()


NOON = seconds(2026, 11, 20, 12)
#: The tiers of the library begin in October 2026.
FIRST = {"standard": seconds(2025, 1, 1)}


def usage(input_tokens, cached=0, written=0, output=0, at=NOON):
    columns = np.broadcast_arrays(input_tokens, cached, written, output, at)
    return Usage(*(np.array(c, dtype=np.int64) for c in columns[:4]), np.array(columns[4], float))


def one(provider, model, processing="standard", **used):
    tokens = {key: np.array([value]) for key, value in used.items() if key != "at"}
    cost = api_usd(
        provider, model, usage(**tokens, at=[used.get("at", NOON)]), processing=processing
    )
    return float(cost.usd[0])


def drawn(rng, n, first):
    prompts = np.where(rng.random(n) < 0.3, rng.choice(EDGES, n), rng.integers(0, 600_000, n))
    cached = (rng.random(n) * prompts * rng.integers(0, 2, n)).astype(int)
    written = (rng.random(n) * (prompts - cached) * rng.integers(0, 2, n)).astype(int)
    days = np.floor(rng.uniform(first, seconds(2027, 6, 1), n) / 86_400) * 86_400
    hours = np.where(rng.random(n) < 0.5, rng.integers(0, 24, n), rng.uniform(0, 24, n))
    at = np.round(days + hours * 3600 - rng.integers(0, 2, n) * 0.001, 3)
    return usage(prompts, cached, written, rng.integers(0, 100_000, n), np.maximum(at, first))


def library_rows(table):
    columns = (table.input_tokens, table.cached_tokens, table.cache_write_tokens)
    for prompt, cached, written, answer, at in zip(
        *columns, table.output_tokens, table.at, strict=True
    ):
        used = genai_prices.Usage(
            input_tokens=int(prompt),
            cache_read_tokens=int(cached),
            cache_write_tokens=int(written),
            output_tokens=int(answer),
        )
        yield used, datetime.fromtimestamp(float(at), UTC)


def assert_same(cost, library):
    prompts = cost.input_usd + cost.cached_usd + cost.cache_write_usd
    for ours, theirs in (
        (cost.usd, [c.total_price for c in library]),
        (prompts, [c.input_price for c in library]),
        (cost.output_usd, [c.output_price for c in library]),
    ):
        np.testing.assert_allclose(ours, np.array(theirs, dtype=float), rtol=1e-9, atol=1e-18)


@given(case=st.sampled_from(CASES), seed=st.integers(0, 2**32))
def test_equals_the_library_request_by_request(case, seed):
    provider, model, processing = case
    first = FIRST.get(processing, seconds(2026, 10, 14))
    table = drawn(np.random.default_rng(seed), 40, first)
    library = [
        genai_prices.calc_price(
            used,
            model,
            provider_id=provider,
            genai_request_timestamp=at,
            price_context=CONTEXTS[processing],
        )
        for used, at in library_rows(table)
    ]
    assert_same(api_usd(provider, model, table, processing=processing), library)


def test_every_model_of_the_library_is_priced_alike_or_refused():
    rng, refused, priced = np.random.default_rng(7), 0, 0
    for provider in get_snapshot().providers:
        for info in provider.models:
            table = drawn(rng, 4, FIRST["standard"])
            try:
                cost = api_usd(provider.id, info.id, table)
            except ValueError:
                refused += 1
                continue
            priced += 1
            library = [
                info.calc_price(used, provider, genai_request_timestamp=at)
                for used, at in library_rows(table)
            ]
            assert_same(cost, library)
    assert priced > 1900
    assert refused < 400


@pytest.mark.parametrize("processing", ["batch", "flex"])
def test_batch_and_flex_are_cheaper_wherever_there_are_any(processing):
    table, sold = usage([1000, 500_000], output=1000), 0
    for provider in get_snapshot().providers:
        for info in provider.models:
            try:
                cost = api_usd(provider.id, info.id, table, processing=processing)
            except ValueError:
                continue
            sold += 1
            assert (cost.usd < api_usd(provider.id, info.id, table).usd).all(), info.id
    assert sold > 20


def sample_rows():
    if not SAMPLE.is_file():
        return []
    with SAMPLE.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.skipif(not SAMPLE.is_file(), reason="needs ../shared/data/cost, which is not there")
def test_sample_of_prices():
    for row in sample_rows():
        sold = row["provider"], row["model"]
        mtok, long = 1e-6, int(row["long_prompt_test_tokens"])
        for column, used, tokens in (
            ("input", {"input_tokens": 1000}, 1000),
            ("cache_read", {"input_tokens": 1000, "cached": 1000}, 1000),
            ("cache_write_5m", {"input_tokens": 1000, "written": 1000}, 1000),
            ("output", {"input_tokens": 0, "output": 1000}, 1000),
            ("input_long_prompt", {"input_tokens": long}, long),
        ):
            expected = float(row[f"usd_per_mtok_{column}"]) * tokens * mtok
            assert one(*sold, **used) == pytest.approx(expected, rel=1e-9), (sold, column)
        answer = one(*sold, input_tokens=long, output=1000) - one(*sold, input_tokens=long)
        expected = float(row["usd_per_mtok_output_long_prompt"]) * 1000 * mtok
        assert answer == pytest.approx(expected, rel=1e-9), sold


@pytest.mark.parametrize("model", ["gpt-5.4", "gpt-5.5"])
def test_long_prompts_are_long_each_by_itself(model):
    hundred = api_usd("openai", model, usage(np.full(100, 10_000), output=np.full(100, 500)))
    alone = one("openai", model, input_tokens=10_000, output=500)
    assert hundred.usd.sum() == pytest.approx(100 * alone)
    in_one = one("openai", model, input_tokens=1_000_000, output=50_000)
    assert in_one > 1.4 * hundred.usd.sum()


def test_dearer_hours():
    at = [
        seconds(2026, 11, 20, hour, minute) for hour, minute in ((0, 59), (1, 0), (3, 59), (4, 0))
    ]
    usd = api_usd("deepseek", "deepseek-v4-pro", usage(np.full(4, 1000), at=at)).usd
    assert usd.tolist() == pytest.approx([usd[0], 2 * usd[0], 2 * usd[0], usd[0]])


def test_a_new_price_holds_from_midnight():
    midnight = seconds(2026, 10, 20)
    usd = api_usd("mistral", "mistral-large-4", usage([1000] * 2, at=[midnight - 1e-3, midnight]))
    assert usd.usd[0] != usd.usd[1]


def test_parts_of_the_cost():
    cost = api_usd("anthropic", "claude-haiku-4-5", usage([1000], [600], [300], [50]))
    rates = {row.name: row.usd_per_mtok / 1e6 for row in tariff_rows(*HAIKU, NOON)}
    assert cost.input_usd == pytest.approx([100 * rates["input"]])
    assert cost.cached_usd == pytest.approx([600 * rates["cached input"]])
    assert cost.cache_write_usd == pytest.approx([300 * rates["cache write"]])
    assert cost.output_usd == pytest.approx([50 * rates["output"]])
    assert cost.request_usd.tolist() == [0]
    assert rates["cached input"] < rates["input"] < rates["cache write"] < rates["output"]
    assert cost.source == f"genai-prices {genai_prices.__version__}"
    assert cost.as_of == "2026-11-20"


HAIKU = ("anthropic", "claude-haiku-4-5")


def test_fee_for_a_request():
    cost = api_usd("perplexity", "sonar-pro", usage([0, 10]))
    assert cost.request_usd[0] == cost.request_usd[1] == cost.usd[0] > 0


def test_rows_to_show():
    rows = tariff_rows("openai", "gpt-5.5", NOON)
    tiers = {name: [row for row in rows if row.name == name] for name, _, _ in rows}
    assert list(tiers) == ["input", "cached input", "cache write", "output"]
    for short, long in tiers.values():
        assert (short.from_prompt_tokens, long.from_prompt_tokens) == (0, 272_001)
        assert long.usd_per_mtok > short.usd_per_mtok
    halved = tariff_rows("openai", "gpt-5.5", NOON, "batch")
    assert [2 * row.usd_per_mtok for row in halved] == [row.usd_per_mtok for row in rows]
    at_long = one("openai", "gpt-5.5", input_tokens=272_001) / 272_001
    assert at_long == pytest.approx(tiers["input"][1].usd_per_mtok / 1e6)


@pytest.mark.parametrize(
    ("provider", "model", "processing", "at"),
    [
        ("anthropic", "claude-haiku-4-5", "flex", NOON),
        ("mistral", "mistral-large-2512", "priority", NOON),
        ("azure", "gpt-5.5", "batch", NOON),
        ("deepseek", "deepseek-v4-pro", "batch", NOON),
        ("openai", "gpt-5.5", "batch", seconds(2026, 10, 13, 23)),
    ],
)
def test_a_tier_without_a_price_of_its_own_is_refused(provider, model, processing, at):
    with pytest.raises(NoSuchTier, match=f"{provider} {model}.*'{processing}'"):
        api_usd(provider, model, usage([10], at=[at]), processing=processing)
    with pytest.raises(NoSuchTier):
        tariff_rows(provider, model, at, processing)


def test_one_request_before_the_tier_began_is_enough():
    at = [NOON, seconds(2026, 10, 1)]
    with pytest.raises(NoSuchTier, match="on 2026-10-01"):
        api_usd("openai", "gpt-5.5", usage([10, 10], at=at), processing="batch")


def test_what_is_not_sold_by_the_token_is_refused():
    with pytest.raises(ValueError, match=r"whisper-large-v3 has no price in tokens: .*audio Hour"):
        api_usd("groq", "whisper-large-v3", usage([10]))
    with pytest.raises(ValueError, match=r"gpt-4o has no price in tokens: .*free or unknown"):
        api_usd("github-copilot", "gpt-4o", usage([10]))


def test_answers_of_a_model_that_gives_none_are_refused():
    assert one("openai", "text-embedding-3-small", input_tokens=10) > 0
    with pytest.raises(ValueError, match="no price for output tokens"):
        one("openai", "text-embedding-3-small", input_tokens=10, output=1)


def test_unknown_model():
    with pytest.raises(UnknownName, match="nearest: gpt-5"):
        api_usd("openai", "gpt5", usage([10]))


def test_no_requests_cost_nothing():
    cost = api_usd("openai", "gpt-5", usage([]))
    assert (len(cost.usd), cost.as_of) == (0, "")


def test_impossible_usage_is_refused():
    with pytest.raises(ValueError, match="more tokens in the cache"):
        usage([10], [6], [5])
    with pytest.raises(ValueError, match="negative"):
        usage([-1])
    with pytest.raises(ValueError, match="times must be numbers"):
        usage([1], at=[np.nan])
    with pytest.raises(ValueError, match="different lengths"):
        Usage(*(np.zeros(n, dtype=np.int64) for n in (1, 2, 2, 2)), np.zeros(2))
