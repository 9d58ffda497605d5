"""Money: the ledger adds up, and each line is what its formula says."""

import math
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim import catalog
from aisim.cost import CATEGORIES, Bill, bill, ledger_frame
from aisim.catalog.currency import usd_per
from aisim.cost.energy import machine_watts
from aisim.cost.owned import monthly_annuity
from aisim.results import Run
from aisim.scenario import Study, parse_study
from aisim.simulation import simulate
from aisim.workload import draw_requests
from tests.small import small_data

HOUR = 3600.0


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


def line(account: Bill, category: str, resource: str = ""):
    (found,) = [x for x in account.lines if x.category == category and resource in x.resource]
    return found


def test_an_always_on_cloud_machine_is_730_hours_of_its_price_row():
    _, account, _ = priced("rented")
    row = catalog.cloud_instance("aws", "us-east-1", "g6e.xlarge")
    assert account.usd_per_month == pytest.approx(730 * row.usd_per_hour_on_demand)
    assert line(account, "compute").as_of == row.as_of
    assert line(account, "compute").quality == "vendor list"


def test_a_commitment_is_paid_for_the_whole_group_and_is_an_estimate():
    _, account, _ = priced("rented", machines__gpu__price="commit_1y", machines__gpu__count=3)
    row = catalog.cloud_instance("aws", "us-east-1", "g6e.xlarge")
    assert account.usd_per_month == pytest.approx(3 * 730 * row.usd_per_hour_1y_commit)
    assert line(account, "compute").quality == "estimate"


def test_on_demand_pays_the_running_seconds_boot_included():
    on_demand = {"kind": "on_demand", "start_queue": 0, "stop_idle_s": 30}
    run, account, _ = priced("rented", pools__pool__runs=on_demand, machines__gpu__boot_s=100)
    held = run.usage[(run.usage["kind"] == "machine")]
    assert set(held["state"]) == {"starting", "reserved"}
    inside = held["to_s"].clip(upper=1320) - held["from_s"].clip(lower=120)
    hours = inside.clip(lower=0).sum() / 1200 * 730
    row = catalog.cloud_instance("aws", "us-east-1", "g6e.xlarge")
    assert hours > 0
    assert line(account, "compute").quantity == pytest.approx(hours)
    assert account.usd_per_month == pytest.approx(hours * row.usd_per_hour_on_demand)


def test_owned_hardware_by_hand():
    economics = {
        "discount_rate": 0.08, "life_years": 4, "residual_share": 0.2, "support_share": 0.05,
        "staff_usd_per_fte_year": 120_000,
    }  # fmt: skip
    site = {"electricity_usd_per_kwh": 0.2, "pue": 1.5, "staff_fte": 0.25,
            "space_usd_per_kw_month": 200}  # fmt: skip
    changes = {f"sites__house__{key}": value for key, value in site.items()}
    run, account, _ = priced("owned", economics=economics, **changes)
    price = catalog.hardware("4x L40S PCIe server 2U").usd_typical
    # Annuity of a loan of `price` that leaves 20 % of it owing at the end.
    factor = (1 - 1.08**-4) / 0.08
    yearly = (price - 0.2 * price * 1.08**-4) / factor
    assert line(account, "compute").usd == pytest.approx(yearly / 12)
    assert line(account, "support").usd == pytest.approx(0.05 * price / 12)
    assert line(account, "staff").usd == pytest.approx(0.25 * 120_000 / 12)
    assert line(account, "space").usd == pytest.approx(2.4 * 200)
    replica = run.usage[run.usage["kind"] == "replica"]
    busy = replica[replica["state"] == "busy"]
    busy_s = (busy["to_s"].clip(upper=1320) - busy["from_s"].clip(lower=120)).clip(lower=0).sum()
    phases, gpu = run.busy["pool"], catalog.accelerator("L40S-48")
    assert phases.busy_s == pytest.approx(busy_s, rel=1e-9)
    shares = catalog.power_shares(gpu)
    # One GPU of four is busy: its own watts by phase, and a quarter of what the host adds.
    host = (2400 - 550 - 4 * (gpu.tdp_w - gpu.idle_w)) / 4
    prefill = gpu.tdp_w * shares.prefill_share - gpu.idle_w + host
    decode = gpu.tdp_w * shares.decoding(phases.decode_sequences) - gpu.idle_w + host
    watts = 550 + (phases.prefill_s * prefill + phases.decode_s * decode) / 1200
    assert line(account, "energy").quantity == pytest.approx(watts / 1000 * 730 * 1.5)
    assert line(account, "energy").usd == pytest.approx(watts / 1000 * 730 * 1.5 * 0.2)


