"""Profiles of a week and windows of a trace have the shapes that they promise."""

import pytest

from aisim import catalog

every_profile = pytest.mark.parametrize("name", catalog.weekly_profile_names())
every_trace = pytest.mark.parametrize("name", catalog.traffic_window_names())


@every_profile
def test_profile_has_the_hours_of_a_week_and_mean_1(name):
    factors = catalog.weekly_profile(name)
    assert len(factors) == 168
    assert min(factors) > 0
    assert sum(factors) / 168 == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "weekend_over_weekday"), [("azure2024_conv", 0.567), ("azure2024_code", 0.323)]
)
def test_profile_dips_at_the_weekend(name, weekend_over_weekday):
    factors = catalog.weekly_profile(name)
    days = [sum(factors[24 * day : 24 * day + 24]) / 24 for day in range(7)]
    assert max(days[5:]) < min(days[:5])
    weekend, weekday = sum(days[5:]) / 2, sum(days[:5]) / 5
    assert weekend / weekday == pytest.approx(weekend_over_weekday, abs=1e-3)


@every_trace
def test_windows_have_mean_rate_1(name):
    windows = catalog.traffic_windows(name)
    mean = sum(window.rate_factor for window in windows) / len(windows)
    assert mean == pytest.approx(1, abs=1e-6)


@every_trace
def test_quantiles_rise_from_at_least_one_token(name):
    for window in catalog.traffic_windows(name):
        for tokens in (window.input_tokens, window.output_tokens):
            assert len(tokens) == 101
            assert tokens[0] >= 1
            assert list(tokens) == sorted(tokens)


def test_busiest_window_of_the_conversation_trace():
    windows = catalog.traffic_windows("azure2023_conv")
    assert [window.requests for window in windows] == [1445, 1422, 1557, 1561, 1884, 2239, 1889]
    assert max(windows, key=lambda window: window.rate_factor) is windows[5]
