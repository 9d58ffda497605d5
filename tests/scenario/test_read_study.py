"""A study from its text, as a script or the desk reads it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aisim import InvalidStudy, Study, dump_study, load_study, read_study, shipped_studies
from aisim.scenario.text import MAX_BYTES, dump_yaml
from tests.small import small_data, small_study

TEXT = dump_study(small_study())
REPLAYED = TEXT.replace("kind: poisson", "kind: replay\n        file: traces/t.csv")
REPLAYED = REPLAYED.replace("        rate_rps: 0.5\n", "").replace("kind: constant", "kind: trace")
REPLAYED = REPLAYED.replace("        input_tokens: 300\n        output_tokens: 50\n", "")


def test_what_was_dumped_is_read():
    assert read_study(TEXT) == small_study()
    for name in shipped_studies():
        assert read_study(dump_study(load_study(name))) == load_study(name)


def test_faults_name_the_file():
    with pytest.raises(InvalidStudy) as caught:
        read_study(TEXT.replace("rate_rps: 0.5", "rate_rps: -1"), "mine.yaml")
    (fault,) = caught.value.faults
    assert str(fault).startswith("mine.yaml: workload.traffic.chat.arrivals.rate_rps: got -1")
    with pytest.raises(InvalidStudy, match=r"^study: not YAML"):
        read_study("aisim: [")


def test_every_fault_is_said():
    text = TEXT.replace("rate_rps: 0.5", "rate_rps: -1").replace("name: small", "name: no good")
    with pytest.raises(InvalidStudy) as caught:
        read_study(text)
    assert [fault.path for fault in caught.value.faults] == [
        "name", "workload.traffic.chat.arrivals.rate_rps",
    ]  # fmt: skip


def test_traces_are_relative_to_the_folder(tmp_path, monkeypatch):
    def file(study):
        return study.workload.traffic["chat"].arrivals.file

    assert file(read_study(REPLAYED, folder=tmp_path)) == str(tmp_path / "traces/t.csv")
    monkeypatch.chdir(tmp_path)
    assert file(read_study(REPLAYED)) == str(tmp_path / "traces/t.csv")
    absolute = REPLAYED.replace("traces/t.csv", "/data/t.csv")
    assert file(read_study(absolute, folder=tmp_path)) == "/data/t.csv"


def test_too_large_a_text_is_a_fault():
    with pytest.raises(InvalidStudy, match="larger than"):
        read_study("#" * (MAX_BYTES + 1))


def test_the_same_text_is_too_large_as_a_file_and_as_text(tmp_path):
    """Bytes are counted, not letters."""
    text = TEXT + "# " + "ü" * (MAX_BYTES - len(TEXT) - 100)
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    for read in (lambda: load_study(path), lambda: read_study(text)):
        with pytest.raises(InvalidStudy, match="larger than"):
            read()


@pytest.mark.parametrize("text", ["", "null", "[]", "just words", "3", "aisim: 2", "aisim: true"])
def test_what_is_no_study_is_a_fault(text):
    with pytest.raises(InvalidStudy):
        read_study(text)


def is_study_or_fault(text):
    try:
        return isinstance(read_study(text), Study)
    except InvalidStudy as invalid:
        faults = [str(fault) for fault in invalid.faults]
    return bool(faults) and not any("\n" in fault for fault in faults)


@settings(max_examples=100, deadline=None)
@given(st.text("aism: 1[]{}&*!|>-?#'\"\n\t<%@`~,.", max_size=40))
@example("? [a, b]\n: 1")
@example("!!timestamp 2024-13-01")
@example("\ud800")
def test_any_text_is_a_study_or_has_faults(text):
    assert is_study_or_fault(text)


def places(node, path=()):
    yield path
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield from places(node[key], (*path, key))


ODD = [
    "~", "[]", "{}", "''", "yes", ".nan", "-.inf", "1e400", "0o17", "2024-01-01", "12:30:45",
    "2001-12-14t21:59:43.10-05:00", "!!binary aGk=", "!!set {a, b}", "[[1]]", "{a: {b: c}}", "-0.0",
    "{1: 2, ~: 3}", "{[a]: b}", "9" * 400, "'\\0'", "'<b>'", "!!omap [a: 1]", "!!pairs [a: 1]",
]  # fmt: skip


@settings(max_examples=70, deadline=None)
@given(st.sampled_from([p for p in places(small_data()) if p]), st.sampled_from(ODD))
def test_any_odd_value_anywhere_is_taken_or_refused(path, odd):
    data = small_data()
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = "ODD_VALUE"
    assert is_study_or_fault(dump_yaml(data).replace("ODD_VALUE", odd))
