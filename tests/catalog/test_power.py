"""Shares of the power limit: which row serves an accelerator, and what lies between its figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim import catalog


def test_every_row_covers_something_known():
    devices = catalog.accelerators().values()
    known = {"ALL", "CPU", *(d.name for d in devices), *(d.arch for d in devices)}
    assert set(catalog.power_rows()) <= known
    assert catalog.power_rows()["ALL"].idle_share is not None


@pytest.mark.parametrize("row", catalog.power_rows().values(), ids=lambda row: row.covers)
def test_prompts_draw_most_and_many_sequences_more_than_one(row):
    assert 0 < row.decode_share <= row.many_decode_share <= row.prefill_share <= 1
    assert row.many_sequences > 1
    assert row.idle_share is None or row.idle_share < row.decode_share


@pytest.mark.parametrize(
    ("device", "covers"),
    [
        ("H100-SXM-80", "H100-SXM-80"),
        ("H200-SXM-141", "Hopper"),
        ("Xeon-8480+", "CPU"),
        ("L4-24", "ALL"),
    ],
)
def test_the_nearest_row_serves(device, covers):
    assert catalog.power_shares(catalog.accelerator(device)).covers == covers


@given(st.sampled_from(sorted(catalog.power_rows())), st.floats(0, 1e4), st.floats(0, 1e4))
def test_more_sequences_never_draw_less(covers, one, other):
    row = catalog.power_rows()[covers]
    few, many = sorted((one, other))
    assert row.decode_share <= row.decoding(few) <= row.decoding(many) <= row.many_decode_share


def test_half_way_on_a_scale_of_logarithms():
    row = catalog.power_rows()["A100-SXM-80"]
    assert row.decoding(1) == row.decode_share
    assert row.decoding(row.many_sequences) == row.many_decode_share
    middle = (row.decode_share + row.many_decode_share) / 2
    assert row.decoding(row.many_sequences**0.5) == pytest.approx(middle)
