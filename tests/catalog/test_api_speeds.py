"""An interface is as fast as the nearest row of its provider says."""

import pytest

from aisim import catalog


@pytest.mark.parametrize(
    ("provider", "model", "row"),
    [
        ("openai", "gpt-5.4-mini", ("openai", "gpt-5.4")),
        ("openai", "gpt-5-mini", ("openai", "gpt-5")),
        ("OpenAI", "GPT-4o-mini-2024-07-18", ("openai", "gpt-4o-mini")),
        ("openai", "gpt-4o-2024-11-20", ("openai", "gpt-4o")),
        ("anthropic", "claude-sonnet-4-5-20250929", ("anthropic", "claude-sonnet-4-5")),
        ("anthropic", "claude-sonnet-4-6", ("anthropic", "claude-sonnet-4")),
        ("anthropic", "claude-2", ("anthropic", "*")),
        ("mistral", "mistral-large-3", ("mistral", "*")),
        ("somebody", "gpt-5", ("*", "*")),
        ("", "", ("*", "*")),
    ],
)
def test_longest_prefix_of_the_provider(provider, model, row):
    speed = catalog.api_speed(provider, model)
    assert (speed.provider, speed.model) == row


def test_tails_are_on_the_slow_side():
    for row in catalog.api_speeds():
        assert 0 < row.ttft_p50_s < row.ttft_p95_s < 60
        assert 0 < row.tokens_per_s_p5 < row.tokens_per_s_p50 < 1000


def test_rows_name_an_address_or_their_table():
    for row in catalog.api_speeds():
        assert "https://" in row.source or "in this table" in row.source


def test_what_was_scaled_is_an_estimate():
    for row in catalog.api_speeds():
        if "median x" in row.note or row.model == "*":
            assert row.quality == "estimate"


def test_known_speed():
    speed = catalog.api_speed("openai", "gpt-5.4")
    assert (speed.ttft_p50_s, speed.ttft_p95_s) == (0.45, 1.2)
    assert (speed.tokens_per_s_p50, speed.tokens_per_s_p5) == (85, 55)


def test_every_provider_has_a_general_row():
    providers = {row.provider for row in catalog.api_speeds()}
    assert providers == {row.provider for row in catalog.api_speeds() if row.model == "*"}
