"""Money: the bill adds up, and each charge is what its formula says."""

from types import SimpleNamespace

import pandas as pd
import pytest

from aisim import catalog
from aisim.catalog.currency import usd_per
from aisim.cost import CATEGORIES, Bill, bill, ledger_frame
from aisim.cost.bill import bill_of
from aisim.cost.charges import prices_in_use
from aisim.cost.energy import Energy, owned_watts
from aisim.cost.prices import Prices
from aisim.cost.tokens import ApiUse, Tokens
from aisim.cost.used import GroupUse, Served, Used
from aisim.results import Run
from aisim.scenario import Study, parse_study
from aisim.scenario.economics import Economics
from aisim.simulation import simulate
from aisim.workload import draw_requests
from tests.cost.hand import bill_by_hand, candidate_of, month_of, one, use_of
from tests.small import small_data

HOUR = 3600.0
QUALITIES = {"vendor list", "published", "estimate", "measured", "datasheet", "the planner's own"}


def priced(candidate: str, *, economics: dict | None = None, **changes) -> tuple[Run, Bill, Study]:
    data = small_data()
    data["economics"] = economics or {}
    for path, value in changes.items():
        target = data["candidates"][candidate]
        *parts, last = path.split("__")
        for part in parts:
            target = target[part]
        target[last] = value
    study = parse_study(data)
    chosen = study.candidates[candidate]
    run = simulate(chosen, draw_requests(study), 1, name=candidate, saturate=False)
    return run, bill(run, chosen, study.economics), study


def gb_of_answers(run: Run) -> float:
    last = run.requests["last_token_s"]
    tokens = run.requests[last.between(120, 1320)]["output_tokens"].sum()
    return tokens * run.traffics["chat"].bytes_per_token("answer") * 730 * HOUR / 1200 / 1e9


def test_an_always_on_cloud_machine_is_730_hours_of_its_price_row():
    run, account, _ = priced("rented")
    row = catalog.cloud_instance("aws", "us-east-1", "g6e.xlarge")
    hours = 730 * row.usd_per_hour_on_demand
    assert month_of(account, "compute") == pytest.approx(hours)
    assert account.usd_per_month == pytest.approx(hours + 0.09 * gb_of_answers(run))
    assert one(account, "egress").quantity == pytest.approx(gb_of_answers(run))
    assert one(account, "compute").as_of == row.as_of
    assert one(account, "compute").quality == "vendor list"


def test_a_commitment_is_paid_for_the_whole_group_and_is_an_estimate():
    _, account, _ = priced("rented", machines__gpu__price="commit_1y", machines__gpu__count=3)
    row = catalog.cloud_instance("aws", "us-east-1", "g6e.xlarge")
    assert month_of(account, "compute") == pytest.approx(3 * 730 * row.usd_per_hour_1y_commit)
    assert one(account, "compute").quality == "estimate"


def test_on_demand_pays_the_running_seconds_boot_included():
    on_demand = {"kind": "on_demand", "start_queue": 0, "stop_idle_s": 30}
    run, account, _ = priced("rented", pools__pool__runs=on_demand, machines__gpu__boot_s=100)
    held = run.usage[(run.usage["kind"] == "machine")]
    assert set(held["state"]) == {"starting", "reserved"}
    inside = held["to_s"].clip(upper=1320) - held["from_s"].clip(lower=120)
    hours = inside.clip(lower=0).sum() / 1200 * 730
    row = catalog.cloud_instance("aws", "us-east-1", "g6e.xlarge")
    assert hours > 0
    assert one(account, "compute").quantity == pytest.approx(hours)
    assert month_of(account, "compute") == pytest.approx(hours * row.usd_per_hour_on_demand)
    assert account.used.groups["gpu"].shares == pytest.approx((hours / 730,))


