"""`aisim compare`: the candidates of a study in money, as a planner meets it."""

import json
from contextlib import contextmanager

import pandas as pd
import pytest

from aisim.cli import main
from aisim.planning import money
from aisim.report.ledger import comparison_ledger
from aisim.scenario.text import dump_yaml
from tests.numbers import finite_or_null
from tests.priced import priced, priced_data


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    path = tmp_path / "priced.yaml"
    path.write_text(dump_yaml(priced_data()))
    return str(path)


def strict(text):
    def refuse(word):
        raise AssertionError(f"{word} in JSON")

    return json.loads(text, parse_constant=refuse)


def fault(capsys, *arguments):
    """The only line of a refusal."""
    assert main(["compare", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


def test_the_tables(study, capsys):
    assert main(["compare", study]) == 0
    out = capsys.readouterr().out
    for words in ("priced: 3 years from 2027-01-01, in USD", "One instead of the other",
                  "EXCLUDED own:", "EXCLUDED gpt:", "the least: managed"):  # fmt: skip
        assert words in out
    assert "Traceback" not in out


def test_the_answer_as_json(study, capsys):
    assert main(["compare", study, "--json"]) == 0
    answer = strict(capsys.readouterr().out)
    assert answer["money"] == strict(json.dumps(money(priced())))
    assert answer["candidates"] == strict(json.dumps(priced().answer()["candidates"]))
    finite_or_null(answer["money"])


def test_years_and_currency(study, capsys):
    assert main(["compare", study, "--json", "--years", "5", "--currency", "EUR"]) == 0
    answer = strict(capsys.readouterr().out)
    assert answer["money"]["years"] == 5
    assert answer["money"]["currency"]["code"] == "EUR"
    assert answer["money"]["currency"]["rate_date"]
    # JSON stays in dollars: a month of an API is the same over any years.
    month = priced().answer()["candidates"]["gpt"]["cost"]["usd_per_month"]
    assert answer["candidates"]["gpt"]["cost"]["usd_per_month"] == pytest.approx(month)
    assert main(["compare", study, "--years", "1", "--currency", "CHF"]) == 0
    out = capsys.readouterr().out
    assert "priced: 1 year from 2027-01-01, in CHF" in out
    assert "1 CHF = " in out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--years", "0"], "economics.years: got 0, allowed: greater than or equal to 1"),
        (["--years", "99"], "economics.years: got 99, allowed: less than or equal to 15"),
        (["--years", "-3"], "economics.years: got -3, allowed: greater than or equal to 1"),
        (["--currency", "XXX"], "economics.currency: no exchange rate for 'XXX', allowed: AUD"),
        (["--currency", "eur"], "no exchange rate for 'eur', did you mean 'EUR'?"),
        (["--currency", ""], "economics.currency"),
        (["--currency", "{}"], "economics.currency"),
        (["--candidate", "onw"], "--candidate: onw: unknown, did you mean 'own'?"),
        (["--set", "economics.yeers=2"], "did you mean 'years'?"),
        (["--ledger", "x.txt"], "got '.txt', allowed: .csv, .parquet, .xlsx"),
        (["--ledger", "/nowhere/x.csv"], "no folder '/nowhere'"),
    ],
)
def test_what_cannot_be_is_a_line(study, capsys, options, says):
    assert says in fault(capsys, study, *options)


@pytest.mark.parametrize(
    "options", [["--years", "x"], ["--years", "2.5"], ["--years"], ["--replications", "0"], ["-x"]]
)
def test_options_that_are_none(study, capsys, options):
    with pytest.raises(SystemExit) as left:
        main(["compare", study, *options])
    assert left.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_an_unknown_study(capsys):
    assert "no such file and no shipped study" in fault(capsys, "nowhere")


def test_a_price_list_that_is_none(study, tmp_path, capsys):
    (tmp_path / "own.csv").write_text("no list")
    line = fault(capsys, study, "--set", f"economics.price_list={tmp_path / 'own.csv'}")
    assert "not a price list" in line


BLOCK = "cloud / aws / eu-central-1 / g6e.xlarge / capacity_block"


def a_list(tmp_path, key, typical):
    path = tmp_path / "quotes.csv"
    head = "key,unit,typical,source,as_of\n"
    path.write_text(f"{head}{key},machine-hour,{typical},quote 17,2026-10-01\n")
    return ["--set", f"economics.price_list={path}"]


