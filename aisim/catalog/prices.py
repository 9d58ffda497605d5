"""What machines, people and electricity cost: cloud list prices and the costs of owning."""

from collections.abc import Mapping
from functools import cache

from aisim.catalog.files import Fact, by_key, read_facts
from aisim.catalog.unknown import UnknownName, find


class CloudInstance(Fact):
    """One machine that a provider rents out in a region, whole and by the hour.

    Attributes:
        region: The provider's own word, "global" where one price holds everywhere.
        country: ISO code of two letters, None where the provider does not say.
        accelerator: None for a machine without one.
        vcpu: Hardware threads.
        usd_per_hour_1y_commit: Price of an hour when bound for a year; `commit_basis` says
            how it was found, as it is often an estimate.
        usd_per_hour_3y_commit: The same for three years.
        usd_per_hour_spot: Price of an hour that the provider may take back.
        spot_basis: How the spot price was found.
    """

    provider: str
    region: str
    country: str | None = None
    instance: str
    accelerator: str | None = None
    n_gpu: int
    vcpu: float | None = None
    ram_gib: float | None = None
    local_nvme_tb: float | None = None
    network_gbps: float | None = None
    usd_per_hour_on_demand: float | None = None
    usd_per_hour_1y_commit: float | None = None
    usd_per_hour_3y_commit: float | None = None
    usd_per_hour_spot: float | None = None
    commit_basis: str | None = None
    spot_basis: str | None = None

    def usd_per_hour(self, price: str) -> float | None:
        """Return the price of an hour at a level (on_demand, commit_1y, commit_3y, spot).

        None where none is listed, as for every capacity_block.
        """
        return {
            "on_demand": self.usd_per_hour_on_demand,
            "commit_1y": self.usd_per_hour_1y_commit,
            "commit_3y": self.usd_per_hour_3y_commit,
            "spot": self.usd_per_hour_spot,
        }.get(price)


class Hardware(Fact):
    """One thing to buy.

    Attributes:
        per: What the price, the watts and the rack units are counted by.
        usd_low: Low end of the price range.
        usd_high: High end of the price range.
        watts_max: Power at full load, None for a GPU whose data sheet holds it.
        watts_idle: Power when idle, with the same exception.
        ram_gib: RAM of a server, None where it is not known.
        cpu_cores: Its CPU cores, not threads, None where they are not known.
    """

    item: str
    category: str
    spec: str | None = None
    accelerator: str | None = None
    n_gpu: int = 0
    per: str
    usd_low: float
    usd_typical: float
    usd_high: float
    watts_max: float | None = None
    watts_idle: float | None = None
    rack_units: int
    ram_gib: float | None = None
    cpu_cores: int | None = None


class Opex(Fact):
    """One running cost, or one ratio that goes into a running cost.

    Attributes:
        region: Where it holds, "global" for everywhere.
        unit: What the value is counted in, such as "per FTE-year" or "ratio".
        currency: ISO code of three letters, None for a ratio.
    """

    category: str
    item: str
    region: str
    unit: str
    value_low: float | None = None
    value_typical: float
    value_high: float | None = None
    currency: str | None = None


class Electricity(Fact):
    """The price of electricity for a business.

    Attributes:
        region: ISO code of a country, with the state for the USA ("US-OH"), or "EU27".
        item: Kind of customer, such as "industrial".
        per_kwh_typical: Price of a kWh in `currency`.
        currency: ISO code of three letters.
    """

    region: str
    item: str
    per_kwh_low: float | None = None
    per_kwh_typical: float
    per_kwh_high: float | None = None
    currency: str


@cache
def cloud_instances() -> Mapping[str, CloudInstance]:
    """Return every cloud machine by "provider / region / instance"."""
    return by_key(
        read_facts("cloud_instances", CloudInstance),
        lambda fact: _path(fact.provider, fact.region, fact.instance),
    )


def cloud_instance(provider: str, region: str, instance: str) -> CloudInstance:
    """Return one cloud machine, such as ("aws", "us-east-1", "p5.48xlarge").

    Raises:
        UnknownName: The catalog has no such machine in that region.
    """
    return find("cloud instance", cloud_instances(), _path(provider, region, instance))


@cache
def hardware_items() -> Mapping[str, Hardware]:
    """Return everything to buy, by item."""
    return by_key(read_facts("hardware", Hardware), lambda fact: fact.item)


def hardware(item: str) -> Hardware:
    """Return one thing to buy, such as "NVIDIA DGX H100".

    Raises:
        UnknownName: The catalog has no such item.
    """
    return find("hardware", hardware_items(), item)


@cache
def opex_items() -> Mapping[str, Opex]:
    """Return every running cost by "category / item / region"."""
    return by_key(
        read_facts("opex", Opex), lambda fact: _path(fact.category, fact.item, fact.region)
    )


def opex(category: str, item: str, region: str) -> Opex:
    """Return one running cost, such as ("facility", "PUE modern large site", "global").

    Raises:
        UnknownName: The catalog has no such cost.
    """
    return find("running cost", opex_items(), _path(category, item, region))


@cache
def licences() -> Mapping[str, Opex]:
    """Return every licence, by its name, such as "NVIDIA AI Enterprise"."""
    return by_key(
        tuple(row for row in opex_items().values() if row.category == "licence"),
        lambda fact: fact.item,
    )


def licence(item: str) -> Opex:
    """Return one licence.

    Raises:
        UnknownName: The catalog has no such licence.
    """
    return find("licence", licences(), item)


@cache
def electricity_prices() -> tuple[Electricity, ...]:
    """Return every price of electricity, the published before the estimated ones."""
    prices = read_facts("electricity", Electricity)
    return tuple(sorted(prices, key=lambda price: price.quality != "published"))


def electricity(region: str, item: str | None = None) -> Electricity:
    """Return the price of electricity in a region; of several the first published one.

    Raises:
        UnknownName: The catalog has no price for that region, or not that item there.
    """
    there = [price for price in electricity_prices() if price.region == region]
    if not there:
        known = [price.region for price in electricity_prices()]
        raise UnknownName("electricity region", region, known)
    for price in there:
        if item in (None, price.item):
            return price
    raise UnknownName(f"electricity price in {region}", str(item), [price.item for price in there])


def _path(*names: str) -> str:
    return " / ".join(names)
