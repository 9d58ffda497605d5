"""Everything about money that can be wrong in a study: a line with its path and what is allowed."""

import json

import pytest

from aisim import catalog
from aisim.scenario import InvalidStudy, dump_study, load_study, parse_study, study_schema
from aisim.scenario.text import parse_yaml
from tests.priced import priced_data, priced_study
from tests.scenario.test_faults import JARGON

OWN, MANAGED, GPT = (f"candidates.{name}" for name in ("own", "managed", "gpt"))
SERVER, GPU = f"{OWN}.machines.server", f"{MANAGED}.machines.gpu"
HOUSE, REGION = f"{OWN}.sites.house", f"{MANAGED}.sites.region"
DLP, NAT, ENDPOINT = f"{OWN}.costs.dlp", f"{MANAGED}.costs.nat", f"{MANAGED}.costs.endpoint"
G6E = {"kind": "cloud", "site": "region", "instance": "g6e.xlarge"}

#: An instance of the region that has no price for some level.
LACKING = next(
    row for row in catalog.cloud_instances().values()
    if row.accelerator and row.country and row.usd_per_hour("on_demand")
    and row.usd_per_hour("commit_3y") is None and row.provider not in ("runpod", "vast.ai")
)  # fmt: skip

#: Path that is set, what is given, path in the message where it is another, what it says.
FAULTS = {
    "no site": (f"{DLP}.site", "hous", None, "did you mean 'house'?"),
    "no category": (f"{DLP}.category", "complience", None, "mean 'compliance'?"),
    "no price": (DLP, {"site": "house", "category": "staff"}, None,
        "give one of service, usd, share_of_compute; got none"),
    "two prices": (f"{DLP}.share_of_compute", 0.1, DLP,
        "give one of service, usd, share_of_compute; got usd, share_of_compute"),
    "a range without a price": (f"{ENDPOINT}.usd_low", 1, ENDPOINT,
        "usd_low and usd_high go with usd"),
    "below its range": (f"{DLP}.usd", 500, DLP, "usd 500 is not between usd_low and usd_high"),
    "above its range": (f"{DLP}.usd", 5000, DLP, "usd 5000 is not between usd_low and usd_high"),
    "a price below nothing": (f"{DLP}.usd", -1, None, "allowed: greater than or equal to 0"),
    "a surcharge above all": (f"{ENDPOINT}.share_of_compute", 2, None,
        "got 2, allowed: less than or equal to 1"),
    "a service once": (f"{NAT}.when", "once", NAT, "when: once goes with usd"),
    "a life that is not once": (f"{DLP}.life_years", 5, DLP, "life_years goes with when: once"),
    "a life of nothing": (f"{OWN}.costs.room.life_years", 0, None,
        "got 0, allowed: greater than 0"),
    "a region of one's own": (f"{DLP}.region", "eu-west-1", DLP, "region goes with service"),
    "a surcharge by quantity": (f"{ENDPOINT}.quantity", "hours", ENDPOINT,
        "quantity does not go with share_of_compute"),
    "no such time": (f"{DLP}.when", "montly", None, "did you mean 'monthly'?"),
    "no service": (f"{NAT}.service", "NAT gateway / gatewy", None,
        "no service 'NAT gateway / gatewy' of aws, did you mean 'NAT gateway / gateway'?"),
    "a service at an own site": (
        DLP, {"site": "house", "category": "network", "service": "NAT gateway / gateway"},
        f"{DLP}.service", "goes with a site of kind 'cloud'; elsewhere give usd"),
    "a service at an API": (
        f"{GPT}.costs.x", {"site": "openai", "category": "network", "service": "S3 / standard"},
        f"{GPT}.costs.x.service", "goes with a site of kind 'cloud'"),
    "a misspelt field": (f"{DLP}.usd_hgh", 1, None, "did you mean 'usd_high'?"),
    "no price at a level": (f"{GPU}.price", "spt", None, "did you mean 'spot'?"),
    "a block without a price": (
        GPU, G6E | {"price": "capacity_block"},
        f"{GPU}.usd_per_hour", "missing; a capacity block has no price in a catalog"),
    "on demand with a commitment": (f"{GPU}.price", "on_demand", f"{GPU}.upfront_share",
        "does not go with price 'on_demand'"),
    "committed on the spot": (
        GPU, G6E | {"price": "spot", "committed": 1, "usd_per_hour": 1},
        f"{GPU}.committed", "does not go with price 'spot'"),
    "reclaims of a commitment": (f"{GPU}.reclaims_per_month", 3, None,
        "does not go with price 'commit_1y'"),
    "a share above all": (f"{GPU}.upfront_share", 1.5, None, "or equal to 1"),
    "a block too long": (f"{GPU}.block_days", 183, None, "or equal to 182"),
    "an hour for nothing": (f"{GPU}.usd_per_hour", 0, None, "greater than"),
    "no licence": (f"{SERVER}.licences", ["NVIDIA AI Enterprize"], f"{SERVER}.licences.0",
        "NVIDIA AI Enterprise"),
    "owned without its load": (f"{SERVER}.already_owned", {},
        f"{SERVER}.already_owned.present_utilisation", "missing"),
    "owned and full": (f"{SERVER}.already_owned", {"present_utilisation": 1},
        f"{SERVER}.already_owned.present_utilisation", "less than or equal to 0.99"),
    "a time before the order": (f"{SERVER}.lead_time_months", -1, None,
        "greater than or equal to 0"),
    "no region of electricity": (f"{HOUSE}.region", "Mars", HOUSE,
        "or give electricity_usd_per_kwh"),
    "no sort of space": (f"{HOUSE}.space", "rack", None, "did you mean 'racks'?"),
    "a feed of nothing": (f"{HOUSE}.power_limit_kw", 0, None, "greater than"),
    "no country": (f"{GPT}.sites.openai.country", "usa", None,
        "write a country as two capital letters, such as DE"),
    "no rate": ("economics.currency", "EUX", None,
        "no exchange rate for 'EUX', did you mean 'EUR'?"),
    "small letters of a currency": ("economics.currency", "chf", None, "did you mean 'CHF'?"),
    "another unit": (f"{NAT}.quantity", "requests", None,
        "requests does not go with a price per hour; give a number of them a month"),
    "tokens for requests": (
        NAT, {"site": "region", "category": "network", "quantity": "million_output_tokens",
              "service": "API Gateway REST / requests"},
        f"{NAT}.quantity", "million_output_tokens does not go with a price per 1M requests"),
    "bytes for a month of them": (f"{MANAGED}.costs.s3.quantity", "log_gb", None,
        "log_gb does not go with a price per GB-month"),
    "no region of the provider": (f"{NAT}.region", "us-east1", None,
        "no prices for region 'us-east1' of aws, did you mean 'us-east-1'?"),
    "a region of another provider": (f"{NAT}.region", "westeurope", None,
        "no prices for region 'westeurope' of aws, "),
    "a class that is almost there": ("limits.data.personel", {"sites": ["own"]}, None,
        "no traffic has that data class, did you mean 'personal'?"),
    "a class that is almost the usual": ("limits.data.internl", {"sites": ["own"]}, None,
        "no traffic has that data class, did you mean 'internal'?"),
    "the cache twice": (f"{GPT}.apis.mini.cache_written_share", 0.8, f"{GPT}.apis.mini",
        "cached_share and cache_written_share are more than the whole prompt"),
    "no years": ("economics.years", 0, None, "got 0, allowed: greater than or equal"),
    "many years": ("economics.years", 16, None, "allowed: less than or equal to 15"),
    "half a year": ("economics.years", 2.5, None, "a whole number, such as 2"),
    "within a month": ("economics.start", "2027-01-02", "economics",
        "start 2027-01-02 must be the first of a month"),
    "no date": ("economics.start", "soon", None, "got 'soon'"),
    "a rate above all": ("economics.discount_rate", 10, None,
        "got 10, allowed: less than or equal to 1"),
    "no staff region": ("economics.staff_region", "Mars", "economics",
        "or give staff_usd_per_fte_year"),
    "no level": ("economics.price_level", "mid", None, "allowed: high, low, typical"),
    "no category of change": ("economics.price_change_per_year", {"enrgy": 0.1}, None, "energy"),
    "a change too fast": ("economics.price_change_per_year", {"energy": 2},
        "economics.price_change_per_year.energy", "less than or equal to 1"),
    "no file": ("economics.price_list", "", None, "got ''"),
    "who pays": ("economics.failed_parts", "nobody", None, "in_support"),
    "a budget below nothing": ("limits.budget_total_usd", -1, None, "greater than or equal to 0"),
    "no limit": ("limits.budget", 1, None, "unknown field, allowed: budget_total_usd"),
    "nowhere": ("limits.data.personal.countries", [], None, "got 0 entries, allowed: 1 or more"),
    "small letters": ("limits.data.personal.countries", ["de"], "limits.data.personal.countries.0",
        "write a country as two capital letters, such as DE"),
    "three letters": ("limits.data.personal.countries", ["DE", "FRA"],
        "limits.data.personal.countries.1", "two capital letters"),
    "letters of no country": ("limits.data.personal.countries", ["ÄÖ"],
        "limits.data.personal.countries.0", "two capital letters"),
    "no kind of site": ("limits.data.personal.sites", ["house"], "limits.data.personal.sites.0",
        "allowed: api, cloud, own"),
    "no kinds of sites": ("limits.data.personal.sites", [], None,
        "got 0 entries, allowed: 1 or more"),
}  # fmt: skip


