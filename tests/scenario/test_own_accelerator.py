"""A study with a data sheet of the planner's own runs, and says what it leans on."""

import pytest

from aisim.performance.placement import plan_pools
from aisim.scenario import InvalidStudy, load_study


def with_own(**fields):
    sheet = {
        "name": "Mine-80", "vendor": "NVIDIA", "arch": "Hopper", "mem_type": "HBM3",
        "mem_gb": 80, "mem_bw_gb_s": 3000, "bf16_dense_tflops": 800,
        "scaleup_link": "NVLink4", "scaleup_bw_gb_s": 450, **fields,
    }  # fmt: skip
    study = load_study("assistant")
    group = next(iter(study.candidates["cloud"].machines))
    text = ", ".join(f"{key}: {value}" for key, value in sheet.items())
    path = f"candidates.cloud.machines.{group}.accelerator"
    return load_study("assistant", [f"{path}={{{text}}}"])


def test_pools_stand_on_the_planners_own_accelerator():
    (plan,) = plan_pools(with_own().candidates["cloud"]).values()
    assert plan.accelerator.name == "Mine-80"
    assert any("H100-SXM-80" in note for note in plan.notes)
    assert plan.time.provenance == "relatives"


def test_twice_the_bandwidth_reads_the_cache_twice_as_fast():
    slow, fast = (
        next(iter(plan_pools(with_own(mem_bw_gb_s=bw).candidates["cloud"]).values())).time
        for bw in (1500, 3000)
    )
    assert slow.decode_kv_s == pytest.approx(2 * fast.decode_kv_s, rel=0.01)


def test_a_wrong_field_is_one_line():
    with pytest.raises(InvalidStudy) as caught:
        with_own(mem_bw_gb_s=-3)
    (fault,) = caught.value.faults
    assert "accelerator.mem_bw_gb_s" in str(fault)
