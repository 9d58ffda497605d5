"""Real traffic from end to end: the Azure chat slice through a candidate with everything in it."""

from pathlib import Path

import pandas as pd
import pytest

from aisim.cost import ledger_frame
from aisim.planning import compare
from aisim.scenario import load_study, parse_study

SLICE = Path(__file__).parents[3] / "shared/data/traces/azure2023_conv_1815_1850.csv"

pytestmark = pytest.mark.skipif(
    not SLICE.exists(), reason="the real Azure slice is not beside this checkout (../shared)"
)


@pytest.fixture(scope="module")
def replayed():
    """The shipped study with the slice instead of its traffic, and GPUs that can take it."""
    study = load_study("assistant")
    data = study.model_dump(mode="json")
    staff = data["workload"]["traffic"]["staff"]
    staff |= {"arrivals": {"kind": "replay", "file": str(SLICE)}, "sizes": {"kind": "trace"}}
    data["workload"]["traffic"] = {"staff": staff}
    data["run"] |= {"start": "thu 18:15", "warm_up_s": 60, "horizon_s": 2060, "represents": "hour"}
    for candidate in data["candidates"].values():
        for pool in candidate["pools"].values():
            pool |= {"model": "llama-3.1-8b", "tensor_parallel": 1, "replicas": 2}
    return compare(parse_study(data))


def test_every_row_is_served_and_counted(replayed):
    trace = pd.read_csv(SLICE)
    for name, candidate in replayed.answer()["candidates"].items():
        requests = candidate["requests"]
        assert requests["arrived"] == len(trace) == 11_997, name
        assert requests["completed"] == len(trace), name
        assert not candidate["overloaded"], name


def test_tokens_and_times_are_those_of_the_trace(replayed):
    trace = pd.read_csv(SLICE)
    seconds = pd.to_datetime(trace["TIMESTAMP"])
    sent = (seconds - seconds.min()).dt.total_seconds()
    for run in replayed.runs.values():
        table = run.requests
        assert table["input_tokens"].sum() == trace["ContextTokens"].sum()
        assert table["output_tokens"].sum() == trace["GeneratedTokens"].sum()
        assert table["arrival_s"].to_numpy() == pytest.approx(sent.to_numpy(), abs=1e-6)
        spent = sum(
            table[f"{part}_{component}_s"]
            for component in run.components
            for part in ("wait", "service")
        )
        e2e = table["last_token_s"] - table["arrival_s"]
        assert e2e.to_numpy() == pytest.approx(spent.to_numpy(), abs=1e-6)


def test_money_balances(replayed):
    for name, bill in replayed.bills.items():
        ledger = ledger_frame(name, bill.charges, bill.economics)
        assert ledger["EffectiveCost"].sum() / 36 == pytest.approx(bill.usd_per_month)
        run = replayed.runs[name]
        inside = run.requests["last_token_s"].between(60, 2060)
        month = run.requests.loc[inside, "output_tokens"].sum() * 730 * 3600 / 2000
        assert bill.usd_per_million_output_tokens == pytest.approx(bill.usd_per_month / month * 1e6)


def test_the_hybrid_bursts_at_the_real_peaks(replayed):
    pools = replayed.runs["hybrid"].requests["pool"].value_counts()
    assert pools["own"] > 0
    assert pools["own"] + pools["burst"] == 11_997
