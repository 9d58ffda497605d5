"""The ledger as a file: the same lines as CSV, Parquet and XLSX, and never half of them."""

import builtins
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aisim.cost import ledger_frame
from aisim.cost.ledger import COLUMNS
from aisim.planning import BadInput, Comparison
from aisim.report.ledger import check_ledger_file, comparison_ledger, write_ledger
from tests.priced import priced, repriced

NUMBERS = ["PricingQuantity", "ListUnitPrice", "ContractedUnitPrice", "ListCost", "ContractedCost",
           "BilledCost", "EffectiveCost", "x_EnergyKwh", "x_CarbonKg", "x_WaterLitres"]  # fmt: skip
TEXTS = [name for name in COLUMNS if name not in (*NUMBERS, "x_PaidAtMonth")]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


@pytest.fixture(scope="module")
def ledger():
    return comparison_ledger(priced())


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    options = {"keep_default_na": False, "na_values": [""]}
    if path.suffix == ".xlsx":
        return pd.read_excel(path, **options)
    return pd.read_csv(path, **options)


def as_text(column):
    return ["" if pd.isna(cell) else str(cell) for cell in column]


def test_all_lines_of_all_candidates(ledger):
    assert tuple(ledger.columns) == COLUMNS
    assert list(dict.fromkeys(ledger["x_Candidate"])) == list(priced().bills)
    for name, bill in priced().bills.items():
        own = ledger[ledger["x_Candidate"] == name]
        assert len(own) == len(ledger_frame(name, bill.charges, bill.economics))
        assert own["EffectiveCost"].sum() == pytest.approx(36 * bill.usd_per_month)
        paid = priced().answer()["candidates"][name]["cost"]
        assert own["BilledCost"].sum() == pytest.approx(paid["paid_usd"])
        first = own[own["x_PaidAtMonth"] == 0]
        assert first["BilledCost"].sum() == pytest.approx(paid["upfront_usd"])


def test_in_the_currency_of_the_study(ledger):
    euros = comparison_ledger(repriced({"economics.currency": "EUR"}))
    assert set(euros["BillingCurrency"]) == {"EUR"}
    rates = (ledger["BilledCost"] / euros["BilledCost"]).dropna()
    assert np.allclose(rates, rates.iloc[0])
    assert rates.iloc[0] != 1


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_a_file_holds_the_same(ledger, tmp_path, suffix):
    path = tmp_path / f"ledger{suffix}"
    write_ledger(ledger, path)
    back = read(path)
    assert list(back.columns) == list(ledger.columns)
    assert len(back) == len(ledger)
    for name in NUMBERS:
        assert np.allclose(
            back[name].astype(float), ledger[name].astype(float), rtol=1e-12, equal_nan=True
        ), name
    assert back["x_PaidAtMonth"].tolist() == ledger["x_PaidAtMonth"].tolist()
    for name in TEXTS:
        assert as_text(back[name]) == as_text(ledger[name]), name
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_text_that_looks_like_a_formula_is_made_plain(tmp_path, suffix):
    path = tmp_path / f"ledger{suffix}"
    write_ledger(pd.DataFrame({"text": [*FORMULAS, "a=1", ""], "usd": [-1.5] * 8}), path)
    back = read(path)
    plain = [f"'{text}" for text in FORMULAS]
    assert back["text"][:7].tolist() == [*plain[:5], "' =1", "a=1"]
    assert back["usd"].tolist() == [-1.5] * 8


