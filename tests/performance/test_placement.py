"""How replicas are packed onto machines, and what is said when they do not fit."""

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisim import catalog
from aisim.performance.machines import machine_shape
from aisim.performance.placement import check_placement, plan_pools
from aisim.scenario import InvalidStudy, Study, parse_study
from tests.scenario.small import put, small

SITE = "candidates.site"


def study(pools=None, **fields) -> Study:
    data = small()
    for path, value in fields.items():
        put(data, f"{SITE}.{path.replace('__', '.')}", value)
    for name, changes in (pools or {}).items():
        usual = small()["candidates"]["site"]["pools"]["llm"]
        put(data, f"{SITE}.pools.{name}", usual | changes)
    return parse_study(data)


def plans(*args, **fields):
    return plan_pools(study(*args, **fields).candidates["site"])


def problem(*args, **fields) -> str:
    with pytest.raises(InvalidStudy) as caught:
        plans(*args, **fields)
    (fault,) = caught.value.faults
    return f"{fault.path}: {fault.problem}"


def test_a_plan_holds_the_defaults_of_the_engine():
    plan = plans()["llm"]
    engine = catalog.engine("vllm")
    assert plan.accelerator.name == "L40S-48"
    assert plan.machines == (0,)
    assert plan.block_tokens == engine.block_tokens
    assert plan.token_budget == engine.token_budget
    assert plan.max_sequences == engine.max_sequences
    assert plan.weight_bytes == pytest.approx(catalog.llm_model("llama-3.1-8b").params_b * 2e9)
    assert plan.blocks > 100


def test_what_is_declared_goes_before_the_defaults():
    plan = plans(
        pools__llm__token_budget=512, pools__llm__max_sequences=7, pools__llm__kv_blocks=33,
        pools__llm__weights="fp8",
    )["llm"]  # fmt: skip
    assert (plan.token_budget, plan.max_sequences, plan.blocks) == (512, 7, 33)
    assert plan.weight_bytes == plans()["llm"].weight_bytes / 2


def test_a_small_budget_lowers_the_sequences_that_nobody_asked_for():
    assert plans(pools__llm__token_budget=64)["llm"].max_sequences == 64
    assert problem(pools__llm__token_budget=64, pools__llm__max_sequences=65) == (
        "pools.llm: token_budget 64 below max_sequences 65: each running sequence needs a token "
        "in every iteration"
    )


def test_gpus_of_all_parts_count():
    parts = {"L40S 48GB": 3, "4x L40S PCIe server 2U": 1, "rack + cabling": 0.1}
    shape = machine_shape(study(machines__box__parts=parts).candidates["site"], "box")
    assert (shape.accelerator.name, shape.gpus) == ("L40S-48", 7)


def test_a_cloud_machine_is_a_row_of_the_price_list():
    rented = study(
        sites__room={"kind": "cloud", "provider": "aws", "region": "eu-central-1"},
        machines__box={"kind": "cloud", "site": "room", "instance": "g6e.12xlarge"},
    )
    shape = machine_shape(rented.candidates["site"], "box")
    assert (shape.accelerator.name, shape.gpus) == ("L40S-48", 4)


def test_replicas_fill_one_machine_after_the_other():
    fields = {"machines__box__count": 3, "machines__box__parts": {"L40S 48GB": 4}}
    assert plans(pools__llm__replicas=6, **fields)["llm"].machines == (0, 0, 0, 0, 1, 1)
    wide = {"pools__llm__replicas": 5, "pools__llm__tensor_parallel": 2}
    assert plans(**wide, **fields)["llm"].machines == (0, 0, 1, 1, 2)


def test_pools_share_machines_in_the_order_of_declaration():
    both = plans(
        {"llm": {"replicas": 3}, "wide": {"replicas": 2, "tensor_parallel": 2}},
        machines__box={
            "kind": "own", "site": "room", "count": 2, "parts": {"L40S 48GB": 4}
        },
    )  # fmt: skip
    assert both["llm"].machines == (0, 0, 0)
    # One GPU of the first machine is left, too few for a replica of two.
    assert both["wide"].machines == (1, 1)