def faults(changes):
    with pytest.raises(InvalidStudy) as caught:
        parse_study(priced_data(changes), "study.yaml")
    return caught.value.faults


@pytest.mark.parametrize(("path", "given", "at", "says"), FAULTS.values(), ids=FAULTS)
def test_one_line_with_its_path_and_what_is_allowed(path, given, at, says):
    (fault,) = faults({path: given})
    assert str(fault).startswith(f"study.yaml: {at or path}: ")
    assert says in fault.problem
    assert "\n" not in str(fault)
    assert not any(word in str(fault) for word in JARGON), str(fault)


@pytest.mark.parametrize("given", ["reqests", -1, None, [1], 1e16])
def test_a_quantity_that_is_none(given):
    (fault,) = faults({f"{DLP}.quantity": given})
    assert fault.path == f"{DLP}.quantity"
    assert fault.problem.endswith("allowed: 0 to 1e15, or requests, million_requests, "
        "million_input_tokens, million_output_tokens, egress_gb, ingress_gb, log_gb, hours, "
        "machine_hours, gpu_hours")  # fmt: skip
    assert "got " in fault.problem


def test_a_level_that_the_catalog_has_no_price_for():
    site = {"kind": "cloud", "provider": LACKING.provider, "region": LACKING.region}
    group = {"kind": "cloud", "site": "region", "instance": LACKING.instance, "price": "commit_3y"}
    changes = {REGION: site, GPU: group, f"{MANAGED}.costs": {}}
    found = faults(changes)
    assert [(f.path, f.problem) for f in found] == [
        (f"{GPU}.price", f"{LACKING.instance} in {LACKING.region} has no price 'commit_3y'; "
         "give usd_per_hour")
    ]  # fmt: skip
    priced_study(changes | {f"{GPU}.usd_per_hour": 1.0})
    # Whether a list of one's own has it is seen when that is read.
    priced_study(changes | {"economics.price_list": "quotes.csv"})
    block = {GPU: G6E | {"price": "capacity_block"}, "economics.price_list": "quotes.csv"}
    assert priced_study(block).candidates["managed"].machines["gpu"].price == "capacity_block"


