"""Services are charged by graduated tiers, and a region without a price takes another's."""

import csv
import itertools
from collections import defaultdict
from pathlib import Path

import pytest

from aisim import catalog

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "cost"
GCP_PREMIUM = "to internet worldwide excl. Asia/Australia"


def usd_for(tiers, quantity):
    return sum(tier.usd_per_unit * within for tier, within in catalog.by_tier(tiers, quantity))


def test_storage_of_ten_thousand_gigabytes():
    tiers = catalog.service_tiers("aws", "us-east-1", "S3", "standard")
    assert [tier.unit for tier in tiers] == ["GB-month"]
    assert usd_for(tiers, 10_000) == pytest.approx(230)


def test_egress_is_graduated():
    tiers, stands_in = catalog.egress_tiers("aws", "eu-central-1")
    assert stands_in == ""
    assert [tier.usd_per_unit for tier in tiers] == [0.09, 0.085, 0.07]
    assert usd_for(tiers, 10_240) == pytest.approx(921.6)
    assert usd_for(tiers, 10_241) == pytest.approx(921.685)
    assert usd_for(tiers, 51_200) == pytest.approx(921.6 + 40_960 * 0.085)


def test_nothing_costs_nothing():
    tiers, _ = catalog.egress_tiers("aws", "eu-central-1")
    assert usd_for(tiers, 0) == 0


def test_more_than_the_last_bound_is_charged_as_the_last_tier():
    tiers, _ = catalog.egress_tiers("aws", "us-east-1")
    assert tiers[-1].tier_to == 153_600
    more = usd_for(tiers, 200_000) - usd_for(tiers, 153_600)
    assert more == pytest.approx((200_000 - 153_600) * 0.07)


def test_tiers_of_gcp_are_filled_in():
    tiers = catalog.service_tiers("gcp", "us", "GCS network (premium tier)", GCP_PREMIUM)
    bounds = [(tier.tier_from, tier.tier_to) for tier in tiers]
    assert bounds == [(0, 1024), (1024, 10240), (10240, None)]
    assert all("filled in" in tier.note for tier in tiers)


def test_tiers_join_and_start_at_zero():
    items = defaultdict(list)
    for row in catalog.services():
        items[row.provider, row.region, row.service, row.item].append(row)
    for names in items:
        tiers = catalog.service_tiers(*names)
        assert tiers[0].tier_from == 0
        for lower, upper in itertools.pairwise(tiers):
            assert lower.tier_to == upper.tier_from
            assert lower.unit == upper.unit


def test_prices_are_not_negative():
    assert all(row.usd_per_unit >= 0 for row in catalog.services())


@pytest.mark.parametrize(
    ("provider", "region", "taken", "stands_in"),
    [
        ("aws", "us-west-2", "us-east-1", "price of us-east-1, none is listed for us-west-2"),
        ("azure", "westeurope", "us/eu", ""),
        ("azure", "eastus2", "us/eu", ""),
        ("azure", "japaneast", "us/eu", "price of us/eu, none is listed for japaneast"),
        ("gcp", "us-east4", "us", ""),
        ("gcp", "europe-west4", "us/eu", ""),
        ("gcp", "asia-southeast1", "us", "price of us, none is listed for asia-southeast1"),
        ("nebius", "eu-north1", "global", ""),
        ("oci", "global", "us/eu", "price of us/eu, none is listed for global"),
    ],
)
def test_egress_of_a_region_without_a_price(provider, region, taken, stands_in):
    tiers, words = catalog.egress_tiers(provider, region)
    assert {tier.region for tier in tiers} == {taken}
    assert words == stands_in


def test_the_vendor_is_preferred_to_others():
    tiers, _ = catalog.egress_tiers("gcp", "us-central1")
    assert {tier.quality for tier in tiers} == {"vendor list"}


def test_service_of_a_region_without_a_price():
    tiers, words = catalog.find_service("aws", "eu-north-1", "S3", "standard")
    assert (tiers[0].usd_per_unit, tiers[0].region) == (0.023, "us-east-1")
    assert words == "price of us-east-1, none is listed for eu-north-1"
    tiers, words = catalog.find_service("aws", "eu-central-1", "S3", "standard")
    assert (tiers[0].usd_per_unit, words) == (0.0245, "")


def test_unknown_names_are_answered_with_known_ones():
    with pytest.raises(catalog.UnknownName, match="aws / us-east-1 / S3 / standard"):
        catalog.service_tiers("aws", "us-east-1", "S3", "standart")
    with pytest.raises(catalog.UnknownName, match="S3 / standard"):
        catalog.find_service("aws", "us-east-1", "S3", "standart")
    with pytest.raises(catalog.UnknownName, match="provider of egress"):
        catalog.egress_tiers("verda", "FIN-01")


def test_providers_whose_egress_is_not_known():
    missing = set()
    for machine in catalog.cloud_instances().values():
        try:
            catalog.egress_tiers(machine.provider, machine.region)
        except catalog.UnknownName:
            missing.add(machine.provider)
    assert missing == {
        "akash",
        "cudo",
        "fluidstack",
        "ovhcloud",
        "paperspace",
        "scaleway",
        "together.ai",
        "vast.ai",
        "verda",
        "vultr",
    }


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the optional folder ../shared is not beside the checkout"
)
def test_prices_are_those_of_the_collection():
    with (SHARED / "cloud_services.csv").open(encoding="utf-8", newline="") as file:
        theirs = [row for row in csv.DictReader(file) if row["category"] != "commitment discount"]
    ours = {
        _merged(row.provider, row.region, row.service, row.item, row.usd_per_unit, row.unit)
        for row in catalog.services()
    }
    assert {
        _merged(
            row["provider"],
            row["region"],
            row["service"],
            row["item"],
            float(row["usd_per_unit"]),
            row["unit"],
        )
        for row in theirs
    } == ours
    assert len(theirs) - len(catalog.services()) == 2


def _merged(
    provider: str, region: str, service: str, item: str, usd: float, unit: str
) -> tuple[str, str, str, str, float, str]:
    """Their tiers of one item have names of their own."""
    plain = item.removesuffix(" first tier").removesuffix(" second tier")
    return provider, region, service, plain, usd, unit
