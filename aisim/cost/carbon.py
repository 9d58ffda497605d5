"""What the electricity behind a charge emits and uses."""

from aisim import catalog
from aisim.cost.charge import Carbon
from aisim.cost.energy import Energy
from aisim.language import say
from aisim.scenario.sites import CloudSite, OwnSite


def own_carbon(site: OwnSite, kwh: float) -> Carbon:
    """Of electricity at a site of one's own, cooling included."""
    try:
        return _carbon(catalog.country_grid(site.region), kwh)
    except catalog.UnknownName:
        return Carbon(kwh, None, None, say("no grid known for {place}", place=site.region))


def cloud_carbon(site: CloudSite, country: str | None, energy: Energy | None) -> Carbon | None:
    """Of rented machines: an estimate of their draw, times the PUE of large operators."""
    if energy is None:
        return None
    kwh = energy.kwh * catalog.opex("facility", "PUE hyperscale fleet", "global").value_typical
    try:
        return _carbon(catalog.region_grid(site.provider, site.region, country), kwh)
    except catalog.UnknownName:
        place = f"{site.provider} {site.region}"
        return Carbon(kwh, None, None, say("no grid known for {place}", place=place))


def _carbon(grid: catalog.Grid, kwh: float) -> Carbon:
    grams, water = grid.gco2e_per_kwh, grid.water_l_per_kwh
    return Carbon(
        kwh,
        None if grams is None else kwh * grams / 1000,
        None if water is None else kwh * water,
        f"{grid.name}: {grid.source}",
    )
