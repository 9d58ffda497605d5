"""Files of `aisim calibrate`: read back as written, and their faults in one line each."""

import contextlib
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.scenario import InvalidStudy, parse_study
from aisim.scenario.calibration_file import (
    CalibrationFile,
    calibration_file,
    read_calibration,
    save_calibration,
)
from aisim.scenario.text import dump_yaml
from tests.scenario.small import put, small

DATA = {
    "aisim_calibration": 1,
    "date": "2026-11-21",
    "sources": ["bench/"],
    "groups": [
        {
            "accelerator": "L40S-48",
            "engine": "vllm",
            "precision": "fp16",
            "host_precision": "fp16",
            "runs": 6,
            "helps": True,
            "kernels": {
                "product_us": 4.0, "eff_c_dense": 0.7, "eff_m_dense": 0.8, "act_mult": 1.0,
                "attention_us": 12.0, "eff_prefill_attn": 0.5, "attn_half_sat_tokens": 600.0,
                "eff_kv_decode": 0.8, "experts_us": 20.0, "eff_c_moe": 0.6, "eff_m_moe": 0.8,
                "moe_half_sat_tokens": 4.0, "moe_act_mult": 8.0,
            },
            "host": {
                "launch_share": 1.0, "experts_share": 1.0, "iteration_us": 200.0,
                "sequence_us": 10.0, "delay_iterations": 3.0,
            },
            "errors": {
                "tpot": {
                    "rows": 6, "before_median": 0.2, "before_p90": 0.3, "after_median": 0.02,
                    "after_p90": 0.03, "cross_validated_median": 0.04, "cross_validated_p90": 0.05,
                }
            },
        }
    ],
}  # fmt: skip


def written(tmp_path, path="", value=None):
    data = deepcopy(DATA)
    if path:
        put(data, path, value)
    file = tmp_path / "my_gpu.yaml"
    file.write_text(dump_yaml(data))
    return file


def fault(call, *arguments):
    with pytest.raises(InvalidStudy) as failed:
        call(*arguments)
    (line,) = map(str, failed.value.faults)
    assert "\n" not in line
    return line


def test_read_back(tmp_path):
    (fit,), host = read_calibration(written(tmp_path))
    assert (fit.accelerator, fit.eff_m_dense, fit.eff_kv_mixed) == ("L40S-48", 0.8, None)
    assert (host.engine, host.iteration_us, host.from_version) == ("vllm", 200.0, "")
    assert "my_gpu.yaml" in fit.source


def test_written_and_read_is_the_same(tmp_path):
    found = CalibrationFile.model_validate(DATA)
    save_calibration(found, tmp_path / "again.yaml")
    assert calibration_file(tmp_path / "again.yaml") == found


def test_a_day_without_quotes(tmp_path):
    file = written(tmp_path)
    file.write_text(file.read_text().replace("'2026-11-21'", "2026-11-21"))
    assert calibration_file(file).date == "2026-11-21"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("aisim_calibration", 2, "aisim_calibration: got '2', allowed: 1"),
        ("aisim_calibration", True, "allowed: 1"),
        ("groups.0.kernels.eff_m_dense", -1, "groups.0.kernels.eff_m_dense: got -1"),
        ("groups.0.kernels.eff_m_dense", True, "groups.0.kernels.eff_m_dense: got True"),
        ("groups.0.kernels.eff_m_dense", float("nan"), "eff_m_dense"),
        ("groups.0.host.iteration_us", "quick", "groups.0.host.iteration_us: got 'quick'"),
        ("groups.0.host.iteration", 3, "unknown field, did you mean 'iteration_us'?"),
        ("groups.0.engine", "vlm", "groups.0.engine"),
        ("groups", [], "groups: got 0 entries"),
        ("groups", DATA["groups"] * 2, "more than one for L40S-48 vllm fp16"),
    ],
)
def test_faults_name_the_field(tmp_path, path, value, words):
    file = written(tmp_path, path, value)
    line = fault(calibration_file, file)
    assert words in line
    assert line.startswith(str(file))


def test_a_file_for_something_else(tmp_path):
    file = written(tmp_path)
    assert "calibrates L40S-48, not H100-SXM-80" in fault(read_calibration, file, "H100-SXM-80")
    assert "the engine vllm, not sglang" in fault(read_calibration, file, "", "sglang")
    assert "fp8" in fault(read_calibration, file, "", "", "fp8")


def test_no_file_and_no_map(tmp_path):
    assert "No such file" in fault(calibration_file, tmp_path / "none.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    assert "begins with" in fault(calibration_file, tmp_path / "list.yaml")


def test_a_study_names_the_place_of_a_bad_calibration(tmp_path):
    where = "candidates.site.pools.llm.calibration"
    good = small()
    put(good, where, str(written(tmp_path)))
    assert parse_study(good).candidates["site"].pools["llm"].calibration
    for value, words in (
        (str(tmp_path / "none.yaml"), "No such file"),
        (str(written(tmp_path, "groups.0.accelerator", "H100-SXM-80")), "not L40S-48"),
    ):
        bad = small()
        put(bad, where, value)
        line = fault(parse_study, bad)
        assert where in line
        assert words in line
    other = small()
    put(other, where, str(written(tmp_path)))
    put(other, "candidates.site.pools.llm.engine", "sglang")
    assert "not sglang" in fault(parse_study, other)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda t: ("aisim_calibration: 1\n" + t).encode()),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from([*DATA, *DATA["groups"][0]]), inner, max_size=5)
            ),
            max_leaves=12,
        ).map(lambda data: dump_yaml({"aisim_calibration": 1, "groups": [data]}).encode()),
    )
)
def test_garbage_is_faults_and_never_a_traceback(tmp_path, content):
    file = tmp_path / "garbage.yaml"
    file.write_bytes(content)
    with contextlib.suppress(InvalidStudy):
        read_calibration(file)
