"""Predicted against measured: what is counted, what is compared, and what the JSON says."""

import json
from dataclasses import replace

import pytest

from aisim.validation import METRICS, Measurements, shipped, validate
from aisim.validation.fitted import fingerprint, is_fitted
from aisim.validation.serving import Serving
from aisim.validation.setups import NotPredicted, engine_version, what_ran
from aisim.validation.shipped import shipped_runs, shipped_steps
from aisim.validation.steps import StepTimes
from aisim.validation.validate import Pair, errors_of

STEPS, RUNS = shipped_steps().steps, shipped_runs().runs


def first(rows, **wanted):
    """The first row whose attributes, or those of its setup, are as wanted."""
    for row in rows:
        if all(getattr(row, k, getattr(row.setup, k, None)) == v for k, v in wanted.items()):
            return row
    raise LookupError(wanted)


def test_every_row_is_predicted_or_counted_with_its_reason():
    some = Measurements(STEPS[::40], RUNS[::60], unreadable={"tp: not a number": 3})
    found = validate(some)
    counted = sum(found.not_predicted.values())
    metrics_of_runs = [pair for pair in found.pairs if pair.metric != "iteration_ms"]
    predicted_steps = len(found.pairs) - len(metrics_of_runs)
    not_steps = sum(1 for step in some.steps if step.suspect)
    assert predicted_steps + not_steps == len(some.steps)
    assert counted >= not_steps + 3
    assert found.not_predicted["tp: not a number"] == 3


def test_the_json_has_exactly_the_promised_keys():
    found = validate(Measurements(STEPS[:40], RUNS[:3]))
    data = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert list(data) == ["groups", "overall", "not_predicted"]
    keys = [
        "hardware",
        "model",
        "engine",
        "phase",
        "metric",
        "fitted",
        "n",
        "median_error",
        "p90_error",
        "bias",
    ]
    assert all(list(group) == keys for group in data["groups"])
    assert set(data["overall"]) <= set(METRICS)
    errors = ["n", "median_error", "p90_error", "bias"]
    assert all(list(row) == errors for row in data["overall"].values())
    assert sum(group["n"] for group in data["groups"]) == len(found.pairs)


def test_errors_are_relative_absolute_and_the_bias_is_signed():
    pairs = [Pair("gpu", "m", "e", "decode", "iteration_ms", False, 10.0, x) for x in (8, 9, 12)]
    errors = errors_of(pairs)
    assert errors == pytest.approx((3, 0.2, 0.2, -0.1))


def test_hardware_and_model_are_the_files_own_strings():
    step = first(STEPS, kind="composed_from_measured_kernels", model="llama-3.1-8b")
    odd = replace(step, setup=replace(step.setup, model="meta-llama/Llama-3.1-8B-Instruct"))
    (group,) = validate(Measurements((odd,))).groups()
    assert group["model"] == "meta-llama/Llama-3.1-8B-Instruct"


def test_rows_of_the_fit_are_told_from_others():
    step = first(STEPS, kind="composed_from_measured_kernels", suspect="")
    assert is_fitted(step)
    assert not is_fitted(replace(step, measured_ms=step.measured_ms * 1.01))
    assert not is_fitted(replace(step, setup=replace(step.setup, model="llama-3.1-70b")))
    assert fingerprint(step) == fingerprint(replace(step, note="another note"))
    assert not is_fitted(first(RUNS, scenario="offline_max_load"))


def test_what_it_cannot_predict_says_why():
    step = first(STEPS, suspect="")
    for change, words in (
        ({"hardware": "Abacus-1"}, "unknown accelerator 'Abacus-1'"),
        ({"model": "no-such-model-9b"}, "unknown model 'no-such-model-9b'"),
        ({"engine": "steam 1.0"}, "unknown engine 'steam 1.0'"),
        ({"precision": "fp3"}, "unknown precision 'fp3'"),
        ({"tp": 7}, "tensor parallelism 7 does not split"),
        ({"ep": 2}, "needs experts"),
    ):
        with pytest.raises(NotPredicted, match=words):
            StepTimes().predicted_ms(replace(step, setup=replace(step.setup, **change)))


def test_a_composed_step_holds_no_host_and_a_measured_one_does():
    step = first(STEPS, kind="composed_from_measured_kernels", suspect="", engine="vllm 0.14.0")
    whole = replace(step, kind="measured_iteration")
    times = StepTimes()
    assert times.predicted_ms(whole) != pytest.approx(times.predicted_ms(step), rel=1e-3)


def test_a_row_without_all_reduce_is_predicted_without():
    step = first(STEPS, kind="composed_from_measured_kernels", suspect="", tp=8, phase="prefill")
    left_out = replace(step, note="sum over layers; excludes TP all-reduce")
    times = StepTimes()
    assert times.predicted_ms(left_out) < 0.95 * times.predicted_ms(step)


