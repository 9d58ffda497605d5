"""The workbook and the CSV: the figures of the answer, and no cell that computes."""

import csv
import io
import sys
from dataclasses import replace
from functools import cache

import openpyxl
import pytest

from aisim.cost import ledger_frame
from aisim.planning import BadInput, Picture, Trial
from aisim.report import figures_csv, workbook
from aisim.report.ledger import FORMULA
from aisim.report.workbook import unit_of
from aisim.scenario import dump_study
from aisim.workload import draw_requests
from tests.priced import priced_study

#: What a spreadsheet would take for a formula.
EVIL = ('=HYPERLINK("http://evil.example")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1")
CHANGES = {
    "description": EVIL[0],
    "candidates.own.apis": {},
    "economics.currency": "EUR",
}


@cache
def picture():
    study = priced_study(CHANGES)
    found = {name: [] for name in study.candidates}
    for replication in range(2):
        requests = draw_requests(study, replication)
        for name, kept in found.items():
            trial = Trial(study, name, requests, saturate=False)
            list(trial.slices())
            kept.append(trial.finish())
    return Picture(study, found, 2)


@cache
def book():
    return openpyxl.load_workbook(io.BytesIO(workbook(picture())))


def table(name):
    """The rows of a sheet by its head."""
    sheet = next(sheet for sheet in book() if sheet.title.split(",")[0] == name)
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def spoiled():
    """The picture with each hostile text at the beginning of a cell."""
    limited = {"bottleneck": {"component": EVIL[4], "reason": EVIL[5]}}
    outcomes = {
        name: [replace(o, answer=o.answer | limited | {"notes": [note]}) for o in found]
        for note, (name, found) in zip(EVIL, picture().outcomes.items(), strict=False)
    }
    return Picture(picture().study, outcomes, 2)


def test_sheets_heads_and_widths():
    n = picture().typical.replication + 1
    of_draw = [f"Ledger, draw {n} nearest mean", f"Prices, draw {n} nearest mean"]
    assert book().sheetnames == ["Figures", "Differences", *of_draw, "Study"]
    assert all(len(name) <= 31 for name in book().sheetnames)
    for sheet in book():
        assert sheet.freeze_panes == "A2"
        assert all(cell.font.bold for cell in sheet[1])
        widths = [dimension.width for dimension in sheet.column_dimensions.values()]
        assert len(widths) == sheet.max_column
        assert all(8 <= width <= 60 for width in widths)


def test_a_single_draw_needs_no_number():
    alone = {name: found[:1] for name, found in picture().outcomes.items()}
    opened = openpyxl.load_workbook(io.BytesIO(workbook(Picture(picture().study, alone, 1))))
    assert opened.sheetnames == ["Figures", "Differences", "Ledger", "Prices", "Study"]


def test_the_figures_are_those_of_the_answer():
    rows = {row["figure"]: row for row in table("Figures")}
    for name, candidate in picture().answer["candidates"].items():
        state = picture().state(name)
        head = name if state == "sound" else f"{name} ({state})"
        month, p95 = candidate["cost"]["usd_per_month"], candidate["ttft_s"]["p95"]
        for end in ("mean", "low", "high"):
            assert rows["cost.usd_per_month"][f"{head}: {end}"] == pytest.approx(month[end])
            assert rows["ttft_s.p95"][f"{head}: {end}"] == pytest.approx(p95[end])
        assert rows["cost.usd_per_month"]["unit"] == "USD a month"


def test_the_differences_are_paired():
    rows = {row["figure"]: row for row in table("Differences")}
    pair = picture().answer["differences"]["own - gpt"]["cost"]["usd_per_month"]
    assert rows["cost.usd_per_month"]["own - gpt: low"] == pytest.approx(pair["low"])


def test_the_ledger_adds_up():
    rows = table("Ledger")
    assert {row["BillingCurrency"] for row in rows} == {"EUR"}
    for name, bill in picture().typical.bills.items():
        expected = ledger_frame(name, bill.charges, picture().study.economics)["EffectiveCost"]
        found = [row["EffectiveCost"] for row in rows if row["x_Candidate"] == name]
        assert len(found) == len(expected)
        assert sum(found) == pytest.approx(expected.sum())


def test_prices_and_study_are_there():
    prices = {row["price"]: row for row in table("Prices")}
    paid = {p.key: p for b in picture().typical.bills.values() for c in b.charges for p in c.inputs}
    assert set(paid) <= set(prices)
    head = "value (USD for one unit, or ratio)"
    for key, price in paid.items():
        assert prices[key][head] == pytest.approx(float(price.typical))
        assert prices[key]["source"] == price.source
    lines = [row["YAML"] or "" for row in table("Study")]
    plain = [line.removeprefix("'") for line in lines]
    assert "\n".join(plain).strip() == dump_study(picture().study).strip()


def test_no_cell_is_a_formula():
    bad = spoiled()
    opened = openpyxl.load_workbook(io.BytesIO(workbook(bad)))
    cells = [cell for sheet in opened for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert not [text for text in texts if text.startswith(FORMULA)]
    written = [cell for row in csv.reader(io.StringIO(figures_csv(bad))) for cell in row]
    assert not [cell for cell in written if cell.startswith(FORMULA) and not _is_number(cell)]
    for words in EVIL:
        # A tab may be kept behind the mark; what breaks a row is a space.
        plain = {f"'{words}", f"'{words.replace(chr(13), ' ')}"}
        assert plain & set(texts)
        assert plain & set(written)


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_the_csv_is_tidy():
    text = figures_csv(picture())
    assert text.startswith("\ufeffcandidate,figure,unit,mean,low,high,state")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert {row["candidate"] for row in rows} == set(picture().outcomes)
    keys = [(row["candidate"], row["figure"]) for row in rows]
    assert len(keys) == len(set(keys))
    found = dict(zip(keys, rows, strict=True))
    row = found["own", "ttft_s.p95"]
    expected = picture().answer["candidates"]["own"]["ttft_s"]["p95"]
    assert [float(row[end]) for end in ("mean", "low", "high")] == pytest.approx(
        [expected[end] for end in ("mean", "low", "high")]
    )
    assert row["unit"] == "s"
    assert row["state"] == picture().state("own")
    assert found["gpt", "saturation_rps"]["mean"] == ""


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("ttft_s.p95", "s"), ("requests_per_s", "1/s"), ("saturation_rps", "1/s"),
        ("requests.arrived", "requests"), ("slo_attainment", "share"),
        ("cost.usd_per_1000_requests", "USD"), ("cost.usd_per_month", "USD a month"),
        ("cost.by_category.energy", "USD a month"), ("cost.paid_usd", "USD"),
        ("service_level.chat.ttft_s.percentile", "%"), ("gpus.in_machines", "GPUs"),
        ("utilisation.pool.gpu_busy", "share"), ("energy.kwh_per_month", "kWh a month"),
        ("component_utilisation.nfs_s", "share"), ("component_utilisation.requests", "share"),
        ("utilisation.my_s.kv_memory", "share"), ("apis.out_tokens.sent", ""),
        ("service_level.gpus.ttft_s.value_s", "s"), ("rejections.over 2.0_s", "requests"),
        ("service_level.utilisation.ttft_s.value_s", "s"),
    ],
)  # fmt: skip
def test_units(path, unit):
    assert unit_of(path, 1.0) == unit
    assert unit_of(path, "a word") == unit_of(path, True) == ""


def test_without_openpyxl_there_is_a_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(BadInput, match=r"needs openpyxl; pip install 'aisim\[report\]'"):
        workbook(picture())


def test_before_there_is_anything_the_study_is_there():
    opened = openpyxl.load_workbook(io.BytesIO(workbook(Picture(priced_study(), {}, 1))))
    assert opened["Study"].max_row > 20
    assert opened["Ledger"].max_row <= 1
