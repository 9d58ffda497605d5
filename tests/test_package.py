"""The package as it is installed: a wheel in an empty environment, and the checkout itself."""

import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_works_in_an_empty_environment(tmp_path):
    run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT, cwd=tmp_path)
    wheel = next(tmp_path.glob("aisim-*.whl"))
    venv.create(tmp_path / "env", with_pip=True)
    binaries = tmp_path / "env" / "bin"
    run(binaries / "pip", "install", "--quiet", wheel, cwd=tmp_path)
    where = run(binaries / "python", "-c", "import aisim; print(aisim.__file__)", cwd=tmp_path)
    assert str(tmp_path) in where
    arguments = ("run", "assistant", "--json", "--set", "run.horizon_s=4500")
    answer = json.loads(run(binaries / "aisim", *arguments, cwd=tmp_path))
    assert list(answer["candidates"]) == ["cloud", "on-prem", "hybrid"]
    assert "vendor list" in run(binaries / "aisim", "catalog", "cloud_instances", cwd=tmp_path)
    # Parquet is an extra: without it the request table is CSV.
    run(binaries / "aisim", *arguments, "--out", "out", cwd=tmp_path)
    assert (tmp_path / "out" / "cloud" / "requests.csv").exists()
    assert not (tmp_path / "out" / "cloud" / "requests.parquet").exists()


def test_the_editable_install_finds_its_data_from_elsewhere(tmp_path):
    code = "import aisim; print(aisim.__file__, aisim.shipped_studies())"
    said = run(sys.executable, "-c", code, cwd=tmp_path)
    assert str(ROOT) in said
    assert "assistant" in said


def test_the_import_brings_no_widgets_and_no_charts(tmp_path):
    code = (
        "import sys, aisim; "
        "print([m for m in ('altair', 'ipywidgets', 'IPython') if m in sys.modules])"
    )
    assert run(sys.executable, "-c", code, cwd=tmp_path).strip() == "[]"


def test_charts_do_not_wait_for_a_grammar_and_leave_it_to_others(tmp_path):
    code = (
        "import sys, aisim.charts; print('rfc3987_syntax' in sys.modules); "
        "import rfc3987_syntax; print(rfc3987_syntax.__name__)"
    )
    assert run(sys.executable, "-c", code, cwd=tmp_path).split() == ["False", "rfc3987_syntax"]
