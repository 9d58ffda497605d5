"""`aisim calibrate`, and a study that uses what it wrote."""

import json

import pytest

from aisim.cli import main
from aisim.performance.placement import plan_pools
from aisim.scenario import load_study
from aisim.scenario.text import dump_yaml
from aisim.validation.serving import Serving
from tests.command import aisim
from tests.small import small_data
from tests.validation.synthetic import run, runs, setup, truth, write_vllm

SAID = ["--accelerator", "L40S-48", "--precision", "fp16"]


@pytest.fixture(scope="module")
def slow():
    return truth(setup(), memory=0.75, compute=0.8)


@pytest.fixture(scope="module")
def bench(tmp_path_factory, slow):
    return write_vllm(tmp_path_factory.mktemp("measured") / "bench", runs(setup(), slow))


@pytest.fixture(scope="module")
def calibrated(bench):
    out = bench.parent / "my_gpu.yaml"
    done = aisim("calibrate", str(bench), *SAID, "-o", str(out))
    assert done.returncode == 0
    return out, done


def test_the_table(calibrated):
    _, done = calibrated
    for words in ("eff_m_dense", "of bandwidth", "TPOT", "cross-validated", "Note: "):
        assert words in done.stdout
    assert "wrote" in done.stderr


def test_json_is_strict(bench, capsys):
    assert main(["calibrate", str(bench), *SAID, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    (group,) = answer["groups"]
    assert group["helps"] is True
    assert group["errors"]["tpot"]["cross_validated"]["median"] < 0.06
    assert {row["parameter"] for row in group["parameters"]} >= {"eff_m_dense", "iteration_us"}


def test_a_file_is_not_replaced_without_force(calibrated, bench, capsys):
    out, _ = calibrated
    before = out.read_text()
    assert main(["calibrate", str(bench), *SAID, "-o", str(out)]) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_text() == before
    assert main(["calibrate", str(bench), *SAID, "-o", str(out), "--force"]) == 0


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["--precision", "fp16"], "--accelerator"),
        (["--accelerator", "Abacus-1", "--precision", "fp16"], "Abacus-1"),
        ([*SAID, "--model", "abacus-8b"], "unknown model"),
        ([*SAID, "--tp", "0"], "tp"),
        ([*SAID, "-o", "/no/such/folder/x.yaml"], "folder"),
    ],
)
def test_bad_input_is_one_line(bench, capsys, said, words):
    assert main(["calibrate", str(bench), *said]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert len(error.splitlines()) == 1


def test_an_accelerator_of_ones_own(tmp_path, bench, capsys):
    own = tmp_path / "own.yaml"
    own.write_text(
        "name: My GPU\nbf16_dense_tflops: 360\nmem_gb: 48\nmem_type: GDDR6\nmem_bw_gb_s: 864\n"
    )
    said = ["--accelerator-file", str(own), "--precision", "fp16", "-o", str(tmp_path / "o.yaml")]
    assert main(["calibrate", str(bench), *said]) == 0
    assert "accelerator: My GPU" in (tmp_path / "o.yaml").read_text()


def study_with(tmp_path, calibration, **pool):
    data = small_data()
    for candidate in data["candidates"].values():
        candidate["pools"]["pool"] |= {"calibration": str(calibration), **pool}
    path = tmp_path / "study.yaml"
    path.write_text(dump_yaml(data))
    return path


def test_a_study_runs_with_it(tmp_path, calibrated, capsys):
    path = study_with(tmp_path, calibrated[0])
    assert main(["run", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["candidates"]


def test_a_study_predicts_the_benchmark(tmp_path, calibrated, slow):
    study = load_study(study_with(tmp_path, calibrated[0]))
    time = plan_pools(study.candidates["owned"])["pool"].time
    assert time.provenance == "calibrated"
    real = Serving((slow[0],), (slow[1],)).predicted(run(setup(), 32))
    said = Serving((time.fit,), (time.host,)).predicted(run(setup(), 32))
    catalog = Serving().predicted(run(setup(), 32))
    assert said["tpot_mean_ms"] == pytest.approx(real["tpot_mean_ms"], rel=0.05)
    assert abs(catalog["tpot_mean_ms"] / real["tpot_mean_ms"] - 1) > 0.1


def test_another_precision_is_noted(tmp_path, calibrated):
    study = load_study(study_with(tmp_path, calibrated[0], weights="fp8"))
    notes = plan_pools(study.candidates["owned"])["pool"].notes
    assert any("measured in fp16, this pool runs fp8" in note for note in notes)


def test_another_engine_is_a_fault(tmp_path, calibrated, capsys):
    path = study_with(tmp_path, calibrated[0], engine="sglang")
    assert main(["run", str(path)]) == 2
    error = capsys.readouterr().err
    assert "candidates.owned.pools.pool.calibration" in error
    assert "not sglang" in error
