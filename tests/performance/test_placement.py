"""How replicas are packed onto machines, and what is said when they do not fit."""

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisim import catalog
from aisim.performance.machines import machine_shape
from aisim.performance.placement import check_placement, engine_limits, plan_pools
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


@pytest.mark.parametrize(
    ("gpu", "budget", "sequences"),
    [
        ("H100-SXM-80", 8192, 1024),
        ("H200-SXM-141", 8192, 1024),
        ("MI300X-192", 8192, 1024),
        ("A100-SXM-80", 2048, 256),  # older than 2022
        ("L40S-48", 2048, 256),  # less than 70 GiB
        ("Xeon-8480+", 2048, 256),  # no accelerator
    ],
)
def test_engines_take_more_at_once_on_large_and_recent_accelerators(gpu, budget, sequences):
    limits = engine_limits(catalog.engine("vllm"), catalog.accelerator(gpu))
    assert limits == (budget, sequences)


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


EIGHT = {"machines__box__parts": {"L40S 48GB": 8}}
MIXTURE = EIGHT | {"pools__llm__model": "mixtral-8x7b", "pools__llm__weights": "fp8"}


def spread(**degrees):
    return {f"pools__llm__{name}_parallel": n for name, n in degrees.items()}


def test_a_replica_takes_the_gpus_of_all_its_lanes():
    """Two copies of the attention on two stages of two GPUs; experts take no further ones."""
    plan = plans(**MIXTURE, **spread(tensor=2, pipeline=2, data=2, expert=4))["llm"]
    assert plan.gpus_per_replica == 8
    engine = catalog.engine("vllm")
    assert plan.token_budget == 4 * engine.token_budget
    assert plan.max_sequences == 4 * engine.max_sequences


def test_each_copy_of_the_attention_brings_blocks_of_its_own():
    wide = plans(**MIXTURE, **spread(tensor=4))["llm"]
    copies = plans(**MIXTURE, **spread(tensor=2, data=2, expert=4))["llm"]
    assert copies.blocks % 2 == 0
    # The keys and values of a token take twice as much of each GPU.
    assert 0.8 * wide.blocks < copies.blocks < wide.blocks
    declared = plans(**MIXTURE, **spread(tensor=4), pools__llm__kv_blocks=33)["llm"]
    assert declared.blocks == 33


@pytest.mark.parametrize(
    ("degrees", "line"),
    [
        ({"pipeline": 33, "tensor": 1},
         "pipeline parallelism 33 is more than the 32 layers of mixtral-8x7b"),
        ({"tensor": 4, "expert": 3},
         "expert parallelism 3 does not split the 8 experts of mixtral-8x7b over 4 GPUs; "
         "these do: 1, 2, 4"),
        ({"tensor": 4, "pipeline": 4},
         "TP4 PP4 takes 16 GPUs, more than the 8 GPUs of a machine of 'box'"),
    ],
)  # fmt: skip
def test_what_cannot_be_spread_is_said(degrees, line):
    assert problem(**MIXTURE, **spread(**degrees)) == f"pools.llm: {line}"


def test_copies_of_the_attention_need_experts():
    text = problem(**EIGHT, **spread(data=2))
    assert "data parallelism inside a replica needs experts" in text


def test_activations_are_those_that_are_declared():
    """Weight-only fp8 reads half of what fp16 does, for products that are as long."""
    half, only, narrow = (
        plans(pools__llm__weights=weights, pools__llm__activations=activations)["llm"].time
        for weights, activations in (("fp16", None), ("fp8", "fp16"), ("fp8", None))
    )
    assert only.mixed_tokens_s(2048) != narrow.mixed_tokens_s(2048)
    assert only.mixed_tokens_s(2048) == pytest.approx(half.mixed_tokens_s(2048), rel=0.1)
    assert only.tokens_s(1) < 0.7 * half.tokens_s(1)


def test_units_that_are_not_there():
    assert problem(pools__llm__weights="nvfp4", pools__llm__activations="nvfp4") == (
        "pools.llm: L40S-48 multiplies no nvfp4; it does fp16, bf16, fp8, int8"
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
