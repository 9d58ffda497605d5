"""Every fault of a study in one go: file, path of the field, what was given, what is allowed."""

import json
import random
from copy import deepcopy
from pathlib import Path

import pytest

from aisim.scenario import InvalidStudy, load_study, parse_study
from aisim.scenario.text import load_yaml
from tests.scenario.small import put, small

SITE = "candidates.site"
STAFF = "workload.traffic.staff"

ONE_FAULT = {
    # path of the field: (given, path in the message, what it says)
    "misspelt field": ("pools.llm.replcas", 3, "unknown field, did you mean 'replicas'?"),
    "misspelt field of a link": (
        "links.wan.bandwith_gbit_per_s", 1, "unknown field, did you mean 'bandwidth_gbit_per_s'?"
    ),
    "too small": ("pools.llm.replicas", 0, "got 0, allowed: greater than or equal to 1"),
    "no number": ("pools.llm.replicas", "many", "got 'many', allowed: a whole number, such as 2"),
    "a fraction": ("pools.llm.replicas", 2.5, "got 2.5"),
    "nothing": ("pools.llm.replicas", None, "got None"),
    "a list": ("pools.llm.replicas", [1], "got a list of 1"),
    "not finite": ("links.wan.latency_s", float("inf"), "a finite number"),
    "not a number": ("links.wan.bandwidth_gbit_per_s", float("nan"), "got nan"),
    "misspelt model": ("pools.llm.model", "lama-3.1-8b", "nearest: llama-3.1-8b"),
    "no config.json": ("pools.llm.model", "none/config.json", "cannot be read: No such file"),
    "misspelt engine": ("pools.llm.engine", "vlm", "nearest: vllm"),
    "unknown precision": ("pools.llm.weights", "fp61", "got 'fp61', did you mean 'fp16'?"),
    "misspelt link": ("path.office.link", "wam", "did you mean 'wan'?"),
    "misspelt pool": ("path.answering.pools", ["lmm"], "did you mean 'llm'?"),
    "misspelt site": ("machines.box.site", "rooms", "did you mean 'room'?"),
    "misspelt machines": ("pools.llm.machines", "bocks", "named 'bocks'"),
    "misspelt storage": ("sites.room.storage", "arry", "did you mean 'array'?"),
    "misspelt part": ("machines.box.parts", {"L40S 48 GB": 1}, "nearest: L40S 48GB"),
    "no part of it": ("machines.box.parts.L40S 48GB", 0, "got 0, allowed: greater than"),
    "hours": ("pools.llm.runs", {"kind": "hours"}, "missing"),
    "pue": ("sites.room.pue", 0.9, "got 0.9, allowed: greater than or equal to 1"),
    "burst": ("path.answering.burst.utilisation", 1.5, "less than or equal to 1"),
}  # fmt: skip

KINDS = {
    "arrivals": (f"{STAFF}.arrivals.kind", "posson", "did you mean 'poisson'?"),
    "sizes": (f"{STAFF}.sizes.kind", "constnt", "did you mean 'constant'?"),
    "rule": (f"{SITE}.pools.llm.runs", {"kind": "ondemand"}, "did you mean 'on_demand'?"),
    "stage": (f"{SITE}.path.answering.kind", "serv", "did you mean 'serve'?"),
    "far off": (f"{STAFF}.arrivals.kind", "x", "allowed: clients, poisson, replay, shaped"),
}

JARGON = (
    "Input should", "Value error", "union_tag", "tagged-union", "pydantic", "http", "[key]",
    "function-after", "is-instance", "literal_error", "type=",
)  # fmt: skip


def faults(data, file="study.yaml"):
    with pytest.raises(InvalidStudy) as caught:
        parse_study(data, file)
    lines = str(caught.value).split("\n")
    assert lines == [str(fault) for fault in caught.value.faults]
    return caught.value.faults


@pytest.mark.parametrize(("path", "given", "says"), ONE_FAULT.values(), ids=ONE_FAULT)
def test_file_path_given_and_allowed(path, given, says):
    fault = faults(put(small(), f"{SITE}.{path}", given))[0]
    assert fault.file == "study.yaml"
    assert fault.path.startswith(f"{SITE}.{path}")
    assert says in fault.problem
    assert str(fault).startswith(f"study.yaml: {SITE}.{path}")


def test_a_model_is_a_name_or_a_path_to_a_config(tmp_path):
    shapes = {
        "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4, "vocab_size": 128,
        "intermediate_size": 256,
    }  # fmt: skip
    file = tmp_path / "config.json"
    for given in ("meta-llama/Llama-3.1-8B-Instruct", str(file), str(tmp_path)):
        file.write_text(json.dumps(shapes))
        parse_study(put(small(), f"{SITE}.pools.llm.model", given), "study.yaml")
    file.write_text(json.dumps(shapes | {"hidden_size": -1}))
    fault = faults(put(small(), f"{SITE}.pools.llm.model", str(file)))[0]
    assert fault.path == f"{SITE}.pools.llm.model"
    says = f"{file}: hidden_size: -1, allowed: a whole number from 1 to 1,000,000"
    assert fault.problem.endswith(says)


@pytest.mark.parametrize(("path", "given", "says"), KINDS.values(), ids=KINDS)
def test_misspelt_kinds(path, given, says):
    fault = faults(put(small(), path, given))[0]
    assert fault.path == (path if path.endswith("kind") else f"{path}.kind")
    assert says in fault.problem


