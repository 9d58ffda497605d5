"""Trace files as they come: formats, rows to drop, rows to refuse."""

from pathlib import Path

import numpy as np
import pytest

from aisim.workload import BadTrace, Trace, load_trace
from tests.workload.drawn import drawn

AZURE_2023 = """TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:17:03.9799600,4808,10
2023-11-16 18:17:04.0319600,3180,8
2023-11-16 18:17:04.0319601,110,27
"""
AZURE_2024 = """TIMESTAMP,ContextTokens,GeneratedTokens
2024-05-10 00:00:00.009930+00:00,2162,5
2024-05-10 00:00:01+00:00,2399,6
2024-05-10 00:00:01.500000+00:00,76,15
"""
TRACES = Path(__file__).parents[3] / "shared" / "data" / "traces"


@pytest.fixture
def trace(tmp_path: Path):
    def load(text: str, form: str | None = None) -> Trace:
        path = tmp_path / "trace.csv"
        path.write_text(text, encoding="utf-8")
        return load_trace(str(path), form)

    return load


def native(*rows: str) -> str:
    return "\n".join(["arrival_s,input_tokens,output_tokens", *rows])


def test_azure_2023_has_seven_digits_and_no_offset(trace):
    found = trace(AZURE_2023)
    np.testing.assert_allclose(found.arrival_s, [0, 0.052, 0.0520001], rtol=0, atol=1e-12)
    assert found.input_tokens.tolist() == [4808, 3180, 110]
    assert found.output_tokens.tolist() == [10, 8, 27]


def test_azure_2024_has_an_offset_and_now_and_then_no_fraction(trace):
    found = trace(AZURE_2024)
    np.testing.assert_allclose(found.arrival_s, [0, 0.99007, 1.49007], rtol=0, atol=1e-12)


def test_azure_2024_whose_first_stamp_has_no_fraction(trace):
    """The first row must not decide how precise the others are read."""
    lines = AZURE_2024.splitlines()
    found = trace("\n".join([lines[0], lines[2], lines[3]]))
    np.testing.assert_allclose(found.arrival_s, [0, 0.5], rtol=0, atol=1e-12)
    mixed = trace("\n".join([lines[0], lines[2].replace("+00:00", ""), *lines[3:]]))
    np.testing.assert_allclose(mixed.arrival_s, [0, 0.5], rtol=0, atol=1e-12)


def test_native(trace):
    found = trace(native("5,10,20", "5.25,11,21"))
    assert found.arrival_s.tolist() == [0, 0.25]
    assert (found.rows_read, found.rows_dropped) == (2, 0)


def test_columns_may_stand_in_any_order_beside_others(trace):
    found = trace("model,output_tokens,arrival_s,input_tokens\na,2,7,1\nb,4,8,3\n")
    assert found.input_tokens.tolist() == [1, 3]
    assert found.output_tokens.tolist() == [2, 4]


def test_rows_without_tokens_are_dropped_and_counted(trace):
    found = trace(native("3,0,5", "4,5,0", "5,6,7", "6,0,0", "9,1,1"))
    assert (found.rows_read, found.rows_dropped) == (5, 3)
    assert len(found.arrival_s) + found.rows_dropped == found.rows_read
    assert found.arrival_s.tolist() == [0, 4]


def test_unsorted_rows_are_put_in_order(trace):
    found = trace(native("9,3,3", "1,1,1", "5,2,2", "1,4,4"))
    assert found.arrival_s.tolist() == [0, 0, 4, 8]
    assert found.input_tokens.tolist() == [1, 4, 2, 3]


def test_the_format_may_be_said(trace):
    with pytest.raises(BadTrace, match="column arrival_s is missing"):
        trace(AZURE_2023, "native")
    with pytest.raises(BadTrace, match="column TIMESTAMP is missing"):
        trace(native("1,2,3"), "azure")


