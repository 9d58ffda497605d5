"""What the GPU bench counts and writes, as far as it needs no torch."""

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

from aisim.catalog import accelerators, llm_model

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared/data/performance"


def load(name):
    """Load a script's module under a name that no other test can mean."""
    path = ROOT / "tests/bench/gpu" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"gpu_bench_{name}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


cases, rows, names, power, measure = map(load, ("cases", "rows", "names", "power", "measure"))
ORIGIN = rows.Origin("H100-SXM-80", "2026-11-21", "llama-3.1-8b", "torch 2.13.0", "bf16")
MODEL = llm_model("llama-3.1-8b")


@pytest.mark.skipif(not SHARED.exists(), reason=f"no measured tables at {SHARED}")
@pytest.mark.parametrize(
    ("file", "columns"),
    [("step_times.csv", rows.STEP_COLUMNS), ("op_times.csv", rows.OP_COLUMNS)],
)
def test_columns_are_those_of_the_measured_tables(file, columns):
    with (SHARED / file).open(encoding="utf-8", newline="") as table:
        assert tuple(next(csv.reader(table))) == columns


@pytest.mark.parametrize("name", ["llama-2-7b", "llama-3.1-8b", "llama-3.1-70b"])
def test_weights_are_the_parameters_of_the_model(name):
    model = llm_model(name)
    embedding = cases.VALUE_BYTES * model.vocab * model.hidden
    counted = cases.weight_bytes(model, model.layers) + embedding
    assert counted / cases.VALUE_BYTES == pytest.approx(1e9 * model.params_b, rel=0.002)


def test_work_and_traffic_of_a_decode():
    step = cases.Step(decodes=8, context=1024)
    # 8.03e9 parameters less the embedding; 4 x 4096 x 1024 x 32 per token in attention.
    assert cases.step_flops(MODEL, 32, step) == pytest.approx(8 * (2 * 7.50e9 + 0.537e9), rel=0.01)
    assert cases.kv_bytes(MODEL, 32, step.kv_tokens()) == 8 * 1024 * 131072


def test_a_prompt_attends_to_what_is_cached_and_to_itself():
    assert cases.Step(prompts=2, chunk=3, cached=10).pairs() == 2 * (11 + 12 + 13)


def test_layers_that_fit_leave_room_for_the_cache():
    assert cases.layers_that_fit(MODEL, 80e9) == 32
    cut = cases.layers_that_fit(MODEL, 12e9)
    assert 0 < cut < 32
    assert cases.weight_bytes(MODEL, cut) <= 0.8 * 12e9
    assert cases.layers_that_fit(MODEL, 1e9) == 0


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("grid", ["gemms", "attentions", "steps"])
def test_cases_differ_and_stay_within_the_context(grid, quick):
    short = llm_model("llama-2-7b")
    found = list(getattr(cases, grid)(short, quick=quick))
    assert len(found) == len(set(found)) > 0
    lengths = [getattr(case, "length", 0) for case in found]
    lengths += [case.cached + case.chunk for case in found if grid == "steps"]
    assert max(lengths) <= short.max_context


def test_steps_hold_all_three_phases():
    for quick in (True, False):
        phases = {step.phase() for step in cases.steps(MODEL, quick=quick)}
        assert phases == {"prefill", "decode", "mixed"}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (cases.Step(decodes=8, context=512), ("decode", 8, "", 512, 8)),
        (cases.Step(prompts=2, chunk=256), ("prefill", 2, 256, 0, 512)),
        (cases.Step(prompts=1, chunk=256, cached=1024), ("prefill", 1, 256, 1024, 256)),
        (cases.Step(prompts=1, chunk=256, decodes=8, context=512), ("mixed", 9, 256, 512, 264)),
    ],
)
def test_step_rows(step, expected):
    row = rows.step_row(ORIGIN, step, 12.3456789, 7, ["graph", "watts=650"])
    shape = ("phase", "batch_size", "prompt_tokens_per_seq", "context_len_per_seq")
    assert tuple(row[name] for name in (*shape, "new_tokens_total")) == expected
    assert row["measured_ms"] == "12.3457"
    assert row["note"] == "graph; watts=650"
    assert row["source"] == "aisim tests/bench/gpu on H100-SXM-80, 2026-11-21"


