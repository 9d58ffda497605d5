"""Carbon and water of a kWh from the grid, by country and by region of a cloud."""

from collections.abc import Mapping
from functools import cache

from aisim.catalog.files import Fact, by_key, read_facts
from aisim.catalog.unknown import UnknownName, find


class Grid(Fact):
    """What a kWh drawn from the grid emits and uses.

    Attributes:
        level: "country" or "cloud region".
        code: ISO code of two letters, or the provider's word for its region.
        provider: Of a cloud region.
        gco2e_per_kwh: Grams of CO2 equivalents emitted for a kWh, None where not known. Of a
            country over the life cycle of its plants, of a cloud region as its operator says.
        basis: How the carbon was counted.
        year: Of the electricity mix, None where the source does not say.
        water_l_per_kwh: Litres consumed off-site, by the plants that generate a kWh: counted by
            the kWh at the meter of the site (IT power times PUE). What the site itself
            evaporates for cooling is no part of it.
    """

    level: str
    code: str
    name: str
    provider: str | None = None
    gco2e_per_kwh: float | None = None
    basis: str
    year: int | None = None
    water_l_per_kwh: float | None = None


@cache
def grids() -> Mapping[str, Grid]:
    """Return every row, a country by its code, a region by "provider / region"."""
    return by_key(read_facts("grid", Grid), _key)


def country_grid(code: str) -> Grid:
    """Return the grid of a country, such as "DE"; of a state, such as "US-CA", its country's.

    Raises:
        UnknownName: The catalog has no such country.
    """
    countries = {row.code: row for row in grids().values() if row.level == "country"}
    return find("grid", countries, code if code in countries else code.split("-")[0])


def region_grid(provider: str, region: str, country: str | None) -> Grid:
    """Return the grid of a cloud region, with the water of its country; else the country's.

    Raises:
        UnknownName: Neither the region nor the country is known.
    """
    row = grids().get(f"{provider} / {region}")
    if row is None:
        return country_grid(country or region)
    if row.water_l_per_kwh is not None or country is None:
        return row
    try:
        water = country_grid(country)
    except UnknownName:
        return row
    return row.model_copy(
        update={
            "water_l_per_kwh": water.water_l_per_kwh,
            "source": f"{row.source}; water of {water.code}: {water.source}",
        }
    )


def _key(row: Grid) -> str:
    return f"{row.provider} / {row.code}" if row.provider else row.code