BAD = {
    "missing column": ("arrival_s,input_tokens\n1,2\n", "column output_tokens is missing"),
    "text in a number": (native("1,2,3", "2,many,3"), "row 2: input_tokens: got 'many'"),
    "text in a time": (native("soon,2,3"), "row 1: arrival_s: got 'soon'"),
    "no time stamp": (AZURE_2023 + "yesterday,1,1\n", "row 4: TIMESTAMP: got 'yesterday'"),
    "less than nothing": (native("1,-2,3"), "row 1: input_tokens"),
    "far too long": (native("1,2,30000000"), "row 1: output_tokens"),
    "endless": (native("inf,2,3"), "row 1: arrival_s"),
    "several": (native("1,x,3", "2,y,3", "3,3,3"), "got 'x'; 2 such rows"),
    "nothing to replay": (native("1,0,3", "2,3,0"), "no row with input and output tokens"),
    "header only": (native(), "no row with input and output tokens"),
    "empty": ("", "not a CSV table"),
    "more cells in one row": (native("1,2,3", "1,2,3,4"), "not a CSV table"),
}


@pytest.mark.parametrize(("text", "says"), BAD.values(), ids=BAD)
def test_what_cannot_be_used(trace, text, says):
    with pytest.raises(BadTrace) as caught:
        trace(text)
    assert says in str(caught.value)
    assert "trace.csv" in str(caught.value)


def test_no_file_and_no_text(tmp_path: Path):
    with pytest.raises(BadTrace, match="No such file"):
        load_trace(str(tmp_path / "gone.csv"))
    with pytest.raises(BadTrace, match="directory"):
        load_trace(str(tmp_path))
    path = tmp_path / "latin.csv"
    path.write_bytes("arrival_s,input_tokens,output_tokens\n1,2,ü\n".encode("latin-1"))
    with pytest.raises(BadTrace, match="not a CSV table"):
        load_trace(str(path))


def test_replay_row_by_row_until_the_horizon(tmp_path: Path):
    path = tmp_path / "trace.csv"
    path.write_text(native("100,1,2", "103,0,4", "105,5,6", "110,7,8"))
    table = drawn({"kind": "replay", "file": str(path)}, {"kind": "trace"}, horizon_s=10)
    assert table.arrival_s.tolist() == [0, 5]
    assert table.input_tokens.tolist() == [1, 5]
    assert table.output_tokens.tolist() == [2, 6]
    assert table.notes == (
        "staff: 4 rows read, 2 replayed before the horizon",
        "staff: 1 rows without input or output tokens dropped",
    )


def test_rows_drawn_at_random_stay_whole(tmp_path: Path):
    path = tmp_path / "trace.csv"
    path.write_text(native(*(f"{i},{i + 1},{2 * (i + 1)}" for i in range(50))))
    sizes = {"kind": "trace", "file": str(path)}
    table = drawn({"kind": "poisson", "rate_rps": 10}, sizes)
    assert (table.output_tokens == 2 * table.input_tokens).all()
    assert set(table.input_tokens.tolist()) == set(range(1, 51))


@pytest.fixture
def real():
    if not TRACES.is_dir():
        pytest.skip("needs the trace slices in ../shared/data/traces, which are not there")
    return TRACES


def test_the_real_code_slice(real: Path):
    found = load_trace(str(real / "azure2023_code_first60pct.csv"))
    assert found.arrival_s[1] - found.arrival_s[0] == pytest.approx(0.052, abs=1e-9)
    assert found.rows_read == len(found.arrival_s) + found.rows_dropped


def test_the_real_conversation_slice(real: Path):
    path = real / "azure2023_conv_1815_1850.csv"
    with path.open() as file:
        rows = [line.strip().split(",") for line in file][1:]
    table = drawn({"kind": "replay", "file": str(path)}, {"kind": "trace"}, horizon_s=3600)
    assert len(table) == len(rows) == 11_997
    assert table.input_tokens.tolist() == [int(row[1]) for row in rows]
    assert table.output_tokens.tolist() == [int(row[2]) for row in rows]
    seconds = [int(r[0][11:13]) * 3600 + int(r[0][14:16]) * 60 + float(r[0][17:]) for r in rows]
    np.testing.assert_allclose(table.arrival_s, np.array(seconds) - seconds[0], atol=1e-9)
