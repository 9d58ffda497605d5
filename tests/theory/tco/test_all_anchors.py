"""No published figure is forgotten, and the file is that of the collection."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from tests.theory.tco import (
    test_break_even,
    test_clusters,
    test_negative,
    test_services,
    test_unit_costs,
)
from tests.theory.tco.anchors import FILE, anchors
from tests.theory.tco.studies import GPU, owned, rented, spent

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "cost" / "tco_anchors.csv"
GROUPS = (test_break_even, test_clusters, test_unit_costs, test_services, test_negative)
#: How a figure is proven, and the verdicts of the collection on such.
KINDS = {
    "LEDGER": {"reproduces"},
    "ARITHMETIC": {"reproduces", "formula identity"},
    "CALIBRATION": {"calibration (by construction)"},
    "CONSISTENCY": {"consistency only (inputs solved)"},
    "NEGATIVE": {"DOES NOT REPRODUCE"},
}
#: Columns of the collection, by ours.
COLUMNS = {
    "id": "anchor_id", "group": "group", "source": "source", "as_of": "as_of",
    "inputs": "inputs_json", "computed": "output", "expected": "expected", "unit": "unit",
    "tolerance": "tolerance_rel", "verdict": "verdict", "note": "notes",
}  # fmt: skip


def test_every_figure_is_proven_in_one_way():
    proven = Counter(
        name for group in GROUPS for kind in KINDS for name in getattr(group, kind, ())
    )
    assert proven == Counter(list(anchors()))


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_are_those_of_the_collection(kind):
    names = [name for group in GROUPS for name in getattr(group, kind, ())]
    assert names
    assert {anchors()[name].verdict for name in names} == KINDS[kind]


def test_every_figure_has_its_source():
    for anchor in anchors().values():
        assert anchor.source
        assert anchor.as_of >= "2021"
        assert 0 < anchor.tolerance <= 0.06
        assert anchor.expected > 0


@pytest.mark.skipif(not SHARED.exists(), reason="the optional folder ../shared is not there")
def test_the_file_is_that_of_the_collection():
    with SHARED.open(encoding="utf-8", newline="") as file:
        theirs = {row["anchor_id"]: row for row in csv.DictReader(file)}
    with FILE.open(encoding="utf-8", newline="") as file:
        ours = {row["id"]: row for row in csv.DictReader(file)}
    assert ours.keys() == theirs.keys()
    for name, row in ours.items():
        assert {key: _plain(row[key]) for key in COLUMNS} == {
            key: _plain(theirs[name][column]) for key, column in COLUMNS.items()
        }


def test_nothing_else_is_counted():
    """What aisim counts beside the published items is in the ledger, and costs nothing."""
    own = owned({GPU: (8, 30_000)}, costs={"running": {"usd": 10}}).bill
    costs = dict(zip((charge.resource for charge in own.charges), own.by_charge, strict=True))
    assert {name for name, usd in costs.items() if usd} == {f"gpu: {GPU}", "running"}
    assert {"gpu: insurance", "gpu: disposal", "gpu: spare parts", "house: engineers"} < set(costs)
    cloud = rented(2.0).bill.charges
    assert [charge.category for charge in cloud if charge.quantity] == ["compute"]
    assert [charge.resource for charge in spent({"line": {"usd": 1}}).bill.charges] == ["line"]


def test_what_is_paid_is_what_is_borne():
    """Without a cost of capital, cash and amortised sums are one."""
    own = owned({GPU: (8, 30_000)}, kw=0.7, load=0.5, years=5, life_years=2)
    assert own.usd(column="EffectiveCost") == pytest.approx(own.usd())
    assert own.flow.sum() == pytest.approx(own.usd())
    assert own.bill.usd_per_month * 60 == pytest.approx(own.usd())


def _plain(cell: str):
    """Numbers and JSON as such, however they are written."""
    try:
        return json.loads(cell)
    except json.JSONDecodeError:
        return cell.strip()
