"""All-reduce times: from a fit, from another engine's, or from the link."""

import pytest

from aisim.catalog.accelerators import accelerator
from aisim.performance import all_reduce


def test_one_rank_needs_none(device):
    assert all_reduce(device, "vllm", 1) == (0.0, 0.0, ())


def test_a_fit_by_hand():
    """H100, vLLM, 8 ranks: 5.13 us, and 2 x 7/8 of each byte at 288.9 GB/s."""
    found = all_reduce(accelerator("H100-SXM-80"), "vllm", 8)
    assert found.alpha_s == pytest.approx(5.13e-6)
    assert found.s_per_byte == pytest.approx(1.75 / 288.9e9)
    assert found.notes == ()


def test_another_engine_serves_with_a_note():
    lent = all_reduce(accelerator("A100-SXM-80"), "trtllm", 4)
    assert lent[:2] == all_reduce(accelerator("A100-SXM-80"), "vllm", 4)[:2]
    assert "no fit for trtllm" in lent.notes[0]


def test_the_old_stack_takes_its_family():
    h100 = accelerator("H100-SXM-80")
    assert all_reduce(h100, "vllm-2023", 4)[:2] == all_reduce(h100, "vllm", 4)[:2]


def test_a_link_is_used_as_well_as_fits_of_such_links():
    """Two ranks: of the five fits on scale-up links, 275.7 / 450 is the median share."""
    shares = sorted([179.9 / 300, 504.7 / 900, 457.8 / 900, 287.6 / 450, 275.7 / 450])
    found = all_reduce(accelerator("H200-SXM-141"), "vllm", 2)
    assert found.s_per_byte == pytest.approx(1.0 / (shares[2] * 450e9))
    assert "scale-up link's 450 GB/s" in found.notes[0]


def test_pcie_where_there_is_no_other_link():
    found = all_reduce(accelerator("L4-24"), "vllm", 2)
    assert found.s_per_byte == pytest.approx(1.0 / ((19.1 + 20.9) / 2 * 1e9))
    assert "PCIe" in found.notes[0]


def test_a_bridge_joins_two():
    assert "scale-up" in all_reduce(accelerator("H100-NVL-94"), "vllm", 2).notes[0]
    assert "PCIe" in all_reduce(accelerator("H100-NVL-94"), "vllm", 4).notes[0]


def test_ranks_without_a_fit_take_the_nearest():
    assert "fits of 8" in all_reduce(accelerator("H100-SXM-80"), "vllm", 16).notes[0]


def test_no_link_at_all(device):
    alone = device.model_copy(update={"scaleup_bw_gb_s": None, "scaleup_link": "none"})
    with pytest.raises(ValueError, match="no link between several toy"):
        all_reduce(alone, "vllm", 2)
