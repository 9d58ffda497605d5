"""Prices are positive and ordered as prices are."""

import itertools

from aisim import catalog


def test_cloud_prices_are_positive():
    for machine in catalog.cloud_instances().values():
        prices = [price for price in _cloud_prices(machine) if price is not None]
        assert prices
        assert min(prices) > 0


def test_cloud_prices_fall_with_the_commitment():
    for machine in catalog.cloud_instances().values():
        given = [price for price in _cloud_prices(machine) if price is not None]
        assert all(longer < shorter for shorter, longer in itertools.pairwise(given))


def test_spot_is_cheaper_than_on_demand():
    for machine in catalog.cloud_instances().values():
        if machine.usd_per_hour_spot and machine.usd_per_hour_on_demand:
            assert machine.usd_per_hour_spot < machine.usd_per_hour_on_demand


def test_every_commitment_and_spot_price_says_how_it_was_found():
    for machine in catalog.cloud_instances().values():
        if machine.usd_per_hour_3y_commit:
            assert machine.commit_basis
        if machine.usd_per_hour_spot:
            assert machine.spot_basis


def test_only_machines_without_gpus_have_no_accelerator():
    for machine in catalog.cloud_instances().values():
        assert (machine.accelerator is None) == (machine.n_gpu == 0)


def test_hardware_prices_are_positive_and_ordered():
    for thing in catalog.hardware_items().values():
        assert 0 < thing.usd_low <= thing.usd_typical <= thing.usd_high


def test_watts_are_ordered():
    for thing in catalog.hardware_items().values():
        if thing.watts_max is not None and thing.watts_idle is not None:
            assert thing.watts_idle <= thing.watts_max


def test_only_gpus_leave_their_watts_to_the_accelerators():
    for thing in catalog.hardware_items().values():
        if thing.watts_max is None:
            assert thing.category == "gpu"
            assert thing.accelerator is not None
            assert catalog.accelerator(thing.accelerator).tdp_w is not None


def test_gpu_watts_do_not_repeat_the_accelerator():
    for thing in catalog.hardware_items().values():
        if thing.category == "gpu" and thing.accelerator is not None:
            accelerator = catalog.accelerator(thing.accelerator)
            assert thing.watts_max is None or thing.watts_max != accelerator.tdp_w
            assert thing.watts_idle is None or thing.watts_idle != accelerator.idle_w


def test_running_costs_are_positive_and_ordered():
    for cost in catalog.opex_items().values():
        _check_range(cost.value_low, cost.value_typical, cost.value_high)


def test_electricity_prices_are_positive_and_ordered():
    for price in catalog.electricity_prices():
        _check_range(price.per_kwh_low, price.per_kwh_typical, price.per_kwh_high)


def test_electricity_prefers_a_published_price():
    price = catalog.electricity("US")
    assert (price.item, price.quality) == ("commercial average", "published")
    assert (price.per_kwh_typical, price.currency) == (0.146, "USD")


def test_electricity_of_a_kind():
    assert catalog.electricity("US", "industrial average").per_kwh_typical == 0.083


def test_electricity_falls_back_on_an_estimate():
    assert catalog.electricity("IT").quality == "estimate"


def _cloud_prices(machine: catalog.CloudInstance) -> list[float | None]:
    by_term = [
        machine.usd_per_hour_on_demand,
        machine.usd_per_hour_1y_commit,
        machine.usd_per_hour_3y_commit,
    ]
    return by_term if any(by_term) else [machine.usd_per_hour_spot]


def _check_range(low: float | None, typical: float, high: float | None) -> None:
    given = [value for value in (low, typical, high) if value is not None]
    assert given[0] > 0
    assert given == sorted(given)
