"""Energy, carbon and water behind a bill."""

import pytest

from aisim import catalog
from aisim.cost import ledger_frame
from aisim.cost.carbon import cloud_carbon
from aisim.cost.energy import Energy
from aisim.scenario import parse_study
from tests.cost.hand import bill_by_hand, candidate_of, one, use_of
from tests.small import small_data

PUE = 1.3
CLOUD_PUE = catalog.opex("facility", "PUE hyperscale fleet", "global").value_typical


def owned(region="DE", **site):
    candidate = candidate_of("owned", site={"region": region, "pue": PUE, **site})
    return bill_by_hand(candidate, use_of(candidate, energy=Energy(500.0, "", ())))


@pytest.mark.parametrize(("region", "country"), [("DE", "DE"), ("FR", "FR"), ("US-CA", "US")])
def test_own_energy_times_the_grid_of_its_country(region, country):
    carbon = owned(region).carbon
    grid = catalog.country_grid(country)
    assert carbon.kwh == pytest.approx(500 * PUE)
    assert carbon.kg_co2e == pytest.approx(500 * PUE * grid.gco2e_per_kwh / 1000)
    assert carbon.water_l == pytest.approx(500 * PUE * grid.water_l_per_kwh)
    assert grid.source in carbon.source


def test_a_place_without_a_grid_has_energy_and_nothing_more():
    carbon = owned("Atlantis", electricity_usd_per_kwh=0.1).carbon
    assert carbon.kwh == pytest.approx(500 * PUE)
    assert carbon.kg_co2e is None
    assert carbon.water_l is None
    assert "no grid known for Atlantis" in carbon.source


def test_a_shared_machine_emits_its_share():
    candidate = candidate_of(
        "owned", site={"pue": PUE}, machines={"already_owned": {"present_utilisation": 0.75}}
    )
    account = bill_by_hand(candidate, use_of(candidate, energy=Energy(500.0, "", ())))
    assert account.carbon.kwh == pytest.approx(500 * PUE / 4)
    assert one(account, "energy").quantity == pytest.approx(500 * PUE / 4)


def test_a_cloud_region_has_its_own_grid_and_the_water_of_its_country():
    candidate = candidate_of(
        "rented",
        site={"provider": "gcp", "region": "us-central1"},
        machines={"instance": "a2-highgpu-1g"},
    )
    carbon = bill_by_hand(candidate, use_of(candidate, energy=Energy(500.0, "", ()))).carbon
    row, country = catalog.grids()["gcp / us-central1"], catalog.country_grid("US")
    assert row.gco2e_per_kwh != country.gco2e_per_kwh
    assert carbon.kwh == pytest.approx(500 * CLOUD_PUE)
    assert carbon.kg_co2e == pytest.approx(500 * CLOUD_PUE * row.gco2e_per_kwh / 1000)
    assert carbon.water_l == pytest.approx(500 * CLOUD_PUE * country.water_l_per_kwh)


def test_a_region_that_nobody_knows_takes_its_country():
    candidate = candidate_of("rented")
    carbon = bill_by_hand(candidate, use_of(candidate, energy=Energy(500.0, "", ()))).carbon
    country = catalog.country_grid("US")
    assert carbon.kg_co2e == pytest.approx(500 * CLOUD_PUE * country.gco2e_per_kwh / 1000)
    assert cloud_carbon(candidate.sites["region"], None, None) is None
    alone = cloud_carbon(candidate.sites["region"], None, Energy(500.0, "", ()))
    assert alone.kwh == carbon.kwh
    assert alone.kg_co2e is None
    assert "no grid known for aws us-east-1" in alone.source


def test_energy_is_counted_once_whatever_the_charges():
    """A commitment has up to three charges, and all share one group of machines."""
    candidate = candidate_of(
        "rented", machines={"price": "commit_1y", "committed": 2, "count": 3, "upfront_share": 0.5}
    )
    use = use_of(candidate, held_h=1500.0, shares=(1.0, 0.6, 0.4), energy=Energy(9.0, "", ()))
    account = bill_by_hand(candidate, use, years=2)
    assert len([x for x in account.charges if x.category == "compute"]) == 3
    assert account.carbon.kwh == pytest.approx(9 * CLOUD_PUE)
    frame = ledger_frame("c", account.charges, account.economics)
    by_month = frame.groupby("ChargePeriodStart")["x_EnergyKwh"].sum()
    assert by_month.tolist() == pytest.approx([9 * CLOUD_PUE] * 24)
    assert frame["x_CarbonKg"].sum() == pytest.approx(24 * account.carbon.kg_co2e)


def test_the_sum_is_unknown_where_a_part_is():
    data = small_data()
    owned, rented = data["candidates"]["owned"], data["candidates"]["rented"]
    owned["sites"] |= rented["sites"]
    owned["machines"] |= rented["machines"]
    owned["pools"]["more"] = rented["pools"]["pool"]
    owned["path"]["serving"]["pools"] = ["pool", "more"]
    owned["sites"]["house"] |= {"region": "Atlantis", "electricity_usd_per_kwh": 0.1}
    carbon = bill_by_hand(parse_study(data).candidates["owned"]).carbon
    assert carbon.kwh > 0
    assert carbon.kg_co2e is None


def test_machines_of_unknown_watts_have_no_figure():
    candidate = candidate_of("rented")
    account = bill_by_hand(candidate, use_of(candidate, energy=None))
    assert account.carbon is None
    assert one(account, "compute").carbon is None


def test_nothing_that_draws_power_has_no_figure():
    candidate = candidate_of("rented")
    account = bill_by_hand(candidate, use_of(candidate, held_h=0.0, energy=Energy(0.0, "", ())))
    assert account.carbon.kwh == 0