def test_owned_hardware_by_hand():
    economics = {
        "discount_rate": 0.08, "life_years": 4, "residual_share": 0.2, "support_share": 0.05,
        "staff_usd_per_fte_year": 120_000, "years": 4, "spares_share": 0.03,
    }  # fmt: skip
    site = {"electricity_usd_per_kwh": 0.2, "pue": 1.5, "staff_fte": 0.25,
            "space_usd_per_kw_month": 200}  # fmt: skip
    changes = {f"sites__house__{key}": value for key, value in site.items()}
    run, account, _ = priced("owned", economics=economics, **changes)
    price = catalog.hardware("4x L40S PCIe server 2U").usd_typical
    # Annuity of a loan of `price` that leaves 20 % of it owing after 48 months.
    rate = 1.08 ** (1 / 12) - 1
    factor = (1 - (1 + rate) ** -48) / rate
    monthly = (price - 0.2 * price * 1.08**-4) / factor
    capital = month_of(account, "finance", "capital")
    assert month_of(account, "compute") == pytest.approx(0.8 * price / 48)
    assert month_of(account, "compute") + capital == pytest.approx(monthly)
    share = catalog.opex("finance", "insurance", "global").value_typical
    assert month_of(account, "finance", "insurance") == pytest.approx(share * price / 12)
    assert month_of(account, "support", "hardware support") == pytest.approx(0.05 * price / 12)
    assert month_of(account, "support", "spare") == pytest.approx(0.03 * price / 48)
    share = catalog.opex("finance", "decommissioning / e-waste", "global").value_typical
    assert month_of(account, "decommissioning") == pytest.approx(share * price / 48)
    assert month_of(account, "staff") == pytest.approx(0.25 * 120_000 / 12)
    assert month_of(account, "space") == pytest.approx(2.4 * 200)
    replica = run.usage[run.usage["kind"] == "replica"]
    busy = replica[replica["state"] == "busy"]
    busy_s = (busy["to_s"].clip(upper=1320) - busy["from_s"].clip(lower=120)).clip(lower=0).sum()
    phases, gpu = run.busy["pool"], catalog.accelerator("L40S-48")
    assert phases.busy_s == pytest.approx(busy_s, rel=1e-9)
    assert account.used.groups["server"].busy_share == pytest.approx(busy_s / 1200 / 4)
    shares = catalog.power_shares(gpu)
    # One GPU of four is busy: its own watts by phase, and a quarter of what the host adds.
    host = (2400 - 550 - 4 * (gpu.tdp_w - gpu.idle_w)) / 4
    prefill = gpu.tdp_w * shares.prefill_share - gpu.idle_w + host
    decode = gpu.tdp_w * shares.decoding(phases.decode_sequences) - gpu.idle_w + host
    watts = 550 + (phases.prefill_s * prefill + phases.decode_s * decode) / 1200
    assert one(account, "energy").quantity == pytest.approx(watts / 1000 * 730 * 1.5)
    assert month_of(account, "energy") == pytest.approx(watts / 1000 * 730 * 1.5 * 0.2)


@pytest.mark.parametrize("candidate", ["rented", "owned"])
def test_headlines_are_sums_over_the_ledger(candidate):
    run, account, study = priced(candidate)
    frame = ledger_frame(candidate, account.charges, study.economics)
    assert frame["EffectiveCost"].sum() / 36 == pytest.approx(account.usd_per_month)
    assert sum(account.by_charge) == pytest.approx(account.usd_per_month)
    last = run.requests["last_token_s"]
    done = run.requests[last.between(120, 1320)]
    scale = 730 * HOUR / 1200
    month = account.usd_per_month
    for figure, count in (
        (account.usd_per_million_output_tokens, done["output_tokens"].sum() / 1e6),
        (account.usd_per_million_input_tokens, done["input_tokens"].sum() / 1e6),
        (account.usd_per_1000_requests, len(done) / 1e3),
    ):
        assert figure == pytest.approx(month / (count * scale))
    assert account.busy_usd_per_million_output_tokens < account.usd_per_million_output_tokens
    assert (frame["x_Source"] != "").all()
    assert frame["x_Quality"].isin(QUALITIES).all()


@pytest.mark.parametrize("candidate", ["rented", "owned"])
def test_every_category_is_paid_included_or_excluded(candidate):
    _, account, study = priced(candidate)
    (site,) = study.candidates[candidate].sites
    paid = {x.category for x in account.charges}
    for category in CATEGORIES:
        places = [category in paid, category in account.included[site]]
        assert sum(places) + (category in account.excluded) == 1, category
    assert all(usd > 0 for usd in account.by_charge)


def test_excluded_names_the_site_where_only_there():
    data = small_data()
    owned, rented = data["candidates"]["owned"], data["candidates"]["rented"]
    owned["sites"] |= rented["sites"]
    owned["machines"] |= rented["machines"]
    owned["pools"]["more"] = rented["pools"]["pool"]
    owned["path"]["serving"]["pools"] = ["pool", "more"]
    account = bill_by_hand(parse_study(data).candidates["owned"])
    assert "staff (region)" in account.excluded
    assert "licences" in account.excluded