def test_a_level_that_only_the_list_has(study, tmp_path, capsys):
    """A block is in no catalog: 2 USD an hour for 365 days of the first year."""
    at = "candidates.managed.machines.gpu"
    level = [f"{at}.price=capacity_block", f"{at}.upfront_share=0", "candidates.managed.costs={}"]
    options = [word for each in level for word in ("--set", each)]
    quoted = a_list(tmp_path, BLOCK, 2.0)
    arguments = [study, "--candidate", "managed", *options]
    assert main(["compare", *arguments, *quoted, "--years", "1", "--json"]) == 0
    cost = strict(capsys.readouterr().out)["candidates"]["managed"]["cost"]
    assert cost["by_category"]["compute"] * 12 == pytest.approx(2 * 365 * 24)
    assert "no price in a catalog" in fault(capsys, *arguments)
    other = a_list(tmp_path, BLOCK.replace("g6e.xlarge", "g6e.12xlarge"), 9.0)
    line = fault(capsys, *arguments, *other)
    assert f"{at}.price: no price 'capacity_block' of g6e.xlarge, in the price list neither" in line


def test_one_candidate(study, capsys):
    assert main(["compare", study, "--json", "--candidate", "gpt", "--candidate", "managed"]) == 0
    answer = strict(capsys.readouterr().out)
    assert list(answer["candidates"]) == list(answer["money"]["candidates"]) == ["gpt", "managed"]
    assert main(["compare", study, "--candidate", "own"]) == 0
    assert "One instead of the other" not in capsys.readouterr().out


def test_a_field_of_the_study_and_another_seed(study, capsys):
    arguments = ["compare", study, "--json", "--candidate", "gpt"]
    assert main([*arguments, "--set", "economics.discount_rate=0", "--seed", "7"]) == 0
    answer = strict(capsys.readouterr().out)
    assert answer["seed"] == 7
    assert answer["money"]["discount_rate"] == {"per_year": 0.0, "source": "the study"}
    cost = answer["candidates"]["gpt"]["cost"]
    assert cost["present_cost_usd"] == pytest.approx(cost["paid_usd"])


def test_machines_at_any_level_take_a_setting(study, capsys):
    """What is left out of the study is no fault once the study is written out for `--set`."""
    arguments = ["compare", study, "--candidate", "managed", "--json"]
    for price in ("on_demand", "commit_3y"):
        at = "candidates.managed.machines.gpu"
        options = [f"{at}.price={price}", f"{at}.upfront_share=0", "economics.years=2"]
        assert main([*arguments, *(word for o in options for word in ("--set", o))]) == 0
        assert strict(capsys.readouterr().out)["money"]["years"] == 2


def test_replications(study, capsys):
    arguments = ["compare", study, "--candidate", "own", "--candidate", "gpt"]
    assert main([*arguments, "--replications", "2", "--json"]) == 0
    answer = strict(capsys.readouterr().out)
    assert answer["replications"] == 2
    month = answer["candidates"]["gpt"]["cost"]["usd_per_month"]
    assert month["low"] < month["mean"] < month["high"]
    assert set(answer["money"]["against"]) == {"own", "gpt"}
    assert main([*arguments, "--replications", "2"]) == 0
    out = capsys.readouterr().out
    assert f"{month['mean']:,.0f}" in out
    assert "[" in out


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx", ".CSV"])
def test_the_ledger_as_a_file(study, tmp_path, capsys, suffix):
    out = tmp_path / f"ledger{suffix}"
    assert main(["compare", study, "--ledger", str(out), "--currency", "EUR"]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == f"wrote {out}"
    read = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".xlsx": pd.read_excel}[
        suffix.lower()
    ]
    frame = read(out)
    ledger = comparison_ledger(priced())
    assert len(frame) == len(ledger)
    assert set(frame["BillingCurrency"]) == {"EUR"}
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([out.name, "priced.yaml"])


def test_a_ledger_where_a_folder_is_in_the_way(study, tmp_path, capsys):
    (tmp_path / "x.csv").mkdir()
    assert "a folder, not a file" in fault(capsys, study, "--ledger", str(tmp_path / "x.csv"))


def test_all_are_excluded(study, capsys):
    assert main(["compare", study, "--set", "limits.budget_total_usd=1"]) == 0
    assert "Every candidate is excluded" in " ".join(capsys.readouterr().out.split())


def test_stopped_before_its_end(study, capsys, monkeypatch):
    """What there is is shown, marked, and the exit status says so."""
    asked = []

    @contextmanager
    def soon():
        yield lambda: asked.append(1) or len(asked) > 3

    monkeypatch.setattr("aisim.cli.comparing.asked_to_stop", soon)
    assert main(["compare", study, "--json"]) == 130
    answer = strict(capsys.readouterr().out)
    assert answer["partial"] is True
    asked.clear()
    assert main(["compare", study]) == 130
    assert "PARTIAL" in capsys.readouterr().out
