"""Parameters come back from benchmarks that were made with them, and nothing is pretended."""

import contextlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.scenario import InvalidStudy
from aisim.scenario.calibration_file import read_calibration, save_calibration
from aisim.validation.bench_files import read_any
from aisim.validation.calibrate import calibrate
from aisim.validation.calibrate_file import as_file
from aisim.validation.measured import (
    BadMeasurements,
    Measurements,
    RequestLog,
    Step,
)
from aisim.validation.serving import Serving
from aisim.validation.steps import StepTimes
from tests.validation.synthetic import run, runs, setup, truth, write_vllm

SLOW = {"compute": 0.75, "memory": 0.8}


def one_group(measured):
    (done,) = calibrate(Measurements(runs=tuple(measured))).groups
    return done


@pytest.fixture(scope="module")
def slow():
    parameters = truth(setup(), **SLOW)
    return parameters, one_group(runs(setup(), parameters))


def test_known_rates_come_back(slow):
    (fit, _), done = slow
    assert done.after.fit.eff_m_dense == pytest.approx(fit.eff_m_dense, rel=0.1)
    assert done.after.fit.eff_kv_decode == pytest.approx(fit.eff_kv_decode, rel=0.1)
    assert done.after.fit.product_us == done.before.fit.product_us


def test_a_slow_host_is_told_from_slow_kernels():
    """Of an engine whose host does not work beside the kernels, so that its time adds up."""
    fast = setup(hardware="H100-SXM-80", engine_version="0.12.0")
    done = one_group(runs(fast, truth(fast, iteration_us=12_000.0), noise=0.0))
    assert done.after.host.iteration_us > 3 * done.before.host.iteration_us
    assert done.after.fit.eff_c_dense == pytest.approx(done.before.fit.eff_c_dense, rel=0.15)
    assert done.judged.errors["tpot"].cross_validated.median < 0.05


def test_runs_left_out_are_predicted_better(slow):
    _, done = slow
    assert done.judged.helps
    tpot = done.judged.errors["tpot"]
    assert tpot.before.median > 0.15
    assert tpot.cross_validated.median < 0.06
    assert done.judged.left_out == "one load in turn"


def test_another_load_and_length_than_any_measured(slow):
    (fit, host), done = slow
    asked = run(setup(), 24, (400, 400))
    real = Serving((fit,), (host,)).predicted(asked)
    said = Serving((done.after.fit,), (done.after.host,)).predicted(asked)
    assert said["tpot_mean_ms"] == pytest.approx(real["tpot_mean_ms"], rel=0.06)
    assert said["output_tok_s"] == pytest.approx(real["output_tok_s"], rel=0.08)


def test_what_fits_already_stays():
    done = one_group(runs(setup(), truth(setup()), noise=0.0))
    for name in ("eff_c_dense", "eff_m_dense", "eff_kv_decode"):
        assert getattr(done.after.fit, name) == pytest.approx(getattr(done.before.fit, name), 0.02)


def test_one_run_moves_little_and_says_so():
    fast = truth(setup(), compute=2.0, memory=2.0)
    done = one_group(runs(setup(), fast, loads=(16,)))
    moved = done.after.fit.eff_m_dense / done.before.fit.eff_m_dense
    assert 1.0 < moved < 1.5
    assert done.judged.helps is None
    assert done.after.fit.eff_c_dense / done.before.fit.eff_c_dense == pytest.approx(moved)
    assert any("fewer than 3" in note for note in done.notes)


def test_two_runs_fit_no_more_than_the_common_factor():
    done = one_group(runs(setup(), truth(setup(), memory=0.8), loads=(4, 32)))
    assert set(done.told) == {"common", "iteration_us"}
    assert done.judged.errors["tpot"].cross_validated is not None


def test_noise_does_not_pretend_to_improve():
    said = [
        one_group(runs(setup(), truth(setup()), noise=0.15, seed=seed)).judged.errors["tpot"]
        for seed in range(6)
    ]
    assert sum(bool(errors.helps) for errors in said) <= 1
    for errors in said:
        assert errors.cross_validated.median > 0.6 * errors.before.median


def test_worse_than_the_catalog_is_said():
    measured = runs(setup(), truth(setup()), noise=0.3, seed=5)
    done = one_group(measured)
    if not done.judged.helps:
        assert any("NOT BETTER" in note for note in done.notes)


def test_several_models_are_left_out_one_by_one():
    models = ("llama-3.1-8b", "qwen3-8b", "mistral-7b")
    measured = [
        one
        for model in models
        for one in runs(setup(model=model), truth(setup(model=model), memory=0.8), (4, 32))
    ]
    done = one_group(measured)
    assert done.judged.left_out == "one model in turn"
    assert done.judged.errors["tpot"].cross_validated.median < 0.07