def test_nothing_in_a_spreadsheet_is_a_formula(ledger, tmp_path):
    from openpyxl import load_workbook

    path = tmp_path / "ledger.xlsx"
    evil = ledger.head(5).copy()
    evil["ChargeDescription"] = '=HYPERLINK("http://x")'
    write_ledger(evil, path)
    cells = [cell for row in load_workbook(path).active.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert any(str(cell.value).startswith("'=HYPER") for cell in cells)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_would_break_a_row_or_a_spreadsheet_is_a_blank(tmp_path, suffix):
    path = tmp_path / f"ledger{suffix}"
    write_ledger(pd.DataFrame({"text": ["a\r=1", "b\a\x00c", "two\nlines", 'x,"y"']}), path)
    assert read(path)["text"].tolist() == ["a =1", "b  c", "two\nlines", 'x,"y"']


def test_parquet_keeps_the_text_as_it_is(tmp_path):
    path = tmp_path / "ledger.parquet"
    write_ledger(pd.DataFrame({"text": FORMULAS}), path)
    assert read(path)["text"].tolist() == FORMULAS


def test_what_a_planner_wrote_cannot_become_a_formula(tmp_path):
    asked = repriced({
        "candidates.own.costs.dlp.description": "=cmd|' /C calc'!A0",
        "candidates.own.costs.dlp.source": "@quote\nof two lines, \"quoted\"",
    })  # fmt: skip
    path = tmp_path / "ledger.csv"
    write_ledger(comparison_ledger(asked), path)
    back = read(path)
    assert "'=cmd|' /C calc'!A0" in set(back["ChargeDescription"])
    assert '\'@quote\nof two lines, "quoted"' in set(back["x_Source"])


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_a_failure_leaves_what_was_there(ledger, tmp_path, monkeypatch, suffix):
    path = tmp_path / f"ledger{suffix}"
    path.write_text("as it was")

    def fail(self, target, **options):
        Path(target).write_text("half")
        raise OSError(28, "No space left on device")

    for name in ("to_csv", "to_parquet", "to_excel"):
        monkeypatch.setattr(pd.DataFrame, name, fail)
    with pytest.raises(OSError, match="No space left"):
        write_ledger(ledger, path)
    assert path.read_text() == "as it was"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["ledger", "ledger.txt", "ledger.CSVX", "ledger.csv.gz", ".csv"])
def test_another_ending_is_a_line(tmp_path, name):
    with pytest.raises(BadInput, match=r"allowed: \.csv, \.parquet, \.xlsx") as bad:
        check_ledger_file(tmp_path / name)
    assert "\n" not in str(bad.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".CSV", ".Parquet", ".XLSX"])
def test_an_ending_in_any_case(ledger, tmp_path, suffix):
    path = tmp_path / f"ledger{suffix}"
    write_ledger(ledger.head(5), path)
    read_it = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".xlsx": pd.read_excel}
    back = read_it[suffix.lower()](path)
    assert back["BilledCost"].tolist() == pytest.approx(ledger["BilledCost"][:5].tolist())
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_folder_that_is_missing_or_in_the_way_is_a_line(tmp_path):
    with pytest.raises(BadInput, match="no folder"):
        check_ledger_file(tmp_path / "nowhere" / "ledger.csv")
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="no folder"):
        check_ledger_file(tmp_path / "file" / "ledger.csv")
    (tmp_path / "ledger.csv").mkdir()
    with pytest.raises(BadInput, match="a folder, not a file"):
        check_ledger_file(tmp_path / "ledger.csv")


def test_a_folder_that_cannot_be_written_is_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(BadInput, match="cannot be written"):
        check_ledger_file(tmp_path / "ledger.csv")


@pytest.mark.parametrize(("suffix", "library"), [(".parquet", "pyarrow"), (".xlsx", "openpyxl")])
def test_a_library_that_is_missing_is_a_line(tmp_path, monkeypatch, suffix, library):
    real = builtins.__import__

    def without(name, *rest, **options):
        if name.partition(".")[0] == library:
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BadInput, match=rf"needs {library}; pip install 'aisim\[report\]'"):
        check_ledger_file(tmp_path / f"ledger{suffix}")
    check_ledger_file(tmp_path / "ledger.csv")


def test_a_csv_needs_neither_library(tmp_path):
    """In a process that cannot import them."""
    code = (
        "import sys; sys.modules['pyarrow'] = sys.modules['openpyxl'] = None\n"
        "from pathlib import Path; import pandas as pd\n"
        "from aisim.report.ledger import write_ledger\n"
        f"write_ledger(pd.DataFrame({{'a': ['=1']}}), Path({str(tmp_path / 'x.csv')!r}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.csv").read_text() == "a\n'=1\n"


def test_candidates_without_charges():
    whole = priced()
    nothing = replace(whole.bills["own"], charges=(), used=None)
    both = Comparison(whole.study, {}, {"own": nothing, "gpt": whole.bills["gpt"]})
    assert set(comparison_ledger(both)["x_Candidate"]) == {"gpt"}
    none = Comparison(whole.study, {}, {"own": nothing})
    assert tuple(comparison_ledger(none).columns) == COLUMNS
    assert len(comparison_ledger(none)) == 0
