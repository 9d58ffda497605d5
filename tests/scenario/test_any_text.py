"""Whatever a text or its data holds, it is a study or a list of faults, and nothing else."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.app.link import uploaded_study
from aisim.scenario import InvalidStudy, Study, load_study, parse_study, read_study
from tests.app.wide import wide_data

#: Legal YAML, nearly legal YAML, and tags that do not fit.
ODD = (
    "~", "true", "{}", "[]", "[[[]]]", ".nan", "-.inf", "1e999", "1_000", "0o9", "012", "12:30:45",
    "!!set {a, b}", "!!set {}", "!!set [a]", "!!omap [a: 1]", "!!omap {a: b}", "!!pairs [a: 1]",
    "!!binary aGk=", "!!binary x", "!!float 0x10", "!!int 1.5", "!!bool x", "!!null x", "!!str 3",
    "2001-01-01", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "!!timestamp x",
    "0x" + "f" * 5_000, "-0x" + "f" * 5_000, "0b" + "1" * 15_000, "0o" + "7" * 5_000,
    "9" * 4_000, "9" * 5_000, "'" + "x" * 5_000 + "'", "0x" + "f" * 2_900,
    "{? [a, b] : c}", "{? {a: b} : c}", "{1: 2}", "{.nan: 1}", "{null: 2}", "{true: 1}",
    "{2001-01-01: 1}", "{!!binary aGk=: 1}", "{? !!set {a} : 1}", "<<", "{<<: {a: 1}}", "{<<: 1}",
    '"\\ud800"', '{"\\ud800": 1}', '"\\0"', "&a x", "*a", "!a x", "-", "? x",
)  # fmt: skip


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something is, containers included."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    found = [path] if path else []
    for key, value in items:
        below = isinstance(value, dict | list) and value
        found += places(value, (*path, key)) if below else [(*path, key)]
    return found


PLACES = [
    *places(wide_data()),
    ("aisim",), ("economics",), ("limits",), ("limits", "data"), ("economics", "price_list"),
    ("candidates", "owned", "costs"), ("candidates", "owned", "apis"),
    ("candidates", "owned", "pools", "pool", "calibration"),
]  # fmt: skip


def spoilt(path: tuple[Any, ...], odd: str, *, is_key: bool) -> str:
    """A study as text with something odd as the value at a path, or as the key of it."""
    data = target = wide_data()
    for part in path[:-1]:
        target = target.setdefault(part, {}) if isinstance(target, dict) else target[part]
    if is_key and isinstance(target, dict):
        target["<key>"] = target.pop(path[-1], 1)
    else:
        target[path[-1]] = "<value>"
    return json.dumps(data).replace('"<value>"', odd).replace('"<key>":', f"? {odd} :")


def lines(text: str, load: Any) -> str:
    """The faults of a text; none if it is a study."""
    found = ""
    try:
        assert isinstance(load(text, "f"), Study)
    except InvalidStudy as invalid:
        found = str(invalid) or "no fault at all"
    found.encode()  # it can be written
    assert found != "no fault at all"
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(PLACES), st.sampled_from(ODD), st.booleans())
def test_a_spoilt_study_is_a_study_or_faults(path, odd, is_key):
    text = spoilt(path, odd, is_key=is_key)
    for load in (read_study, uploaded_study):
        lines(text, load)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.text("{}[]:,-?&*!|>'\"#% \n\tab<10x.~", max_size=60))
def test_any_text_is_a_study_or_faults(text):
    for load in (read_study, uploaded_study):
        lines(text, load)


DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(PLACES), DATA)
def test_any_data_is_a_study_or_faults(path, value):
    data = target = wide_data()
    for part in path[:-1]:
        target = target.setdefault(part, {}) if isinstance(target, dict) else target[part]
    target[path[-1]] = value
    with suppress(InvalidStudy):
        assert isinstance(parse_study(data), Study)


@pytest.mark.parametrize("number", ["0x" + "f" * 5_000, "-0b" + "1" * 20_000])
def test_a_number_that_cannot_be_written_is_a_fault(number, tmp_path):
    path = tmp_path / "endless.yaml"
    path.write_text(spoilt(("run", "seed"), number, is_key=False))
    with pytest.raises(InvalidStudy, match="a number of too many digits"):
        load_study(path)
    data = wide_data()
    data["run"]["seed"] = 16**5_000
    with pytest.raises(InvalidStudy, match=r"run\.seed: got a number of too many digits"):
        parse_study(data)


def test_a_set_for_a_model_is_a_fault():
    text = spoilt(("candidates", "owned", "pools", "pool", "model"), "!!set {a, b}", is_key=False)
    for load in (read_study, uploaded_study):
        assert "owned.pools.pool.model: got {'a'" in lines(text, load).replace("{'b'", "{'a'")


def test_a_version_of_many_letters_is_shortened():
    with pytest.raises(InvalidStudy) as caught:
        parse_study({"aisim": "x" * 90_000}, "f")
    (fault,) = caught.value.faults
    assert fault.problem == "got '" + "x" * 36 + "..., allowed: 1"


def test_half_a_character_in_a_name_can_be_told():
    with pytest.raises(InvalidStudy) as caught:
        parse_study({**wide_data(), "\ud800": 1}, "f")
    assert "\\ud800" in str(caught.value)