def test_precisions_are_calibrated_apart():
    measured = [
        *runs(setup(), truth(setup(), memory=0.8)),
        *runs(setup(precision="fp8"), truth(setup(precision="fp8"), memory=1.1)),
    ]
    first, second = calibrate(Measurements(runs=tuple(measured))).groups
    assert {first.group.precision, second.group.precision} == {"fp16", "fp8"}
    assert first.after.fit.eff_m_dense < first.before.fit.eff_m_dense
    assert second.after.fit.eff_m_dense > second.before.fit.eff_m_dense


def test_unknown_accelerator_is_one_line():
    odd = replace(run(setup(), 4), setup=setup(hardware="Abacus-1"))
    with pytest.raises(BadMeasurements, match="Abacus-1") as failed:
        calibrate(Measurements(runs=(odd,)))
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"flag": "failed requests"},
        {"input_tokens": None},
        {"setup": setup(model="no such model")},
        {"setup": setup(engine="abacus")},
        {"setup": setup(model="llama-3.1-405b")},
        {"concurrency": 1e9},
    ],
)
def test_what_cannot_be_predicted_is_left_out_by_reason(changes):
    good = runs(setup(), truth(setup()), loads=(1, 8))
    found = calibrate(Measurements(runs=(*good, replace(run(setup(), 4), **changes))))
    assert found.groups[0].cases == 2
    assert sum(found.left_out.values()) == 1
    with pytest.raises(BadMeasurements):
        calibrate(Measurements(runs=(replace(run(setup(), 4), **changes),)))


def test_whole_steps_are_fitted_by_their_totals():
    fit, host = truth(setup(), memory=0.7)
    times = StepTimes((fit,), (host,))
    plain = Step(
        setup(), "synthetic", "measured_iteration", "decode", 1, 0.0, 1000.0, 1.0, 1.0, "", {}, ""
    )
    steps = []
    for batch in (1, 8, 32, 64):
        for context in (500.0, 4000.0):
            one = replace(plain, batch_size=batch, context_tokens=context, new_tokens=float(batch))
            steps.append(replace(one, measured_ms=times.predicted_ms(one)))
    (done,) = calibrate(Measurements(steps=tuple(steps))).groups
    assert done.after.fit.eff_m_dense == pytest.approx(fit.eff_m_dense, rel=0.1)
    assert done.judged.errors["iteration"].cross_validated.median < 0.05
    assert done.judged.helps


def test_request_logs_count_as_one_case():
    fit, host = truth(setup(), memory=0.7)
    random = np.random.default_rng(0)
    n = 200
    inputs, outputs = random.integers(100, 900, n), random.integers(50, 300, n)
    blank = np.zeros(n)
    log = RequestLog(
        setup(), "synthetic", None, None, None, np.cumsum(random.exponential(0.5, n)),
        inputs, outputs, blank, blank, blank,
    )  # fmt: skip
    said = Serving((fit,), (host,)).log(log)
    log = replace(log, ttft_ms=blank + said["ttft_mean_ms"], tpot_ms=blank + said["tpot_mean_ms"])
    (done,) = calibrate(Measurements(logs=(log,))).groups
    assert done.cases == 1
    assert done.after.fit.eff_m_dense < done.before.fit.eff_m_dense
    assert done.judged.errors["tpot"].after.median < done.judged.errors["tpot"].before.median


def test_the_file_is_read_back(tmp_path, slow):
    _, done = slow
    found = calibrate(Measurements(runs=runs(setup(), truth(setup(), **SLOW))))
    path = tmp_path / "my_gpu.yaml"
    save_calibration(as_file(found, ["bench"]), path)
    (fit,), host = read_calibration(path, "L40S-48", "vllm", "fp16")
    assert fit.eff_m_dense == pytest.approx(done.after.fit.eff_m_dense, rel=1e-4)
    assert host.iteration_us == pytest.approx(done.after.host.iteration_us, rel=1e-4)
    assert [p.name for p in tmp_path.iterdir()] == ["my_gpu.yaml"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    values=st.fixed_dictionaries(
        {},
        optional={
            name: st.one_of(
                st.floats(), st.integers(-1, 10**7), st.text(max_size=5), st.none(), st.just([])
            )
            for name in (
                "completed", "total_input_tokens", "total_output_tokens", "output_throughput",
                "mean_ttft_ms", "mean_tpot_ms", "request_rate", "precision", "tp", "engine_version",
            )
        },
    ),
)  # fmt: skip
def test_garbage_is_one_line_and_never_a_traceback(tmp_path, values):
    folder = write_vllm(tmp_path / "bench", [run(setup(), 4)], **values)
    with contextlib.suppress(BadMeasurements, InvalidStudy):
        found = calibrate(read_any(folder, hardware="L40S-48"))
        save_calibration(as_file(found, ["x"]), tmp_path / "out.yaml")
        read_calibration(tmp_path / "out.yaml")
