"""Exchanges between ranks: from a fit, from another engine's, or from the link."""

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.accelerators import accelerator, accelerators
from aisim.catalog.engines import collective_fits
from aisim.performance import collective
from aisim.performance.collectives import ALL_REDUCE, ALL_TO_ALL, link_bytes_per_s, passes

LINKED = [
    gpu.name
    for gpu in accelerators().values()
    if gpu.scaleup_bw_gb_s is not None or gpu.pcie_bw_gb_s is not None
]


def fitted(operation, gpu, engine, ranks):
    (fit,) = [
        fit
        for fit in collective_fits()
        if (fit.operation, fit.accelerator, fit.engine, fit.ranks)
        == (operation, gpu, engine, ranks)
    ]
    return fit


def by_hand(fit, passes, n_bytes):
    """Microseconds to start, bus bandwidth, microseconds per root of a megabyte."""
    start_s, root_s = fit.alpha_us * 1e-6, fit.root_us * 1e-6 * (n_bytes / 1e6) ** 0.5
    return start_s + passes * n_bytes / (fit.busbw_gb_s * 1e9) + root_s


def test_one_rank_needs_none(device):
    for operation in (ALL_REDUCE, ALL_TO_ALL):
        nothing = collective(operation, device, "vllm", 1)
        assert (nothing.seconds(1e9), nothing.notes) == (0, ())


@pytest.mark.parametrize("n_bytes", [0, 8192, 1e6, 1e9])
def test_a_fit_by_hand(n_bytes):
    """Eight ranks: each byte passes 2 x 7/8 times in a ring, half as often from all to all."""
    h100 = accelerator("H100-SXM-80")
    found = collective(ALL_REDUCE, h100, "vllm", 8)
    fit = fitted(ALL_REDUCE, "H100-SXM-80", "vllm", 8)
    assert found.seconds(n_bytes) == pytest.approx(by_hand(fit, 1.75, n_bytes))
    assert found.notes == ()
    found = collective(ALL_TO_ALL, h100, "vllm", 8)
    fit = fitted(ALL_TO_ALL, "H100-SXM-80", "nccl", 8)
    assert found.seconds(n_bytes) == pytest.approx(by_hand(fit, 0.875, n_bytes))
    assert found.notes == ()


@pytest.mark.parametrize(("ranks", "ring"), [(2, 1.0), (4, 1.5), (8, 1.75)])
def test_passes(ranks, ring):
    assert passes(ALL_REDUCE, ranks) == ring
    assert passes(ALL_TO_ALL, ranks) == ring / 2


def test_the_library_of_the_vendor_serves_with_a_note():
    gb300 = collective(ALL_REDUCE, accelerator("GB300-288"), "vllm", 4)
    fit = fitted(ALL_REDUCE, "GB300-288", "nccl", 4)
    assert gb300.seconds(1e6) == pytest.approx(by_hand(fit, 1.5, 1e6))
    assert gb300.notes == ("all-reduce of 4 GB300-288 as with nccl: no fit for vllm",)


def test_the_library_goes_before_another_engine():
    sglang = collective(ALL_REDUCE, accelerator("H100-SXM-80"), "sglang", 4)
    fit = fitted(ALL_REDUCE, "H100-SXM-80", "nccl", 4)
    assert sglang.seconds(1e6) == pytest.approx(by_hand(fit, 1.5, 1e6))
    assert "as with nccl" in sglang.notes[0]


def test_another_engine_where_the_library_was_not_measured():
    lent = collective(ALL_REDUCE, accelerator("ArcProB60-24"), "sglang", 4)
    own = collective(ALL_REDUCE, accelerator("ArcProB60-24"), "vllm", 4)
    assert lent[:3] == own[:3]
    assert (own.notes, len(lent.notes)) == ((), 1)


