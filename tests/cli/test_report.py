"""`aisim run --report`: the answer as one page beside the table in the terminal."""

import sys

import pytest

from aisim.cli import main
from aisim.planning import compare
from aisim.scenario import load_study
from aisim.scenario.text import dump_yaml
from tests.small import small_data


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(dump_yaml(small_data()))
    return str(path)


def test_one_draw(study, tmp_path, capsys):
    file = tmp_path / "r.html"
    file.write_text("old")
    assert main(["run", study, "--report", str(file)]) == 0
    said = capsys.readouterr()
    assert f"wrote {file}" in said.err
    assert "USD per month" in said.out
    text = file.read_text(encoding="utf-8")
    month = compare(load_study(study)).answer()["candidates"]["owned"]["cost"]["usd_per_month"]
    assert f"{month:,.0f}" in text
    assert "A full run" in text
    assert text.count("<figure>") == text.count("<svg") > 3
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_replications_have_intervals(study, tmp_path, capsys):
    file = tmp_path / "r.html"
    assert main(["run", study, "--replications", "2", "--json", "--report", str(file)]) == 0
    assert '"replications": 2' in capsys.readouterr().out
    text = file.read_text(encoding="utf-8")
    assert "2 of 2" in text
    assert "2 replications: mean and 95 % interval" in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("r.pdf", "got '.pdf', allowed: .html"),
        ("r", "got 'no ending', allowed: .html"),
        ("none/r.html", "no folder"),
        ("folder.html", "a folder, not a file"),
    ],
)
def test_a_file_that_cannot_be_is_refused_before_anything_runs(
    study, tmp_path, capsys, monkeypatch, name, words
):
    monkeypatch.setattr("aisim.cli.run.compared", lambda *_: pytest.fail("it was simulated"))
    (tmp_path / "folder.html").mkdir()
    assert main(["run", study, "--report", str(tmp_path / name)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


def test_without_the_libraries_there_is_a_line(study, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    assert main(["run", study, "--report", str(tmp_path / "r.html")]) == 2
    assert "pip install 'aisim[lab]'" in capsys.readouterr().err


def test_what_was_stopped_is_marked_and_nothing_is_written_of_nothing(
    study, tmp_path, capsys, monkeypatch
):
    file = tmp_path / "r.html"

    def stopped(after):
        asked = iter(range(10**9))
        return lambda loaded, _: compare(loaded, cancelled=lambda: next(asked) >= after)

    monkeypatch.setattr("aisim.cli.run.compared", stopped(0))
    assert main(["run", study, "--report", str(file)]) == 130
    assert not file.exists()
    monkeypatch.setattr("aisim.cli.run.compared", stopped(2))
    assert main(["run", study, "--report", str(file)]) == 130
    text = file.read_text(encoding="utf-8")
    assert "Partial: stopped before its end" in text
    assert "owned was not simulated" in text
