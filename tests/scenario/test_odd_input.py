"""Input that once led to a traceback, a long wait, or a message that no planner understands."""

import pytest

from aisim.scenario import InvalidStudy, load_study, parse_study
from aisim.scenario.text import parse_yaml
from tests.scenario.small import put, small

SITE = "candidates.site"


def faults(data):
    with pytest.raises(InvalidStudy) as caught:
        parse_study(data, "f")
    return [str(fault) for fault in caught.value.faults]


def test_merge_keys_double_at_every_level():
    text = "a0: &a0 {k: 1}\n" + "".join(
        f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 20)
    )
    with pytest.raises(InvalidStudy, match="values, aliases expanded"):
        parse_yaml(text, "f")


@pytest.mark.parametrize(
    "text", ["a: !!bool foo", 'a: !!int ""', 'a: !!float ""', "? [a, {b: c}]\n: 1"]
)
def test_odd_tags_are_faults(text):
    with pytest.raises(InvalidStudy):
        parse_yaml(text, "f")


def test_reused_anchor_is_no_python_warning():
    assert parse_yaml("a: &x 1\nb: &x 2", "f") == {"a": 1, "b": 2}


def test_file_named_once():
    with pytest.raises(InvalidStudy) as caught:
        parse_yaml("[" * 60, "f.yaml")
    assert str(caught.value) == "f.yaml: nested deeper than 50 levels"


@pytest.mark.parametrize("path", ["pools.llm.serves", "path.answering.pools"])
@pytest.mark.parametrize("value", [5, True, 1.5])
def test_a_number_for_a_list(path, value):
    faults(put(small(), f"{SITE}.{path}", value))


def test_paths_where_a_name_is_a_kind():
    data = put(small(), f"{SITE}.path.log", {"kind": "lgo", "storage": "array"})
    assert faults(data)[0].startswith("f: candidates.site.path.log.kind")
    data = small()
    data["candidates"] = {"links": data["candidates"]["site"]}
    put(data, "candidates.links.pools.llm.runs", {"kind": "hours"})
    assert faults(data)[0] == "f: candidates.links.pools.llm.runs.hours: missing"
    data = small()
    put(data, f"{SITE}.sites.own", {"kind": "cloud", "provider": "aws"})
    assert faults(data)[0] == "f: candidates.site.sites.own.region: missing"


def test_index_that_int_does_not_read():
    with pytest.raises(InvalidStudy):
        load_study("assistant", ["candidates.cloud.path.serving.pools.²=x"])


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b.yaml"])
def test_names_that_are_no_paths(name):
    with pytest.raises(InvalidStudy):
        load_study(name)


def test_misspelt_refusal_is_not_silent():
    faults(
        put(
            small(workload__traffic__staff__data_class="personal"),
            f"{SITE}.sites.room.refuses",
            ["persnal"],
        )
    )


def test_one_fault_for_one_mistake():
    data = put(small(), f"{SITE}.pools.llm.runs", {"kind": "hours", "hours": ["9-5"]})
    assert len(faults(data)) == 1
    data = small()
    del data["candidates"]["site"]["machines"]["box"]["kind"]
    assert len(faults(data)) == 1
    data = small()
    del data["workload"]["traffic"]["staff"]["service"]
    assert len(faults(data)) == 1
    assert (
        "given"
        not in faults(put(small(), f"{SITE}.pools.llm.runs", {"kind": "hours", "hours": ["9-5"]}))[
            0
        ]
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("pools.llm.runs", "always"),
        ("path.answering.burst", 3),
        ("links.wan", None),
        ("machines.box.parts", {}),
        ("pools.llm.serves", "chat"),
        ("pools.llm.serves", []),
    ],
)
def test_words_of_a_planner(path, value):
    for line in faults(put(small(), f"{SITE}.{path}", value)):
        for jargon in (
            "tuple",
            "Tuple",
            "dictionary",
            "Dictionary",
            "instance of",
            "after validation",
            "object to extract",
        ):
            assert jargon not in line
