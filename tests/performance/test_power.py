"""Watts of an accelerator by what it does."""

import pytest

from aisim import catalog
from aisim.performance.power import power_draw


def test_watts_are_shares_of_the_power_limit():
    gpu = catalog.accelerator("H100-SXM-80")
    row = catalog.power_shares(gpu)
    draw = power_draw(gpu, 128)
    assert (draw.idle_w, draw.most_w) == (gpu.idle_w, gpu.tdp_w)
    assert draw.prefill_w == pytest.approx(gpu.tdp_w * row.prefill_share)
    assert draw.decode_w == pytest.approx(gpu.tdp_w * row.many_decode_share)
    assert power_draw(gpu, None).decode_w == pytest.approx(gpu.tdp_w * row.decode_share)


@pytest.mark.parametrize("device", catalog.accelerators().values(), ids=lambda d: d.name)
def test_work_draws_no_less_than_idling(device):
    draw = power_draw(device, 4)
    if device.tdp_w is None:
        assert draw is None
    else:
        assert draw.idle_w <= draw.decode_w <= draw.prefill_w <= draw.most_w


def test_idle_watts_that_nobody_knows_are_a_share():
    gpu = catalog.accelerator("RTX5090-32")
    assert gpu.idle_w is None
    assert power_draw(gpu, 1).idle_w == gpu.tdp_w * catalog.power_rows()["ALL"].idle_share