def test_the_path_names_no_tag_of_a_union():
    data = small(workload__traffic__staff__arrivals__rate_rps=-1)
    put(data, f"{SITE}.pools.llm.runs", {"kind": "hours", "hours": ["9 to 5"]})
    put(data, f"{SITE}.sites.room.pue", 99)
    put(data, f"{SITE}.path.answering.burst", {"queue": -1})
    paths = {fault.path for fault in faults(data)}
    assert paths >= {
        "workload.traffic.staff.arrivals.rate_rps",
        "candidates.site.pools.llm.runs.hours.0",
        "candidates.site.sites.room.pue",
        "candidates.site.path.answering.burst.queue",
    }


def test_many_faults_at_once_of_both_sorts():
    data = small(run__horizon_s=-5, nmae="x", economics__discount_rate=7)
    put(data, f"{STAFF}.sizes.input_tokens", 0)
    put(data, f"{SITE}.pools.llm.model", "gpt-x")
    put(data, f"{SITE}.pools.llm.machines", "bax")
    put(data, f"{SITE}.path.office.link", "wam")
    data["candidates"]["second"] = deepcopy(data["candidates"]["site"])
    put(data, "candidates.second.path.answering.pools", ["llm", "nobody"])
    wanted = {
        "run.horizon_s",
        "nmae",
        "economics.discount_rate",
        "workload.traffic.staff.sizes.input_tokens",
        *(
            f"candidates.{name}.{path}"
            for name in ("site", "second")
            for path in ("pools.llm.model", "pools.llm.machines", "path.office.link")
        ),
        "candidates.second.path.answering.pools.1",
    }
    assert {fault.path for fault in faults(data)} == wanted


def test_cloud_machines_need_a_row_of_the_price_list():
    data = small()
    put(data, f"{SITE}.sites.room", {"kind": "cloud", "provider": "aws", "region": "eu-central-1"})
    rented = {"kind": "cloud", "site": "room", "instance": "g6e.12xlarg"}
    put(data, f"{SITE}.machines.box", rented)
    (fault,) = faults(data)
    assert fault.path == f"{SITE}.machines.box.instance"
    assert "did you mean 'g6e.12xlarge'?" in fault.problem


def test_machines_stand_at_sites_of_their_kind():
    rented = {"kind": "cloud", "site": "room", "instance": "g6e.12xlarge"}
    (fault,) = faults(put(small(), f"{SITE}.machines.box", rented))
    assert fault.path == f"{SITE}.machines.box.site"
    assert fault.problem == "cloud machines cannot stand at a site of kind 'own'"


def test_one_kind_of_accelerator_to_a_machine():
    for parts, given in (
        ({"L40S 48GB": 1, "H100 SXM5 80GB": 1}, "H100-SXM-80, L40S-48"),
        ({"rack + cabling": 1}, "none"),
    ):
        (fault,) = faults(put(small(), f"{SITE}.machines.box.parts", parts))
        assert fault.problem.endswith(f"exactly one kind of accelerator, got {given}")


def test_traffic_that_no_pool_serves():
    (fault,) = faults(small(workload__traffic__staff__service="image"))
    assert fault.path == "workload.traffic.staff.service"
    assert fault.problem.startswith("site: no pool serves 'image', allowed: ")


def test_sizes_that_do_not_go_with_the_arrivals():
    for kind, says in (("windows", "name their windows"), ("trace", "need a file")):
        (fault,) = faults(small(workload__traffic__staff__sizes={"kind": kind}))
        assert fault.path == "workload.traffic.staff"
        assert says in fault.problem


@pytest.mark.parametrize("version", [0, 2, "1", True, None, [1]])
def test_another_format_is_refused_first(version):
    (fault,) = faults(small(aisim=version, nmae="x"))
    assert fault.path == "aisim"


def test_the_warm_up_ends_before_the_horizon():
    (fault,) = faults(small(run={"warm_up_s": 60, "horizon_s": 60}))
    assert str(fault) == "study.yaml: run: warm_up_s 60 must be below horizon_s 60"


def test_the_file_is_named_as_given(tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text("aisim: 1\nname: a b\n")
    with pytest.raises(InvalidStudy) as caught:
        load_study(path)
    assert {fault.file for fault in caught.value.faults} == {str(path)}
    assert {fault.path for fault in caught.value.faults} == {"name", "workload", "candidates"}


JUNK = [
    None, 0, -1, 1.5, "x", "chat", "own", True, [], {}, ["x"], {"x": 1}, {"kind": "own"},
    {"kind": "cloud"}, float("nan"), 10**30, {1: 2}, "",
]  # fmt: skip


def fields(data, path=()):
    """Every path below plain data."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from fields(value, (*path, key))


def all_faults(data):
    try:
        parse_study(data)
    except InvalidStudy as invalid:
        return invalid.faults
    return ()


def test_junk_anywhere_ends_in_faults_and_never_in_jargon():
    shipped = load_yaml(Path(__file__).parents[2] / "data" / "studies" / "assistant.yaml")
    paths = list(fields(shipped))
    dice = random.Random(1)
    for path in dice.sample(paths, 150):
        data = deepcopy(shipped)
        target = data
        for part in path[:-1]:
            target = target[part]
        target[path[-1]] = dice.choice(JUNK)
        for fault in all_faults(data):
            assert fault.problem
            assert not any(word in str(fault) for word in JARGON), str(fault)