def test_the_old_stack_takes_its_family():
    h100 = accelerator("H100-SXM-80")
    old = collective(ALL_REDUCE, h100, "vllm-2023", 4)
    assert old == collective(ALL_REDUCE, h100, "vllm", 4)


def test_a_link_is_used_as_well_as_fits_of_such_links():
    """Of the fits of two ranks with vLLM over a link of that name, the median share."""
    h200 = accelerator("H200-SXM-141")
    alike = [
        fit
        for fit in collective_fits()
        if (fit.operation, fit.engine, fit.ranks) == (ALL_REDUCE, "vllm", 2)
        and accelerator(fit.accelerator).scaleup_link == h200.scaleup_link
    ]
    assert alike
    share = median(fit.busbw_gb_s / accelerator(fit.accelerator).scaleup_bw_gb_s for fit in alike)
    found = collective(ALL_REDUCE, h200, "vllm", 2)
    assert found.s_per_byte == pytest.approx(1.0 / (share * 450e9))
    assert found.alpha_s == pytest.approx(median(fit.alpha_us for fit in alike) * 1e-6)
    assert "scale-up link's 450 GB/s" in found.notes[0]
    assert f"{share:.0%}" in found.notes[0]


def test_pcie_where_there_is_no_other_link():
    """As L40S does over PCIe with vLLM; an L4 has the bandwidth of its own slot."""
    l4, l40s = accelerator("L4-24"), accelerator("L40S-48")
    found = collective(ALL_REDUCE, l4, "vllm", 2)
    fits = [
        fit
        for fit in collective_fits()
        if (fit.operation, fit.engine, fit.ranks) == (ALL_REDUCE, "vllm", 2)
        and accelerator(fit.accelerator).scaleup_bw_gb_s is None
    ]
    assert {fit.accelerator for fit in fits} == {"L40S-48", "ArcProB60-24"}
    share = median(fit.busbw_gb_s / accelerator(fit.accelerator).pcie_bw_gb_s for fit in fits)
    assert found.s_per_byte == pytest.approx(1.0 / (share * l4.pcie_bw_gb_s * 1e9))
    assert "PCIe" in found.notes[0]
    assert l40s.scaleup_bw_gb_s is None


def test_a_bridge_joins_two():
    nvl = accelerator("H100-NVL-94")
    assert "scale-up" in collective(ALL_REDUCE, nvl, "vllm", 2).notes[0]
    assert "PCIe" in collective(ALL_REDUCE, nvl, "vllm", 4).notes[0]
    assert link_bytes_per_s(nvl, 2) == nvl.scaleup_bw_gb_s * 1e9
    assert link_bytes_per_s(nvl, 4) == nvl.pcie_bw_gb_s * 1e9


def test_ranks_without_a_fit_take_the_nearest():
    h100 = accelerator("H100-SXM-80")
    assert "fits of 8" in collective(ALL_REDUCE, h100, "vllm", 16).notes[0]
    assert "fits of 8" in collective(ALL_TO_ALL, h100, "vllm", 16).notes[0]


def test_no_link_at_all(device):
    alone = device.model_copy(update={"scaleup_bw_gb_s": None, "scaleup_link": "none"})
    for operation in (ALL_REDUCE, ALL_TO_ALL):
        with pytest.raises(ValueError, match="no link between several toy"):
            collective(operation, alone, "vllm", 2)


@given(
    st.sampled_from([ALL_REDUCE, ALL_TO_ALL]),
    st.sampled_from(LINKED),
    st.sampled_from(["vllm", "trtllm", "sglang", "vllm-2023"]),
    st.integers(2, 64),
    st.floats(0, 1e10),
    st.floats(0, 1e10),
)
def test_larger_messages_take_longer(operation, gpu, engine, ranks, n_bytes, more):
    time = collective(operation, accelerator(gpu), engine, ranks)
    assert time.seconds(n_bytes + more) >= time.seconds(n_bytes) > 0
    assert all(note and "\n" not in note for note in time.notes)