@pytest.mark.parametrize("name", ["secret", "research", "p"])
def test_a_class_that_is_like_none_may_be_ruled(name):
    """Traffic of another study may have it."""
    assert name in priced_study({f"limits.data.{name}": {"sites": ["own"]}}).limits.data


@pytest.mark.parametrize("region", ["us-east-1", "ap-south-1", "eu-central-1"])
def test_any_region_of_the_provider_may_be_named(region):
    """Machines or services of it are in the catalog; the nearest with a price is taken."""
    assert priced_study({f"{NAT}.region": region})


@pytest.mark.parametrize("quantity", ["hours", "machine_hours", "gpu_hours", 3.5])
def test_hours_of_any_sort_go_with_a_price_per_hour(quantity):
    assert priced_study({f"{NAT}.quantity": quantity})


def test_a_price_of_ones_own_takes_any_level():
    for level in ("on_demand", "commit_1y", "commit_3y", "spot", "capacity_block"):
        priced_study({GPU: G6E | {"price": level, "usd_per_hour": 2.0}})


def test_all_at_once():
    found = faults({f"{DLP}.site": "hous", f"{NAT}.service": "x / y", "economics.years": 0,
                    "limits.rack_kw": -1, f"{GPU}.reclaims_per_month": 1})  # fmt: skip
    assert {fault.path for fault in found} == {
        f"{DLP}.site", f"{NAT}.service", "economics.years", "limits.rack_kw",
        f"{GPU}.reclaims_per_month",
    }  # fmt: skip


