"""Text that is no study is refused before it is expanded; a study survives being written."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.scenario import InvalidStudy, dump_study, load_study, parse_study, save_study
from aisim.scenario.text import MAX_BYTES, MAX_DEPTH, MAX_VALUES, load_yaml, parse_yaml
from tests.scenario.small import small

NESTING = {
    "flow list": "[" * 100_000,
    "closed flow list": "[" * 200 + "]" * 200,
    "flow map": "{a: " * 100_000,
    "block map": "".join(" " * depth + "a:\n" for depth in range(500)),
    "block list": "- " * 100_000 + "a",
    "keys": "? " * 100_000,
    "below the limit and one more": "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
}

NOT_YAML = {
    "duplicate key": ("name: a\nname: b", "duplicate key"),
    "duplicate key below": ("run: {seed: 1, seed: 2}", "duplicate key"),
    "tab": ("run:\n\tseed: 1", r"'\\t'.* line 2"),
    "tag of Python": ("a: !!python/object:os.system {}", "python/object"),
    "call of Python": ("a: !!python/object/apply:os.system [ls]", "python/object"),
    "tag of its own": ("a: !secret b", "!secret"),
    "unknown alias": ("a: *nobody", "undefined alias"),
    "two documents": ("a: 1\n---\nb: 2", "another document"),
    "NUL": ("a: 'x\0y'", "#x0000"),
    "open bracket": ("a: [1, 2", "line 1"),
    "no such day": ("a: 2024-13-45", "month"),
    "endless number": ("a: " + "9" * 5000, "5000 digits"),
}


def refused(text: str) -> str:
    with pytest.raises(InvalidStudy) as caught:
        parse_yaml(text, "some.yaml")
    (fault,) = caught.value.faults
    assert fault.file == "some.yaml"
    assert "\n" not in str(fault)
    return str(fault)


@pytest.mark.parametrize("text", NESTING.values(), ids=NESTING)
def test_deep_nesting_is_refused(text):
    assert f"deeper than {MAX_DEPTH} levels" in refused(text)


def test_the_deepest_that_is_allowed():
    value = parse_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH, "some.yaml")
    for _ in range(MAX_DEPTH - 1):
        (value,) = value
    assert value == []


def test_billion_laughs_are_refused_before_they_are_expanded():
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    refused("\n".join(lines))


def test_many_aliases_are_refused():
    text = "a: &a [x]\n" + "\n".join(f"b{i}: *a" for i in range(MAX_VALUES))
    assert f"more than {MAX_VALUES:,} values, aliases expanded" in refused(text)


@pytest.mark.parametrize(("text", "why"), NOT_YAML.values(), ids=NOT_YAML)
def test_what_is_not_yaml_says_why(text, why):
    assert re.search(why, refused(text))


def test_too_large(tmp_path: Path):
    path = tmp_path / "large.yaml"
    path.write_text("a: " + "x" * MAX_BYTES)
    with pytest.raises(InvalidStudy, match=r"large\.yaml: larger than 500,000 bytes"):
        load_yaml(path)


def test_not_utf_8(tmp_path: Path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("description: Überlast".encode("latin-1"))
    with pytest.raises(InvalidStudy, match="not UTF-8 text"):
        load_yaml(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path):
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: a")
    assert load_yaml(path) == {"name": "a"}


def test_no_file(tmp_path: Path):
    with pytest.raises(InvalidStudy, match=r"gone\.yaml: No such file"):
        load_study(tmp_path / "gone.yaml")
    with pytest.raises(InvalidStudy, match="did you mean 'assistant'"):
        load_study("asistant")


@pytest.mark.parametrize("text", ["", "# nothing\n", "- aisim: 1", "aisim", "3"])
def test_a_study_is_a_map(text, tmp_path: Path):
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    with pytest.raises(InvalidStudy, match="a study is a map"):
        load_study(path)


@pytest.mark.parametrize(
    "word", ["NO", "no", "yes", "on", "off", "y", "8:30", "12:30:45", "0x", "1.2.3", "~x"]
)
def test_words_stay_words(word):
    assert parse_yaml(f"a: {word}", "some.yaml") == {"a": word}


def test_the_shipped_study_survives_being_written(tmp_path: Path):
    study = load_study("assistant")
    assert parse_study(parse_yaml(dump_study(study), "dumped")) == study
    save_study(study, tmp_path / "copy.yaml")
    assert load_study(tmp_path / "copy.yaml") == study
    assert [path.name for path in tmp_path.iterdir()] == ["copy.yaml"]


words = st.sampled_from(["NO", "8:30", "null", "~", "1e3", "", "a: b", "- c", "#", "=", "x\ny\n"])
plain = st.text(st.characters(codec="utf-8", exclude_characters="\x85"), max_size=120)
numbers = st.floats(0, 1e9)
arrivals = st.one_of(
    st.fixed_dictionaries({"kind": st.just("poisson"), "rate_rps": st.floats(1e-9, 1e5)}),
    st.fixed_dictionaries(
        {"kind": st.just("clients"), "clients": st.integers(1, 1000), "think_time_s": numbers},
        optional={"requests": st.integers(1, 1000)},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("shaped"), "rate_rps": st.floats(1e-9, 1e5)},
        optional={
            "by_weekday": st.lists(st.floats(0, 1e6), min_size=7, max_size=7),
            "weekly": st.just("azure2024_conv"),
            "windows": st.just("azure2023_conv"),
        },
    ),
)
rules = st.one_of(
    st.just({"kind": "always"}),
    st.fixed_dictionaries({"kind": st.just("on_demand")}, optional={"stop_idle_s": numbers}),
    st.just({"kind": "hours", "hours": ["mon-fri 07:00-19:00", "sun 22:00-24:00"]}),
)


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(words | plain, arrivals, rules, numbers, st.none() | st.integers(1, 100_000), st.booleans())
def test_a_written_study_reads_the_same(description, arrival, rule, seconds, limit, burst):
    data = small(
        description=description,
        workload__traffic__staff__arrivals=arrival,
        candidates__site__pools__llm__runs=rule,
        candidates__site__pools__llm__max_sequences=limit,
        candidates__site__links__wan__latency_s=seconds,
        candidates__site__path__answering__burst={"queue": 3 if burst else None},
    )
    study = parse_study(data)
    text = dump_study(study)
    assert parse_study(parse_yaml(text, "dumped")) == study
    assert dump_study(parse_study(parse_yaml(text, "dumped"))) == text


def test_what_has_its_default_is_not_written():
    text = dump_study(parse_study(small()))
    assert "tensor_parallel" not in text
    assert "economics" not in text
    assert text.startswith("aisim: 1\nname: small\n")
