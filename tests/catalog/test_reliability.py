"""Hardware fails at a yearly rate, and spot machines are taken back within a band."""

import csv
from pathlib import Path

import pytest

from aisim import catalog

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "cost"


@pytest.mark.parametrize(
    ("item", "component"),
    [
        ("H100 SXM5 80GB", "GPU data-centre class"),
        ("NVIDIA DGX H100", "GPU data-centre class"),
        ("CPU node 1x 32c, 256 GB", "CPU server (non GPU)"),
        ("2x Xeon 8480+ CPU server, 1 TB", "CPU server (non GPU)"),
        ("NVIDIA QM9700 NDR IB switch 64x400G", "IB switch"),
        ("enterprise NVMe TLC raw", "SSD enterprise NVMe"),
        ("nearline HDD raw", "HDD"),
        ("rack + cabling", None),
    ],
)
def test_failure_rate_of_hardware(item, component):
    thing = catalog.hardware(item)
    rate = catalog.failure_rate(thing.category, thing.item, thing.accelerator)
    assert (rate.component if rate else None) == component


def test_failure_rates_are_shares_of_a_year():
    for thing in catalog.hardware_items().values():
        rate = catalog.failure_rate(thing.category, thing.item, thing.accelerator)
        assert rate is None or (rate.unit == "per year" and 0 < rate.value < 0.2)


def test_category_alone():
    rate = catalog.failure_rate("gpu")
    assert rate is not None
    assert (rate.value, rate.quality) == (0.03, "estimate")


def test_unknown_names():
    with pytest.raises(catalog.UnknownName, match="nearest: storage"):
        catalog.failure_rate("storrage")
    with pytest.raises(catalog.UnknownName, match="accelerator"):
        catalog.failure_rate("server", accelerator="nothing of the kind")


@pytest.mark.parametrize(
    ("accelerator", "low", "high"),
    [
        ("A100-SXM-80", 0.05, 0.1),
        ("A100-PCIe-40", 0.05, 0.1),
        ("L4-24", 0, 0.05),
        ("H100-SXM-80", 0.1, 0.2),
    ],
)
def test_spot_reclaims_that_were_observed(accelerator, low, high):
    band = catalog.spot_reclaims(accelerator)
    assert (band.value_low, band.value_high) == (low, high)
    assert (band.value, band.quality) == (pytest.approx((low + high) / 2), "published")


@pytest.mark.parametrize("accelerator", ["L40S-48", "B200-SXM-180", "MI300X-192"])
def test_other_accelerators_take_the_mean_and_the_union(accelerator):
    band = catalog.spot_reclaims(accelerator)
    assert (band.value_low, band.value_high) == (0, 0.2)
    assert band.value == pytest.approx((0.075 + 0.025 + 0.15) / 3)
    assert band.quality == "estimate"


def test_bands_hold_their_values():
    for row in catalog.reliability_figures():
        if row.value_low is not None and row.value_high is not None:
            assert row.value_low <= row.value <= row.value_high


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the optional folder ../shared is not beside the checkout"
)
def test_figures_are_those_of_the_collection():
    with (SHARED / "reliability.csv").open(encoding="utf-8", newline="") as file:
        theirs = list(csv.DictReader(file))
    ours = {(row.component, row.metric): row for row in catalog.reliability_figures()}
    assert len(theirs) - len(ours) == 2, "one is a list of bands, two ends of a band are one row"
    for row in theirs:
        if "," in row["value"]:
            continue
        mine = ours[row["component"], row["metric"]]
        if row["value"].replace(".", "", 1).isdigit():
            assert float(row["value"]) in (mine.value, mine.value_low, mine.value_high)
        else:
            low, high = map(float, row["value"].split("-"))
            assert (mine.value_low, mine.value_high) == (low, high)