EVERYTHING = {
    f"{HOUSE}.electricity_usd_per_kwh": 0.2, f"{HOUSE}.pue": 1.3, f"{HOUSE}.staff_fte": 0.2,
    f"{HOUSE}.space": "racks", f"{HOUSE}.committed_kw": 5, f"{HOUSE}.rack_kw": 12,
    f"{HOUSE}.power_limit_kw": 40, f"{HOUSE}.space_usd_per_kw_month": 150,
    f"{SERVER}.already_owned": {"present_utilisation": 0.4, "value_usd": 9000, "years_left": 2},
    f"{SERVER}.lead_time_months": 4,
    f"{GPU}.usd_per_hour": 1.5, f"{GPU}.committed": 1, f"{GPU}.licences": ["NVIDIA AI Enterprise"],
    f"{NAT}.region": "us-east-1", f"{NAT}.description": "=1+1", f"{DLP}.source": "quote 7",
    f"{DLP}.quantity": "million_output_tokens", f"{OWN}.costs.fee": {
        "site": "house", "category": "support", "usd": 10, "when": "yearly"},
    f"{GPT}.sites.openai.country": "IE",
    "economics": {
        "years": 5, "start": "2028-04-01", "currency": "CHF", "discount_rate": 0.06,
        "life_years": 4, "residual_share": 0.1, "support_share": 0.05, "spares_share": 0.02,
        "failed_parts": "bought", "staff_usd_per_fte_year": 99_000, "staff_region": "US",
        "price_level": "high", "price_change_per_year": {"energy": 0.03, "compute": -0.1},
    },
    "limits": {
        "data": {"personal": {"countries": ["DE", "FR"], "sites": ["own"]}},
        "budget_usd_per_month": 1, "budget_upfront_usd": 2, "budget_total_usd": 3, "rack_kw": 4,
        "lead_time_months": 5, "staff_fte": 6,
    },
}  # fmt: skip


def test_all_that_can_be_said_of_money_is_written_and_read_again(tmp_path):
    study = priced_study(EVERYTHING)
    text = dump_study(study)
    assert parse_study(parse_yaml(text, "again")) == study
    path = tmp_path / "study.yaml"
    path.write_text(text)
    assert load_study(path) == study
    # As `--set` and the desk have it: with every default written out.
    assert parse_study(study.model_dump(mode="json")) == study
    assert load_study(path, ["economics.years=5"]) == study
    assert "start: 2028-04-01" in text.replace("'", "").replace('"', "")
    assert "when: yearly" in text


@pytest.mark.parametrize("level", ["on_demand", "commit_3y", "spot"])
def test_every_default_written_out_is_no_fault(level):
    study = priced_study({GPU: G6E | {"price": level, "usd_per_hour": 1.0}})
    assert parse_study(study.model_dump(mode="json")) == study


def test_the_schema_speaks_of_money():
    schema = study_schema()
    json.dumps(schema, allow_nan=False)
    offered = schema["$defs"]["Cost"]["properties"]["quantity"]["anyOf"]
    assert [way["type"] for way in offered] == ["number", "string"]
    parts = schema["$defs"]
    for name, fields in {
        "Cost": ("service", "usd", "share_of_compute", "quantity", "when"),
        "Limits": ("data", "budget_total_usd", "rack_kw"),
        "DataRule": ("countries", "sites"),
        "Economics": ("years", "start", "currency", "price_change_per_year", "price_list"),
        "AlreadyOwned": ("present_utilisation", "value_usd"),
        "OwnSite": ("power_limit_kw", "space", "committed_kw"),
        "CloudMachines": ("upfront_share", "block_days", "reclaims_per_month", "licences"),
    }.items():
        for field in fields:
            assert parts[name]["properties"][field]["description"], (name, field)
        assert parts[name]["additionalProperties"] is False
