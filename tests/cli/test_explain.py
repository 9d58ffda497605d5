"""`aisim explain`: a figure of money taken apart, as a planner meets it."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from aisim.cli import main
from aisim.planning import explained_figures
from aisim.scenario.text import dump_yaml
from tests.numbers import finite_or_null
from tests.priced import priced, priced_data


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "priced.yaml"
    path.write_text(dump_yaml(priced_data()))
    return str(path)


def test_a_figure_down_to_its_prices(study, capsys):
    figure = "cost.usd_per_million_output_tokens"
    assert main(["explain", study, figure, "--candidate", "own"]) == 0
    lines = capsys.readouterr().out.splitlines()
    cost = priced().answer()["candidates"]["own"]["cost"]
    assert lines[0] == f"own: {figure} = {cost['usd_per_million_output_tokens']:.6g}"
    assert lines[1] == "  = usd_per_month / output_tokens * 1e6"
    assert f"own: cost.usd_per_month = {cost['usd_per_month']:,.2f}" in lines
    text = "\n".join(lines)
    for words in ("hardware / 4x L40S PCIe server 2U", "estimate",
                  "costs.dlp / 1000 to 1500 to 3000 monthly",
                  "at the end of each month", "bought for 60 months", "kg CO2e"):  # fmt: skip
        assert words in text


def test_a_figure_of_the_simulation_and_what_it_rests_on(study, capsys):
    assert main(["explain", study, "requests_per_s", "--candidate", "own"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rate = priced().answer()["candidates"]["own"]["requests_per_s"]
    assert lines[0] == f"own: requests_per_s = {rate:.6g}"
    assert lines[1] == "  = requests / window_s"
    assert "    run.window_s = 300" in lines
    assert any("one simulation of priced with seed" in line for line in lines)
    assert any("iteration times on L40S-48, fitted to measurements" in line for line in lines)


def test_as_json(study, capsys):
    assert main(["explain", study, "cost.paid_usd", "--candidate", "managed", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    finite_or_null(found)
    assert found["figure"] == "cost.paid_usd"
    assert found["unit_of_parts"] == "USD"
    parts = [charge["part"] for charge in found["charges"]]
    paid = priced().answer()["candidates"]["managed"]["cost"]["paid_usd"]
    assert sum(parts) == pytest.approx(found["value"]) == pytest.approx(paid)
    assert all(price["source"] for charge in found["charges"] for price in charge["prices"])


def test_one_against_another(study, capsys):
    figure = "against.managed.commit_3y.break_even_months"
    assert main(["explain", study, figure, "--candidate", "own"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"own: {figure} = not defined\n")
    assert "discounted by the cost of capital" in out


def test_a_figure_must_be_named(study, capsys):
    with pytest.raises(SystemExit) as left:
        main(["explain", study, "--candidate", "hybrid"])
    assert left.value.code == 2
    assert "figure" in capsys.readouterr().err


def test_all_are_listed(study, capsys):
    assert main(["explain", study, "list", "--candidate", "hybrid"]) == 0
    listed = capsys.readouterr().out.split()
    assert listed == explained_figures(priced(), "hybrid")
    assert "against.managed.on_demand.irr_per_year" in listed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["cost.usd_per_mnth", "--candidate", "own"], "did you mean 'cost.usd_per_month'?"),
        (["zzz", "--candidate", "own"], "no figure 'zzz', allowed: "),
        (["", "--candidate", "own"], "no figure '', allowed: "),
        (["against.own.declared.npv_usd", "--candidate", "own"], "no figure 'against.own"),
        (["cost.usd_per_month", "--candidate", "onw"], "unknown, did you mean 'own'?"),
        (["cost.usd_per_month", "--candidate", ""], "--candidate: unknown, allowed: "),
    ],
)
def test_what_is_not_there_is_a_line(study, capsys, arguments, says):
    assert main(["explain", study, *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err.splitlines()[-1]
    assert "Traceback" not in said.err


@pytest.mark.parametrize("figure", ["cost.usd_per_mnth", "zzz", "", "List"])
def test_nothing_is_simulated_for_a_figure_that_there_is_not(study, monkeypatch, capsys, figure):
    asked = []

    def never(*_, **__):
        asked.append(figure)
        raise OSError("simulated")

    monkeypatch.setattr("aisim.cli.comparing.compare", never)
    assert main(["explain", study, figure, "--candidate", "own"]) == 2
    assert asked == []
    assert f"no figure {figure!r}, " in capsys.readouterr().err
    # Of one against another it is not known before.
    assert main(["explain", study, "against.own.declared.npv_usd", "--candidate", "own"]) != 0
    assert asked == [figure]


def test_whose_figure_must_be_said(study, capsys):
    with pytest.raises(SystemExit) as left:
        main(["explain", study, "cost.usd_per_month"])
    assert left.value.code == 2
    assert "--candidate" in capsys.readouterr().err


def test_a_setting_counts(study, capsys):
    setting = ["--set", "economics.years=1", "--set", "economics.discount_rate=0"]
    figure = "cost.equivalent_annual_cost_usd"
    assert main(["explain", study, figure, "--candidate", "gpt", "--json", *setting]) == 0
    found = json.loads(capsys.readouterr().out)[0]
    assert found["inputs"]["economics.months"] == 12
    assert found["value"] == pytest.approx(found["inputs"]["cost.present_cost_usd"])


def test_stopped(study, capsys, monkeypatch):
    @contextmanager
    def soon():
        yield lambda: True

    monkeypatch.setattr("aisim.cli.comparing.asked_to_stop", soon)
    assert main(["explain", study, "cost.usd_per_month", "--candidate", "own"]) == 130
    assert capsys.readouterr().out == ""


def test_in_a_narrow_pipe(study):
    """Lines are never broken, so that grep finds them."""
    command = [sys.executable, "-m", "aisim.cli", "explain", study, "cost.usd_per_month"]
    done = subprocess.run(
        [*command, "--candidate", "own"], capture_output=True, text=True, timeout=120,
        env=os.environ | {"COLUMNS": "40"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) > 100
