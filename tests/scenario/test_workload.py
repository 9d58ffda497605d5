"""Burstiness and factors on lengths, declared, set, written and described like any other field."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisim.scenario import (
    InvalidStudy,
    Study,
    dump_study,
    load_study,
    parse_study,
    study_schema,
)
from aisim.scenario.text import parse_yaml
from aisim.scenario.workload import (
    PoissonArrivals,
    QuantileSizes,
    ShapedArrivals,
    TraceSizes,
    WindowSizes,
)
from tests.scenario.small import put, small

STAFF = "workload.traffic.staff"
TABLES = {"kind": "quantiles", "input_tokens": [1, 9], "output_tokens": [1, 9]}
SCALES = ("input_scale", "output_scale")


def problem(field: str, value: float) -> str:
    data = small(workload__traffic__staff__sizes=dict(TABLES))
    with pytest.raises(InvalidStudy) as caught:
        parse_study(put(data, f"{STAFF}.{field}", value))
    (fault,) = caught.value.faults
    return str(fault)


@pytest.mark.parametrize(("value", "allowed"), [(0.0, 0.05), (0.049, 0.05), (101, 100), (-1, 0.05)])
def test_limits_of_burstiness(value, allowed):
    said = problem("arrivals.burstiness", value)
    assert f"{STAFF}.arrivals.burstiness: got {value}, allowed" in said
    assert said.endswith(f" {allowed:g}")


@pytest.mark.parametrize("field", SCALES)
@pytest.mark.parametrize(("value", "allowed"), [(0, 0.01), (0.009, 0.01), (100.5, 100), (-2, 0.01)])
def test_limits_of_factors(field, value, allowed):
    said = problem(f"sizes.{field}", value)
    assert f"{STAFF}.sizes.{field}: got {value}, allowed" in said
    assert said.endswith(f" {allowed:g}")


def test_lengths_that_are_said_outright_have_no_factor():
    with pytest.raises(InvalidStudy, match=r"sizes\.input_scale: unknown field"):
        parse_study(put(small(), f"{STAFF}.sizes.input_scale", 2))


def test_clients_and_traces_have_no_burstiness():
    for arrivals in (
        {"kind": "clients", "clients": 3, "think_time_s": 5, "burstiness": 2},
        {"kind": "replay", "file": "trace.csv", "burstiness": 2},
    ):
        with pytest.raises(InvalidStudy, match=r"arrivals\.burstiness: unknown field"):
            parse_study(small(workload__traffic__staff__arrivals=arrivals))


def test_set_from_the_command_line():
    fields = {"arrivals.burstiness": 4.0, "sizes.input_scale": 0.5, "sizes.output_scale": 3.0}
    study = load_study("assistant", [f"{STAFF}.{path}={value}" for path, value in fields.items()])
    staff = study.workload.traffic["staff"]
    assert staff.arrivals.burstiness == 4.0
    assert (staff.sizes.input_scale, staff.sizes.output_scale) == (0.5, 3.0)
    other = load_study("assistant").workload.traffic["personnel"]
    assert study.workload.traffic["personnel"] == other


def carried(burstiness: float, input_scale: float, output_scale: float) -> Study:
    data = small(workload__traffic__staff__sizes=dict(TABLES))
    put(data, f"{STAFF}.arrivals.burstiness", burstiness)
    put(data, f"{STAFF}.sizes.input_scale", input_scale)
    put(data, f"{STAFF}.sizes.output_scale", output_scale)
    return parse_study(data)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(0.05, 100), st.floats(0.01, 100), st.floats(0.01, 100))
def test_a_written_study_reads_the_same(burstiness, input_scale, output_scale):
    study = carried(burstiness, input_scale, output_scale)
    assert parse_study(parse_yaml(dump_study(study), "dumped")) == study


def test_written_only_where_it_is_not_one():
    assert "burstiness" not in dump_study(carried(1.0, 1.0, 1.0))
    assert "scale" not in dump_study(carried(1.0, 1.0, 1.0))
    staff = parse_yaml(dump_study(carried(4.0, 1.0, 0.5)), "dumped")["workload"]["traffic"]["staff"]
    assert list(staff["arrivals"].items())[1:] == [("rate_rps", 1.0), ("burstiness", 4.0)]
    assert staff["sizes"] == {**TABLES, "output_scale": 0.5}
    assert next(iter(staff["sizes"])) == "kind"


@pytest.mark.parametrize(
    "declaration", [PoissonArrivals, ShapedArrivals, QuantileSizes, WindowSizes, TraceSizes]
)
def test_every_field_has_its_help_in_the_schema(declaration):
    described = study_schema()["$defs"][declaration.__name__]
    properties = described["properties"]
    assert next(iter(properties)) == "kind"
    new = {"burstiness"} if "Arrivals" in declaration.__name__ else set(SCALES)
    assert new <= set(properties)
    for name in new:
        assert properties[name]["default"] == 1.0
        assert properties[name]["minimum"] > 0
        assert properties[name]["maximum"] == 100
    assert all(properties[name]["description"] for name in properties if name != "kind")


def test_each_kind_says_what_its_own_rate_means():
    schema = study_schema()["$defs"]
    rates = [
        schema[kind]["properties"]["rate_rps"]["description"]
        for kind in ("PoissonArrivals", "ShapedArrivals")
    ]
    assert rates == ["Requests per second.", "Requests per second, mean over the week."]
