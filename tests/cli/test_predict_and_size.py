"""`aisim predict` and `aisim size`, as a planner meets them."""

import json

import pytest

from tests.command import aisim, interrupted
from tests.numbers import finite_or_null

LOAD = ["--rps", "2", "--ttft-p95", "1", "--tpot-p95", "0.05"]


def test_predict_as_a_table_and_as_json():
    arguments = ("predict", "meta-llama/Llama-3.1-8B-Instruct", "L40S-48", "--weights", "fp8")
    done = aisim(*arguments, env={"COLUMNS": "100"})
    assert done.returncode == 0, done.stderr
    assert "llama-3.1-8b on 1 x L40S-48" in done.stdout
    answer = json.loads(aisim(*arguments, "--json").stdout)
    finite_or_null(answer)
    assert (answer["model"], answer["weights"], answer["fits"]) == ("llama-3.1-8b", "fp8", True)
    assert {"ttft_s", "tpot_s", "requests_per_s"} <= set(answer["at_batches"][0])


def test_predict_with_every_option():
    done = aisim(
        "predict", "qwen3-30b-a3b", "H200-SXM-141", "--engine", "sglang", "--weights", "fp8",
        "--kv-cache", "fp8", "--activations", "fp8", "--tp", "2", "--pp", "2", "--ep", "2",
        "--dp", "1", "--input", "500", "--output", "100", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["spread"] == {
        "tensor_parallel": 2, "pipeline_parallel": 2, "expert_parallel": 2, "data_parallel": 1,
        "gpus": 4,
    }  # fmt: skip


def test_predict_on_an_accelerator_of_ones_own(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: Mine\nmem_gb: 96\nmem_type: HBM3\nmem_bw_gb_s: 3000\nbf16_dense_tflops: 700\n"
    )
    done = aisim("predict", "llama-3.1-8b", "--accelerator-file", str(path), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accelerator"] == "Mine"
    path.write_text("name: Mine\nmem_gb: -1\n")
    done = aisim("predict", "llama-3.1-8b", "--accelerator-file", str(path))
    assert done.returncode == 2
    assert f"{path}: mem_gb: got -1" in done.stderr


def test_size_as_a_table_and_as_json():
    arguments = ("size", "llama-3.1-8b", *LOAD, "--accelerator", "L40S-48", "--top", "2")
    done = aisim(*arguments, env={"COLUMNS": "100"})
    assert done.returncode == 0, done.stderr
    assert "the least:" in done.stdout
    answer = json.loads(aisim(*arguments, "--json").stdout)
    finite_or_null(answer)
    assert len(answer["options"]) == 2
    assert all(option["confirmed"] for option in answer["options"])


def test_size_of_own_machines_alone():
    done = aisim("size", "llama-3.1-8b", *LOAD, "--own", "--top", "1", "--json")
    assert done.returncode == 0, done.stderr
    assert [option["kind"] for option in json.loads(done.stdout)["options"]] == ["own"]


def test_ctrl_c_gives_what_there_is():
    load = ("--rps", "3000", "--ttft-p95", "1", "--tpot-p95", "0.05")
    done = interrupted("size", "llama-3.1-8b", *load, "--json")
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    answer = json.loads(done.stdout)
    assert answer["partial"] is True
    assert answer["options"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["predict", "llama-3.1-9b", "L4-24"], "unknown model 'llama-3.1-9b'; nearest: "),
        (["predict", "llama-3.1-8b", "H100"], "unknown accelerator 'H100'; nearest: H100-"),
        (["predict", "llama-3.1-8b"], "give the accelerator by name, or --accelerator-file"),
        (["predict", "no/config.json", "L4-24"], "no/config.json: cannot be read"),
        (["predict", "llama-3.1-8b", "L4-24", "--tp", "3"], "does not split the 32 heads"),
        (["predict", "llama-3.1-8b", "L4-24", "--tp", "0"], "allowed: 1 to 10000"),
        (["predict", "llama-3.1-8b", "L4-24", "--input", "x"], "allowed: 1 to 10000000"),
        (["predict", "llama-3.1-8b", "L4-24", "--input", "999999"], "allowed: 131,072"),
        (["predict", "llama-3.1-8b", "L4-24", "--weights", "fp9"], "invalid choice: 'fp9'"),
        (["size", "llama-3.1-8b"], "--rps"),
        (["size", "llama", *LOAD], "unknown model 'llama'; nearest: "),
        (["size", "llama-3.1-8b", *LOAD, "--accelerator", "H100"], "nearest: H100-"),
        (["size", "llama-3.1-8b", *LOAD, "--provider", "awz"], "nearest: aws"),
        (["size", "llama-3.1-8b", *LOAD, "--own", "--cloud"], "not allowed with"),
        (["size", "llama-3.1-8b", *LOAD, "--top", "99"], "top 99, allowed: 1 to 50"),
        (["size", "llama-3.1-8b", *LOAD, "--rps", "nan"], "got 'nan'"),
    ],
)
def test_bad_input_is_a_line_and_status_2(arguments, words):
    done = aisim(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert words in done.stderr