def test_busy_cost_is_the_busy_share_of_a_month_and_egress_is_all_of_it():
    candidate = candidate_of("rented")
    served = Served(output_tokens=2e6, egress_gb={"region": 100.0})
    account = bill_by_hand(candidate, use_of(candidate, served, busy_share=0.25))
    assert [c.resource for c in account.charges if c.by_traffic] == [
        "region: answers to the internet"
    ]
    assert account.busy_usd_per_month == pytest.approx(
        0.25 * month_of(account, "compute") + 0.09 * 100
    )
    assert account.busy_usd_per_million_output_tokens == account.busy_usd_per_month / 2


def test_a_cost_may_have_the_name_of_a_machine_group_elsewhere():
    data = small_data()
    owned, rented = data["candidates"]["owned"], data["candidates"]["rented"]
    owned["sites"] |= rented["sites"]
    owned["machines"] |= rented["machines"]
    owned["pools"]["more"] = rented["pools"]["pool"]
    owned["path"]["serving"]["pools"] = ["pool", "more"]
    owned["costs"] = {"server": {"site": "region", "category": "staff", "usd": 1000}}
    candidate = parse_study(data).candidates["owned"]
    busy = {"server": 0.2, "gpu": 0.7}
    groups = {
        name: GroupUse(730.0, (1.0,), share, Energy(100.0, "", ())) for name, share in busy.items()
    }
    account = bill_by_hand(candidate, Used(groups, {}, Served()))
    region = month_of(account, "compute", "gpu") + 1000
    assert account.busy_usd_per_month == pytest.approx(
        0.7 * region + 0.2 * (account.usd_per_month - region)
    )


def test_tokens_of_an_api_are_a_charge_for_each_sort():
    data = small_data()
    data["candidates"]["rented"] = {
        "sites": {"vendor": {"kind": "api", "provider": "openai"}},
        "apis": {"mini": {"site": "vendor", "model": "gpt-5-mini", "serves": ["chat"]}},
        "path": {"serving": {"kind": "serve", "pools": ["mini"]}},
    }
    candidate = parse_study(data).candidates["rented"]
    sorts = (Tokens("input tokens", 300.0, 75.0), Tokens("output tokens", 40.0, 80.0))
    use = Used({}, {"mini": ApiUse(sorts, "genai-prices")}, Served(output_tokens=4e7))
    account = bill_of(use, candidate, Prices.of(Economics(currency="EUR")))
    assert account.by_charge == pytest.approx((75.0, 80.0))
    assert [x.unit_price_usd for x in account.charges] == pytest.approx([0.25, 2.0])
    assert account.usd_per_million_output_tokens == pytest.approx(155 / 40)
    assert account.busy_usd_per_month == account.usd_per_month
    assert account.carbon is None
    assert "staff" in account.excluded


def test_the_busiest_group_of_a_site_bears_its_room():
    candidate = candidate_of("owned")
    use = GroupUse(730.0, (1.0,), 0.3, Energy(100.0, "", ()))
    account = bill_by_hand(candidate, Used({"server": use}, {}, Served()))
    assert account.busy_usd_per_month == pytest.approx(0.3 * account.usd_per_month)


def test_nothing_measured_costs_nothing_that_can_be_said():
    run, _, study = priced("rented")
    empty = SimpleNamespace(**{f: getattr(run, f) for f in run.__dataclass_fields__})
    empty.window_s = 0.0
    account = bill(empty, study.candidates["rented"], study.economics)
    assert account.usd_per_month is None
    assert account.usd_per_1000_requests is None
    assert account.busy_usd_per_month is None
    assert account.carbon is None


def test_prices_in_use_are_those_of_every_charge():
    candidate = candidate_of("owned", machines={"already_owned": {"present_utilisation": 0.5}})
    keys = {price.key for price in prices_in_use(candidate, Economics())}
    assert {"electricity / DE", "hardware / 4x L40S PCIe server 2U"} <= keys


def test_watts_of_gpus_come_from_the_table_of_accelerators():
    study = parse_study(small_data())
    group = study.candidates["owned"].machines["server"]
    composed = group.model_copy(
        update={"parts": {"CPU node 1x 32c, 256 GB": 1.0, "L40S 48GB": 2.0}}
    )
    gpu, node = catalog.accelerator("L40S-48"), catalog.hardware("CPU node 1x 32c, 256 GB")
    idle, most = owned_watts(composed)
    assert idle == node.watts_idle + 2 * gpu.idle_w
    assert most == node.watts_max + 2 * gpu.tdp_w


def test_exchange_rates_say_their_date():
    rate, date = usd_per("EUR")
    assert 0.8 < rate < 1.7
    assert pd.Timestamp(date).year >= 2024
    assert usd_per("USD") == (1.0, "")