def test_headlines_are_sums_over_the_ledger():
    run, account, _ = priced("owned")
    frame = ledger_frame("owned", account.lines)
    assert frame["EffectiveCost"].sum() == pytest.approx(account.usd_per_month)
    last = run.requests["last_token_s"]
    done = run.requests[last.between(120, 1320)]
    scale = 730 * HOUR / 1200
    tokens = done["output_tokens"].sum() * scale
    assert account.usd_per_million_output_tokens == pytest.approx(
        account.usd_per_month / tokens * 1e6
    )
    assert account.usd_per_1000_requests == pytest.approx(
        account.usd_per_month / (len(done) * scale) * 1000
    )
    assert (frame["x_Source"] != "").all()
    assert frame["x_Quality"].isin(catalog_qualities()).all()


def catalog_qualities() -> set[str]:
    return {"vendor list", "published", "estimate", "measured", "datasheet", "the planner's own"}


@pytest.mark.parametrize("candidate", ["rented", "owned"])
def test_every_category_is_paid_included_or_excluded(candidate):
    _, account, study = priced(candidate)
    (site,) = study.candidates[candidate].sites
    paid = {x.category for x in account.lines}
    for category in CATEGORIES:
        places = [category in paid, category in account.included[site]]
        assert sum(places) + (category in account.excluded) == 1, category
    assert all(x.usd > 0 for x in account.lines)


def test_excluded_names_the_site_where_only_there():
    data = small_data()
    owned, rented = data["candidates"]["owned"], data["candidates"]["rented"]
    owned["sites"] |= rented["sites"]
    owned["machines"] |= rented["machines"]
    owned["pools"]["more"] = rented["pools"]["pool"]
    owned["path"]["serving"]["pools"] = ["pool", "more"]
    study = parse_study(data)
    both = study.candidates["owned"]
    run = simulate(both, draw_requests(study), 1, name="owned", saturate=False)
    account = bill(run, both, study.economics)
    assert "staff (region)" in account.excluded
    assert "licences" in account.excluded


def test_price_levels_are_ordered():
    low, typical, high = (
        priced("owned", economics={"price_level": level})[1].usd_per_month
        for level in ("low", "typical", "high")
    )
    assert low < typical < high


def test_nothing_measured_costs_nothing_that_can_be_said():
    run, _, study = priced("rented")
    empty = SimpleNamespace(**{f: getattr(run, f) for f in run.__dataclass_fields__})
    empty.window_s = 0.0
    account = bill(empty, study.candidates["rented"], study.economics)
    assert account.usd_per_month is None
    assert account.usd_per_1000_requests is None


@given(
    st.floats(0, 0.3), st.floats(0.5, 15), st.floats(0, 1), st.floats(100, 1e7)
)  # fmt: skip
def test_an_annuity_pays_back_its_purchase(rate, years, residual, price):
    monthly = monthly_annuity(price, rate, years, residual)
    discount = math.exp(-years * math.log1p(rate))
    payments = years if rate < 1e-8 else (1 - discount) / rate
    value = 12 * monthly * payments + residual * price * discount
    assert value == pytest.approx(price, rel=1e-5)


def test_watts_of_gpus_come_from_the_table_of_accelerators():
    study = parse_study(small_data())
    group = study.candidates["owned"].machines["server"]
    composed = group.model_copy(
        update={"parts": {"CPU node 1x 32c, 256 GB": 1.0, "L40S 48GB": 2.0}}
    )
    gpu, node = catalog.accelerator("L40S-48"), catalog.hardware("CPU node 1x 32c, 256 GB")
    idle, most = machine_watts(composed)
    assert idle == node.watts_idle + 2 * gpu.idle_w
    assert most == node.watts_max + 2 * gpu.tdp_w


def test_exchange_rates_say_their_date():
    rate, date = usd_per("EUR")
    assert 0.8 < rate < 1.7
    assert pd.Timestamp(date).year >= 2024
    assert usd_per("USD") == (1.0, "")