def test_it_can_be_stopped_and_says_how_much_was_left():
    seen = []
    found = validate(
        Measurements(STEPS[:30]),
        on_progress=lambda done, wanted: seen.append((done, wanted)),
        cancelled=lambda: len(seen) == 10,
    )
    assert seen[-1] == (10, 30)
    assert found.not_predicted["stopped"] == 20


@pytest.mark.parametrize(
    ("text", "weights", "activations"),
    [
        ("float16", "fp16", None),
        ("bf16/fp16", "bf16", None),
        ("", "fp16", None),
        ("fp8_block", "fp8", None),
        ("int4_wo", "int4", "fp16"),
        ("nvfp4", "nvfp4", None),
        ("mlperf: fp8/fp4 (see submission)", "fp8", None),
    ],
)
def test_precisions_are_read_as_files_write_them(text, weights, activations):
    step = first(STEPS, hardware="H100-SXM-80")
    ran = what_ran(replace(step.setup, precision=text, kv_dtype="fp16"))
    assert (ran.weights, ran.activations) == (weights, activations)


def test_training_rows_are_counted():
    assert shipped().rows == len(STEPS) + len(RUNS)


def closed_run(**changes):
    """A closed loop of eight clients on one H100, all answers of one length."""
    shipped_run = first(RUNS, scenario="online_closed_loop", disaggregated=False, flag="")
    setup = replace(
        shipped_run.setup, hardware="H100-SXM-80", model="llama-3.1-8b", engine="vllm",
        engine_version="0.14.0", precision="fp8", tp=1, pp=1, ep=1, dp=1, n_gpus=1,
    )  # fmt: skip
    settled = replace(
        shipped_run, setup=setup, input_tokens=500, output_tokens=100, length_kind="fixed",
        concurrency=8, rate_rps=None, n_requests=80, note="",
        measured={"output_tok_s": 1.0, "tpot_mean_ms": 1.0, "ttft_mean_ms": 1.0},
    )  # fmt: skip
    return replace(settled, **changes)


def test_prompts_longer_than_the_cache_are_counted_and_stop_nothing():
    long = closed_run(input_tokens=3_000_000)
    found = validate(Measurements(runs=(long, closed_run())))
    assert found.not_predicted == {"no request fits in the KV cache, says aisim's plan": 1}
    assert len(found.pairs) == 3


def test_an_infinite_rate_beside_a_concurrency_is_a_closed_loop():
    both = closed_run(rate_rps=float("inf"))
    assert Serving().predicted(both) == Serving().predicted(closed_run())


def test_throughput_counts_the_tokens_that_were_drawn():
    served = Serving().predicted(closed_run(length_kind="random (0.5-1)"))
    fixed = Serving().predicted(closed_run())
    assert served["output_tok_s"] < 1.05 * fixed["output_tok_s"]


@pytest.mark.parametrize(
    ("engine", "version"),
    [
        ("vllm 0.14.0", "0.14.0"),
        ("vLLM v0.11", "0.11"),
        ("TensorRT-LLM 1.0", "1.0"),
        ("TensorRT LLM 1.1.0rc2", "1.1.0rc2"),
        ("TensorRT 10.2.0, CUDA 12.4", "0.0"),
        ("vllm-2023 (Splitwise ISCA24 setup)", ""),
        ("sglang", ""),
    ],
)
def test_the_version_beside_the_name_of_an_engine(engine, version):
    setup = replace(closed_run().setup, engine=engine, engine_version="")
    assert engine_version(setup) == version


def test_torchs_name_of_bf16_is_known():
    assert what_ran(replace(closed_run().setup, precision="bfloat16")).weights == "bf16"


@pytest.mark.parametrize(
    ("text", "weights", "activations"),
    [("AWQ", "int4", "fp16"), ("w8a8", "int8", None), ("FP8-dynamic", "fp8", None)],
)
def test_precisions_are_read_as_checkpoints_are_called(text, weights, activations):
    step = first(STEPS, hardware="H100-SXM-80")
    ran = what_ran(replace(step.setup, precision=text))
    assert (ran.weights, ran.activations) == (weights, activations)


def test_copies_of_the_attention_that_share_the_ranks():
    """SGLang's words: 8 GPUs, tp 8, dp 8; the attention of each GPU is its own."""
    step = first(STEPS, hardware="H100-SXM-80")
    spread = {"model": "deepseek-v3", "tp": 8, "dp": 8, "ep": 8, "n_gpus": 8}
    ran = what_ran(replace(step.setup, **spread))
    assert (ran.parallel.tensor, ran.parallel.data, ran.parallel.gpus) == (1, 8, 8)


def test_an_iteration_of_an_old_engine_has_its_old_host():
    step = first(STEPS, kind="composed_from_measured_kernels", engine="vllm 0.14.0", phase="decode")
    new = replace(step, kind="measured_iteration")
    old = replace(new, setup=replace(new.setup, engine_version="0.12.0"))
    times = StepTimes()
    assert times.predicted_ms(old) > times.predicted_ms(new) + 1.0
