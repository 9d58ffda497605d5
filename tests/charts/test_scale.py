import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.charts import lower, upper

numbers = st.floats(min_value=1e-12, max_value=1e12)


@pytest.mark.parametrize(
    ("values", "end"),
    [
        ([9_600], 10_000),
        ([0.35], 0.5),
        ([1.0], 2.0),
        ([9.9], 20),
        ([3, 41, 7], 50),
        ([0.013], 0.02),
    ],
)
def test_upper_is_the_next_round_number_with_some_air(values, end):
    assert upper(values) == end


@pytest.mark.parametrize(
    ("values", "end"), [([0.35], 0.2), ([1.0], 0.5), ([3, 41, 7], 2), ([0.021], 0.02), ([0, 8], 5)]
)
def test_lower_is_the_round_number_before_with_some_air(values, end):
    assert lower(values) == end


@pytest.mark.parametrize("values", [[], [math.nan], [0.0], [-3.0, math.inf], [-math.inf]])
def test_nothing_to_go_by_still_gives_a_scale(values):
    assert 0 < lower(values) < upper(values)


@given(st.lists(numbers, min_size=1))
def test_all_values_lie_between_the_ends(values):
    noise = [*values, math.nan, math.inf, 0.0]
    assert lower(noise) < min(values) <= max(values) < upper(noise)
    assert upper(noise) <= max(values) * 5.2
    assert lower(noise) >= min(values) / 5.2


@given(numbers)
def test_ends_are_one_two_or_five_times_a_power_of_ten(value):
    for end in (upper([value]), lower([value])):
        assert f"{end:.12e}"[:3] in {"1.0", "2.0", "5.0"}
