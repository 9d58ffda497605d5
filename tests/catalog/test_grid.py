"""A kWh has the carbon of its country or cloud region, and the water of its country."""

import csv
from pathlib import Path

import pytest

from aisim import catalog

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "cost"

needs_collection = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the optional folder ../shared is not beside the checkout"
)


def shared_rows(level: str) -> list[dict[str, str]]:
    with (SHARED / "grid_carbon.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["level"] == level]


def test_known_countries():
    germany = catalog.country_grid("DE")
    assert (germany.name, germany.gco2e_per_kwh, germany.year) == ("Germany", 380.95, 2023)
    assert germany.water_l_per_kwh == 1.947
    assert catalog.country_grid("NO").name == "Norway"


def test_coal_emits_more_than_nuclear_and_hydropower():
    carbon = [catalog.country_grid(code).gco2e_per_kwh or 0 for code in ("PL", "DE", "FR", "NO")]
    assert carbon == sorted(carbon, reverse=True)


def test_figures_are_in_grams_and_litres():
    for row in catalog.grids().values():
        assert row.gco2e_per_kwh is None or 0 <= row.gco2e_per_kwh < 1500
        assert row.water_l_per_kwh is None or 0.5 < row.water_l_per_kwh < 20


def test_codes_have_two_letters():
    codes = {row.code for row in catalog.grids().values() if row.level == "country"}
    assert {code for code in codes if len(code) != 2} == {"EEE", "WOR"}


def test_state_takes_its_country():
    assert catalog.country_grid("US-CA") == catalog.country_grid("US")


@pytest.mark.parametrize("code", ["EU27", "XX", ""])
def test_unknown_country(code):
    with pytest.raises(catalog.UnknownName, match="unknown grid"):
        catalog.country_grid(code)


def test_every_country_with_machines_has_a_grid():
    for machine in catalog.cloud_instances().values():
        if machine.country:
            grid = catalog.region_grid(machine.provider, machine.region, machine.country)
            assert grid.gco2e_per_kwh is not None
            assert grid.water_l_per_kwh is not None


def test_region_has_its_own_carbon_and_the_water_of_its_country():
    frankfurt = catalog.region_grid("gcp", "europe-west3", "DE")
    assert (frankfurt.name, frankfurt.gco2e_per_kwh) == ("Frankfurt", 345)
    assert frankfurt.water_l_per_kwh == 1.947
    assert "water of DE" in frankfurt.source
    assert catalog.region_grid("gcp", "europe-west3", None).water_l_per_kwh is None
    assert catalog.region_grid("gcp", "europe-west3", "XX").water_l_per_kwh is None


def test_region_without_a_row_takes_its_country():
    assert catalog.region_grid("aws", "eu-central-1", "DE") == catalog.country_grid("DE")
    assert catalog.region_grid("nebius", "us-central1", "US") == catalog.country_grid("US")
    with pytest.raises(catalog.UnknownName):
        catalog.region_grid("vast.ai", "marketplace", None)


def test_misspelt_region_is_put_right():
    assert "me-cenrtal1" in catalog.region_grid("gcp", "me-central1", "QA").note


@needs_collection
def test_countries_are_those_of_the_collection():
    ours = {row.name: row for row in catalog.grids().values() if row.level == "country"}
    theirs = shared_rows("country")
    water = {row["code"]: row["water_l_per_kwh"] for row in shared_rows("country (LCA)")}
    assert len(ours) == len(theirs) + 2
    for row in theirs:
        mine = ours[row["name"]]
        assert mine.gco2e_per_kwh == float(row["gco2e_per_kwh"])
        assert mine.water_l_per_kwh == (float(water[row["code"]]) if row["code"] in water else None)


@needs_collection
def test_regions_are_those_of_the_collection():
    ours = {row.name: row.gco2e_per_kwh for row in catalog.grids().values() if row.provider}
    theirs = {row["name"]: float(row["gco2e_per_kwh"]) for row in shared_rows("cloud region")}
    assert ours == theirs