def test_more_replicas_than_gpus():
    assert (
        problem(
            pools__llm__replicas=9, machines__box__count=2, machines__box__parts={"L40S 48GB": 4}
        )
        == "pools.llm: replicas 9 of 1 GPUs do not fit on 2 machines of 4 GPUs of 'box': 8 do"
    )


def test_more_gpus_than_a_machine_has():
    assert problem(pools__llm__tensor_parallel=2) == (
        "pools.llm: tensor_parallel 2 is more than the 1 GPUs of a machine of 'box'"
    )


def test_a_model_too_large_says_what_would_fit():
    text = problem(pools__llm__model="llama-3.1-70b", machines__box__parts={"L40S 48GB": 4})
    assert text.startswith("pools.llm: llama-3.1-70b in fp16 does not fit on L40S-48")
    assert "GiB weights" in text
    assert "would fit" in text


def test_heads_that_do_not_split():
    text = problem(pools__llm__tensor_parallel=3, machines__box__parts={"L40S 48GB": 4})
    assert text.startswith("pools.llm: ")
    assert "3" in text


@pytest.mark.parametrize(
    "runs", [{"kind": "on_demand"}, {"kind": "hours", "hours": ["mon 07:00-08:00"]}]
)
def test_machines_that_come_and_go_belong_to_one_pool(runs):
    fields = {"machines__box__parts": {"L40S 48GB": 4}}
    with pytest.raises(InvalidStudy) as caught:
        plans({"llm": {}, "other": {"runs": runs}}, **fields)
    assert [fault.path for fault in caught.value.faults] == ["pools.llm", "pools.other"]
    assert "shares the machines 'box' with pool 'other'" in caught.value.faults[0].problem
    assert plans({"llm": {}, "other": {}}, **fields)["other"].machines == (0,)


def test_all_pools_of_all_candidates_are_reported_with_their_paths():
    data = small()
    put(data, f"{SITE}.pools.llm.tensor_parallel", 2)
    usual = small()["candidates"]["site"]["pools"]["llm"]
    put(data, f"{SITE}.pools.second", usual | {"replicas": 3})
    data["candidates"]["twin"] = deepcopy(data["candidates"]["site"])
    data["candidates"]["fine"] = small()["candidates"]["site"]
    with pytest.raises(InvalidStudy) as caught:
        check_placement(parse_study(data), "mine.yaml")
    assert [(fault.file, fault.path) for fault in caught.value.faults] == [
        ("mine.yaml", f"candidates.{name}.pools.{pool}")
        for name in ("site", "twin")
        for pool in ("llm", "second")
    ]


def test_a_study_that_fits():
    found = check_placement(parse_study(small()))
    assert set(found) == {"site"}
    assert set(found["site"]) == {"llm"}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 4, 8]), st.integers(1, 9)), min_size=1, max_size=4),
    st.integers(1, 4),
)
def test_no_gpu_is_used_twice(pools, count):
    """What is placed fits machine by machine; what is refused does not fit by first fit."""
    declared = {
        "llm" if i == 0 else f"pool{i}": {"tensor_parallel": tp, "replicas": n, "kv_blocks": 9}
        for i, (tp, n) in enumerate(pools)
    }
    box = {"kind": "own", "site": "room", "count": count, "parts": {"L40S 48GB": 8}}
    needed = sum(tp * n for tp, n in pools)
    try:
        placed = plans(declared, machines__box=box)
    except InvalidStudy:
        # First fit wastes less than a machine, whatever the order.
        assert needed > 8 * (count - 1)
        return
    used = [0] * count
    for (tp, n), plan in zip(pools, placed.values(), strict=True):
        assert len(plan.machines) == n
        for machine in plan.machines:
            used[machine] += tp
    assert max(used) <= 8
    assert sum(used) == needed
