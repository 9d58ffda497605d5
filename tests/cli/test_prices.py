"""`aisim prices`: a list of one's own, and how old the prices are."""

import json
from datetime import date

import pytest

from aisim.cli import main
from aisim.cost.charges import prices_in_use
from aisim.cost.price import Price
from aisim.cost.price_list import read_price_list
from aisim.report.prices import price_rows, stale_after_days, table_rows
from aisim.scenario import load_study
from aisim.scenario.text import dump_yaml
from tests.small import small_data

TODAY = date(2026, 11, 21)
HEAD = "key,unit,low,typical,high,currency,source,as_of\n"
HOUR = "cloud / aws / us-east-1 / g6e.xlarge / on_demand"
ROWS = (
    f"{HOUR},machine-hour,1.5,1.6,1.7,EUR,framework contract 7,2025-12\n"
    "electricity / DE,kWh,,0.21,,EUR,tariff 2026,2026\n"
)


@pytest.fixture
def quotes(tmp_path):
    path = tmp_path / "quotes.csv"
    path.write_text(HEAD + ROWS)
    return path


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(dump_yaml(small_data()))
    return path


def test_import_shows_what_is_replaced_and_writes_the_list(quotes, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    out = tmp_path / "own.csv"
    assert main(["prices", "import", str(quotes), "-o", str(out)]) == 0
    said = capsys.readouterr()
    (line,) = (line for line in said.out.splitlines() if HOUR in line)
    cells = [cell.strip() for cell in line.strip("│ ").split("│")]
    assert cells[1] == "machine-hour"
    old, new = (float(cell) for cell in cells[2:4])
    assert new == pytest.approx(read_price_list(str(quotes))[HOUR].in_usd()[0].typical, rel=1e-5)
    assert cells[4] == f"{new / old - 1:+.1%}"
    assert said.out.splitlines()[-1] == (f"To use it in a study: economics: {{price_list: {out}}}")
    assert f"wrote {out}" in said.err
    assert read_price_list(str(out)) == read_price_list(str(quotes))
    assert out.read_text().splitlines()[0] + "\n" == HEAD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.csv", "quotes.csv"]


def test_without_out_nothing_is_written(quotes, tmp_path, capsys):
    assert main(["prices", "import", str(quotes)]) == 0
    assert f"price_list: {quotes}" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [quotes]


def test_a_name_with_blanks_is_quoted(quotes, capsys):
    spaced = quotes.rename(quotes.with_name("my: quotes.csv"))
    assert main(["prices", "import", str(spaced)]) == 0
    assert f'{{price_list: "{spaced}"}}' in capsys.readouterr().out


def test_bad_rows_are_all_said_and_nothing_is_written(quotes, tmp_path, capsys):
    quotes.write_text(
        HEAD + ROWS + "hardware / abacus,piece,,5,,,shop,2026\n"
        "hardware / L40S 48GB,piece,,-1,,,shop,2026\n"
    )
    out = tmp_path / "own.csv"
    out.write_text("as it was")
    assert main(["prices", "import", str(quotes), "-o", str(out), "--force"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    first, second = said.err.splitlines()
    assert first.startswith(f"{quotes}: line 4, key: unknown price 'hardware / abacus'")
    assert second.startswith(f"{quotes}: line 5, typical: got '-1'")
    assert out.read_text() == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.csv", "quotes.csv"]


def test_a_file_is_not_replaced_without_force(quotes, tmp_path, capsys):
    out = tmp_path / "own.csv"
    out.write_text("as it was")
    assert main(["prices", "import", str(quotes), "-o", str(out)]) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_text() == "as it was"
    assert main(["prices", "import", str(quotes), "-o", str(out), "--force"]) == 0
    assert read_price_list(str(out)) == read_price_list(str(quotes))


@pytest.mark.parametrize(
    ("target", "words"),
    [("", "a folder, not a file"), ("nowhere/own.csv", "No such file or directory")],
)
def test_out_that_cannot_be_written(quotes, tmp_path, capsys, target, words):
    assert main(["prices", "import", str(quotes), "-o", str(tmp_path / target)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("--out: ")
    assert words in line
    assert list(tmp_path.iterdir()) == [quotes]


def test_levels_that_stay_dearer_are_noted(quotes, capsys):
    quotes.write_text(HEAD + f"{HOUR},machine-hour,,0.3,,,contract,2026\n")
    assert main(["prices", "import", str(quotes)]) == 0
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Note: ")]
    assert any("commit_1y stays as the catalog has it" in note for note in notes)
    assert all("this list's on_demand, 0.3" in note for note in notes if "commit_3y" not in note)


def test_check_of_a_study(study, capsys):
    assert main(["prices", "check", str(study), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["stale_after_days"] == stale_after_days() == 180
    rows = {row["key"]: row for row in answer["prices"]}
    loaded = load_study(str(study))
    used = [
        price for candidate in loaded.candidates.values()
        for price in prices_in_use(candidate, loaded.economics)
    ]  # fmt: skip
    assert set(rows) == {price.key for price in used}
    assert {HOUR, "electricity / DE"} <= set(rows)
    ages = [row["age_days"] for row in answer["prices"]]
    assert ages == sorted(ages, key=lambda age: float("-inf") if age is None else -age)
    for row in answer["prices"]:
        assert row["stale"] == (row["age_days"] is not None and row["age_days"] > 180)
        assert row["source"]


def test_check_of_a_study_with_a_list_of_its_own(quotes, tmp_path, capsys):
    study = tmp_path / "own.yaml"
    study.write_text(dump_yaml(small_data() | {"economics": {"price_list": str(quotes)}}))
    assert main(["prices", "check", str(study), "--json"]) == 0
    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)["prices"]}
    assert rows[HOUR]["quality"] == "the planner's own"
    assert rows[HOUR]["source"].startswith("framework contract 7; 1 EUR = ")
    assert rows[HOUR]["as_of"] == "2025-12"
    quotes.write_text("no list")
    assert main(["prices", "check", str(study)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{quotes}: line 1: not a price list")


def test_check_as_a_table(study, capsys):
    assert main(["prices", "check", str(study)]) == 0
    out = capsys.readouterr().out
    assert "g6e.xlarge" in out
    assert "prices are older than 180 days (STALE) on" in out.splitlines()[-1]


def test_check_of_the_catalog(capsys):
    assert main(["prices", "check", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["tables"]
    assert [row["table"] for row in rows] == [
        "cloud_instances", "hardware", "opex", "electricity", "services"
    ]  # fmt: skip
    assert all(0 <= row["stale"] <= row["rows"] > 0 for row in rows)
    assert main(["prices", "check"]) == 0
    assert "cloud_instances" in capsys.readouterr().out


def test_tables_grow_old():
    before, after = table_rows(date(2000, 1, 1)), table_rows(date(2050, 1, 1))
    assert [row["stale"] for row in before] == [0] * 5
    assert [row["stale"] for row in after] == [row["rows"] for row in after]
    assert all(row["oldest"] <= row["newest"] for row in after)


def priced(key, as_of):
    return Price(key, 1.0, "kWh", 1.0, 1.0, 1.0, "[bold]list[/bold]", as_of, "published")


def test_ages():
    prices = [priced("new", "2026-11-01"), priced("own", ""), priced("old", "2026-05-24"),
              priced("just", "2026-05-25"), priced("new", "2026-11-01")]  # fmt: skip
    rows = price_rows(prices, TODAY)
    assert [(row["key"], row["age_days"], row["stale"]) for row in rows] == [
        ("own", None, False), ("old", 181, True), ("just", 180, False), ("new", 20, False),
    ]  # fmt: skip


def test_what_is_stale_or_unknown_stands_out(monkeypatch, capsys, study):
    used = (priced("old", "2020"), priced("own", ""))
    monkeypatch.setattr("aisim.cli.prices.prices_in_use", lambda candidate, economics: used)
    assert main(["prices", "check", str(study)]) == 0
    out = capsys.readouterr().out
    assert "STALE" in out
    assert "UNKNOWN" in out
    assert "published: [bold]list[/bold]" in " ".join(out.replace("│", " ").split())
    assert out.splitlines()[-1].startswith("1 of 2 prices are older than 180 days (STALE) on ")
    assert out.splitlines()[-1].endswith("1 of unknown age.")


def test_an_unknown_study(capsys):
    assert main(["prices", "check", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err