def test_tables_are_whole_after_each_row(tmp_path):
    table = rows.Table(tmp_path / "op_times.csv", rows.OP_COLUMNS)
    table.add(rows.gemm_row(ORIGIN, cases.Gemm(16, 4096, 1024), 0.0123456789))
    decode = cases.Attention(4, 2048, 32, 8, 128, generation=True)
    table.add(rows.attention_row(ORIGIN, decode, 0.00001234))
    assert [path.name for path in tmp_path.iterdir()] == ["op_times.csv"]
    with table.path.open(encoding="utf-8", newline="") as file:
        gemm, attention = csv.DictReader(file)
    assert (gemm["op"], gemm["dtype"], gemm["batch"]) == ("gemm", "bfloat16", "")
    assert gemm["latency_ms"] == "0.0123457"
    assert (attention["op"], attention["dtype"]) == ("generation_attention", "kv bfloat16")
    assert (attention["seq_or_ctx"], attention["latency_ms"]) == ("2048", "0.00001234")


@pytest.mark.parametrize(
    ("driver", "gib", "expected"),
    [
        ("NVIDIA H100 80GB HBM3", 79.1, "H100-SXM-80"),
        ("NVIDIA H100 PCIe", 79.1, "H100-PCIe-80"),
        ("NVIDIA H100 NVL", 93.1, "H100-NVL-94"),
        ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", 9.8, None),
        ("NVIDIA H200", 139.8, "H200-SXM-141"),
        ("NVIDIA A100-SXM4-40GB", 39.4, "A100-SXM-40"),
        ("NVIDIA A100-SXM4-80GB", 79.2, "A100-SXM-80"),
        ("NVIDIA A100 80GB PCIe", 79.2, "A100-PCIe-80"),
        ("Tesla V100-SXM2-16GB", 15.8, "V100-SXM2-16"),
        ("Tesla T4", 14.6, "T4-16"),
        ("NVIDIA A10G", 22.1, "A10G-24"),
        ("NVIDIA L40S", 44.4, "L40S-48"),
        ("NVIDIA GeForce RTX 4090", 23.5, "RTX4090-24"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", 15.7, None),
        ("NVIDIA RTX A6000", 47.4, "RTXA6000-48"),
        ("NVIDIA RTX 6000 Ada Generation", 47.4, "RTX6000Ada-48"),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", 94.9, "RTXPRO6000-96"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", 94.9, "RTXPRO6000-SE-96"),
        ("NVIDIA GH200 480GB", 94.5, "GH200-480GB-96"),
        ("NVIDIA B200", 178.4, "B200-SXM-180"),
        ("AMD Instinct MI300X", 191.7, "MI300X-192"),
    ],
)
def test_catalog_names(driver, gib, expected):
    assert names.catalog_name(driver, gib * 2**30, accelerators().values()) == expected


def test_power_samples_carry_the_time_of_the_tool():
    first = power.sample("2026/11/21 05:36:34.250, 412.50\n")
    later = power.sample("2026/11/21 05:36:35.000, 500.00\n")
    assert (first[1], later[0] - first[0]) == (412.5, pytest.approx(0.75))
    assert power.sample("2026/11/21 05:36:34.250, [N/A]\n") is None
    assert power.sample("") is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [("llama-3.1-8b", ""), ("mixtral-8x7b", "experts"), ("deepseek-v3", "compressed cache")],
)
def test_only_dense_models_can_be_measured(name, reason):
    assert reason in measure.why_not(llm_model(name))
    assert bool(measure.why_not(llm_model(name))) == bool(reason)


def test_one_line_tells_that_torch_is_missing(monkeypatch):
    monkeypatch.setattr(measure.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"needs torch in .*: pip install torch"):
        measure.check_packages()
