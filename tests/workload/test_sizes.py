"""Lengths keep to their tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisim.workload.sizes import from_quantiles
from tests.workload.drawn import drawn

POISSON = {"kind": "poisson", "rate_rps": 20.0}


def test_constant():
    table = drawn(POISSON)
    assert set(table.input_tokens.tolist()) == {100}
    assert set(table.output_tokens.tolist()) == {50}
    assert table.input_tokens.dtype == table.output_tokens.dtype == np.int64


def test_quantile_tables_keep_minimum_maximum_and_quantiles():
    inputs = [10, 20, 50, 400, 3000]
    sizes = {"kind": "quantiles", "input_tokens": inputs, "output_tokens": [1, 2]}
    table = drawn(POISSON, sizes, horizon_s=2000)
    assert 10 <= table.input_tokens.min() < 12
    assert 2800 < table.input_tokens.max() <= 3000
    found = np.quantile(table.input_tokens, [0.25, 0.5, 0.75])
    np.testing.assert_allclose(found, inputs[1:4], rtol=0.05)
    assert set(table.output_tokens.tolist()) == {1, 2}


def test_atoms_stay_atoms():
    """Half of the table is one value: half of the requests have it."""
    sizes = {"kind": "quantiles", "input_tokens": [5, 77, 77, 77, 900], "output_tokens": [9, 9]}
    table = drawn(POISSON, sizes, horizon_s=2000)
    n = len(table)
    assert (table.input_tokens == 77).mean() == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / n) + 0.01)
    assert (table.output_tokens == 9).all()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(1, 10**7), min_size=2, max_size=30).map(sorted),
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
)
def test_between_minimum_and_maximum_and_never_falling(table, u):
    tokens = from_quantiles(table, np.sort(np.array(u)))
    assert tokens.min() >= table[0]
    assert tokens.max() <= table[-1]
    assert (np.diff(tokens) >= 0).all()
    ends = from_quantiles(table, np.array([0.0, 1.0]))
    assert ends.tolist() == [table[0], table[-1]]


def test_input_and_output_are_drawn_apart():
    sizes = {"kind": "quantiles", "input_tokens": [1, 1000], "output_tokens": [1, 1000]}
    table = drawn(POISSON, sizes, horizon_s=1000)
    correlation = np.corrcoef(table.input_tokens, table.output_tokens)[0, 1]
    assert abs(correlation) < 4 / np.sqrt(len(table))
