"""Lengths keep to their tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisim.scenario.workload import WindowSizes
from aisim.workload.sizes import from_quantiles, scaled
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


QUANTILES = {"kind": "quantiles", "input_tokens": [1, 7, 900], "output_tokens": [5, 6, 8000]}
WINDOWS = {"kind": "shaped", "rate_rps": 5.0, "windows": "azure2023_conv"}


@pytest.fixture
def trace(tmp_path):
    path = tmp_path / "trace.csv"
    rows = (f"{i},{i + 1},{3 * i + 1}" for i in range(50))
    path.write_text("\n".join(["arrival_s,input_tokens,output_tokens", *rows]))
    return str(path)


@pytest.fixture(params=["quantiles", "windows", "replayed row by row", "rows at random"])
def declared(request, trace):
    """Arrivals and sizes of each kind that has factors."""
    return {
        "quantiles": (POISSON, QUANTILES),
        "windows": (WINDOWS, {"kind": "windows"}),
        "replayed row by row": ({"kind": "replay", "file": trace}, {"kind": "trace"}),
        "rows at random": (POISSON, {"kind": "trace", "file": trace}),
    }[request.param]


def test_factors_on_lengths(declared):
    arrivals, sizes = declared
    before = drawn(arrivals, sizes)
    for prompts, answers in ((1, 1.0), (2, 1), (1, 0.3), (0.01, 100), (1.5, 0.013)):
        after = drawn(arrivals, sizes | {"input_scale": prompts, "output_scale": answers})
        assert np.array_equal(after.arrival_s, before.arrival_s)
        wanted_in = [max(round(n * prompts), 1) for n in before.input_tokens.tolist()]
        wanted_out = [max(round(n * answers), 1) for n in before.output_tokens.tolist()]
        assert after.input_tokens.tolist() == wanted_in
        assert after.output_tokens.tolist() == wanted_out
        assert after.input_tokens.dtype == after.output_tokens.dtype == np.int64


lengths = st.lists(st.integers(1, 10**7), min_size=1, max_size=20).map(sorted)
factors = st.floats(0.01, 100)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(lengths, factors, factors)
def test_factors_keep_the_order_and_the_limits(tokens, prompts, answers):
    before = np.array(tokens)
    sizes = WindowSizes(input_scale=prompts, output_scale=answers)
    for factor, after in zip((prompts, answers), scaled(sizes, before, before), strict=True):
        assert after.min() >= 1
        assert after.max() <= 10_000_000
        assert (np.diff(after) >= 0).all()
        inside = (before * factor >= 1) & (before * factor <= 10_000_000)
        assert (abs(after - before * factor)[inside] <= 0.5).all()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(lengths)
def test_the_factor_one_changes_nothing(tokens):
    before = np.array(tokens)
    for after in scaled(WindowSizes(), before, before):
        assert np.array_equal(after, before)
