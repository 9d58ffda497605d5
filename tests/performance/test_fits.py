"""Which fit is taken, and what is said about it."""

import pytest

from aisim.catalog.accelerators import accelerator
from aisim.catalog.models import llm_model
from aisim.performance import gpu_fit, iteration_time
from aisim.performance.precision import compute


@pytest.mark.parametrize(
    ("gpu", "engine", "precision", "found"),
    [
        ("H100-SXM-80", "vllm", "fp8", ("H100-SXM-80", "vllm", "fp8")),
        ("H100-SXM-80", "trtllm", "fp16", ("H100-SXM-80", "trtllm", "fp16")),
        ("H100-SXM-80", "vllm-2023", "fp16", ("H100-SXM-80", "vllm-2023", "fp16")),
        ("B200-SXM-180", "vllm", "nvfp4", ("B200-SXM-180", "trtllm", "nvfp4")),
        ("H100-SXM-80", "sglang", "fp8", ("H100-SXM-80", "trtllm", "fp8")),
        ("H100-SXM-80", "vllm", "int8", ("H100-SXM-80", "vllm", "fp8")),
        ("H200-SXM-141", "vllm", "fp8", ("ALL", "ALL", "ALL")),
        ("L40S-48", "vllm-2023", "fp16", ("L40S-48", "trtllm", "fp16")),
    ],
)
def test_order_of_fallback(gpu, engine, precision, found):
    fit = gpu_fit(accelerator(gpu), engine, precision)
    assert (fit.accelerator, fit.engine, fit.precision) == found


def test_the_newest_version_wins(monkeypatch, device, fit):
    versions = [
        fit.model_copy(update={"engine_version": version, "engine": engine})
        for version, engine in [("0.9.0", "vllm"), ("0.14.0", "vllm"), ("2023", "vllm-2023")]
    ]
    monkeypatch.setattr("aisim.performance.fits.gpu_fits", lambda: tuple(versions))
    assert gpu_fit(device, "vllm", "fp16").engine_version == "0.14.0"
    assert gpu_fit(device, "trtllm", "fp16").engine_version == "0.14.0"
    assert gpu_fit(device, "vllm-2023", "fp16").engine_version == "2023"


def test_no_pooled_fit(monkeypatch, device):
    monkeypatch.setattr("aisim.performance.fits.gpu_fits", tuple)
    with pytest.raises(LookupError, match="no pooled fit"):
        gpu_fit(device, "vllm", "fp16")


def notes(gpu, engine="vllm", weights="fp16", tp=1):
    llama = llm_model("llama-3.1-8b")
    return iteration_time(llama, accelerator(gpu), engine, weights, "fp16", tp).notes


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"gpu": "H200-SXM-141"}, "no fit for H200-SXM-141: pooled fit"),
        ({"gpu": "H100-SXM-80", "engine": "sglang"}, "no fit for sglang on H100-SXM-80"),
        ({"gpu": "H100-SXM-80", "weights": "int8"}, "no int8 fit for H100-SXM-80"),
        ({"gpu": "H100-SXM-80"}, "at a bound in eff_c_dense, act_mult"),
        ({"gpu": "H100-SXM-80"}, "KV cache read as in pure decode"),
        ({"gpu": "A100-SXM-80", "weights": "fp8"}, "fp8 weights on A100-SXM-80 save bytes"),
        ({"gpu": "H100-SXM-80", "weights": "int4"}, "int4 weights on H100-SXM-80 save bytes"),
        ({"gpu": "V100-SXM2-32"}, "V100-SXM2-32 has no bf16"),
        ({"gpu": "H200-SXM-141", "tp": 2}, "all-reduce of 2 H200-SXM-141 estimated"),
        ({"gpu": "A100-SXM-80", "engine": "trtllm", "tp": 2}, "as with vllm: no fit for trtllm"),
    ],
)
def test_what_is_estimated_is_said(arguments, words):
    assert any(words in note for note in notes(**arguments))


def test_nothing_is_said_of_the_all_reduce_of_a_fitted_machine():
    assert not any("all-reduce" in note for note in notes("H100-SXM-80", tp=8))


@pytest.mark.parametrize(
    ("gpu", "weights", "name", "tflop_s"),
    [
        ("H100-SXM-80", "bf16", "fp16", 989.4),
        ("H100-SXM-80", "fp8", "fp8", 1978.9),
        ("H100-SXM-80", "int8", "int8", 1978.9),
        ("H100-SXM-80", "int4", "fp16", 989.4),
        ("A100-SXM-80", "fp8", "fp16", 312.0),
        ("B200-SXM-180", "nvfp4", "nvfp4", 9000.0),
        ("V100-SXM2-32", "fp16", "fp16", 125.0),
        ("T4-16", "bf16", "fp16", 65.0),
        ("T4-16", "int8", "int8", 130.0),
    ],
)
def test_peaks(gpu, weights, name, tflop_s):
    found = compute(accelerator(gpu), weights)
    assert (found.name, found.peak_flop_s) == (name, pytest.approx(tflop_s * 1e12))


def test_an_accelerator_without_a_16_bit_peak(device):
    blind = device.model_copy(update={"bf16_dense_tflops": None, "fp16_dense_tflops": None})
    with pytest.raises(ValueError, match="no 16-bit peak of toy"):
        compute(blind, "fp8")


def test_measured_mixed_batches_are_used(monkeypatch, model, device, fit):
    slow = fit.model_copy(update={"eff_kv_mixed": 0.25})
    monkeypatch.setattr("aisim.performance.fits.gpu_fits", lambda: (slow,))
    windowed = model.model_copy(update={"sliding_window": 16, "local_layers_per_global": 1})
    time = iteration_time(windowed, device, "vllm", "fp16", "fp16", 1)
    assert time.mixed_kv_s == pytest.approx(4 * time.decode_kv_s)
    assert time.mixed_local_kv_s == pytest.approx(4 * time.decode_local_kv_s)
    assert time.notes == ()
    assert time.provenance == "fitted"
