"""The tables against the collection they were drawn from, where it lies beside the checkout."""

import csv
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from aisim import catalog
from aisim.catalog.files import read_rows

#: Tables with rows beyond those of the collection, and the column that names a row.
EXTENDED = {"accelerators": "name", "hardware": "item"}
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the optional folder ../shared is not beside the checkout"
)


def shared_rows(path: str) -> list[dict[str, str]]:
    with (SHARED / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("table", "path", "left_out"),
    [
        ("accelerators", "performance/accelerators.csv", lambda row: False),
        (
            "cloud_instances",
            "cost/cloud_instances.csv",
            lambda row: row["n_gpu"] != "0" and not row["accelerator"],
        ),
        ("hardware", "cost/onprem_hardware.csv", lambda row: False),
        ("opex", "cost/onprem_opex.csv", lambda row: row["category"] == "electricity"),
        ("electricity", "cost/onprem_opex.csv", lambda row: row["category"] != "electricity"),
        (
            "storage",
            "performance/storage_network.csv",
            lambda row: row["category"] not in ("object_store", "nfs", "nvme_local", "parallel_fs"),
        ),
        (
            "network",
            "performance/storage_network.csv",
            lambda row: row["category"] != "send_recv",
        ),
    ],
)
def test_no_row_is_lost(table, path, left_out):
    kept = [row for row in shared_rows(path) if not left_out(row)]
    ours = len(read_rows(table))
    assert ours >= len(kept) if table in EXTENDED else ours == len(kept)


@pytest.mark.parametrize(
    ("table", "path", "columns"),
    [
        (
            "accelerators",
            "performance/accelerators.csv",
            {
                "bf16_dense_tflops": "bf16_dense_tflops",
                "mem_gib_reported": "mem_gib_reported",
                "mem_bw_gb_s": "mem_bw_gb_s",
                "scaleup_bw_gb_s": "scaleup_bw_gb_s_per_gpu_unidir",
                "tdp_w": "tdp_w",
            },
        ),
        (
            "hardware",
            "cost/onprem_hardware.csv",
            {name: name for name in ("usd_low", "usd_typical", "usd_high", "rack_units")},
        ),
        (
            "cloud_instances",
            "cost/cloud_instances.csv",
            {
                name: name
                for name in (
                    "n_gpu",
                    "usd_per_hour_on_demand",
                    "usd_per_hour_3y_commit",
                    "usd_per_hour_spot",
                )
            },
        ),
    ],
)
def test_figures_are_those_of_the_collection(table, path, columns):
    theirs = [
        row
        for row in shared_rows(path)
        if row.get("accelerator") != "" or row.get("n_gpu") in ("0", "")
    ]
    rows = read_rows(table)
    if key := EXTENDED.get(table):
        named = {row[key]: row for row in rows}
        rows = [named[their[key]] for their in theirs]
    for our, their in zip(rows, theirs, strict=True):
        for column, origin in columns.items():
            assert _number(our[column]) == _number(their[origin])


def test_every_accelerator_that_was_fitted_there_is_fitted_here():
    """With the engine and in the precision; the form of the fit is another."""
    ours = {(row["accelerator"], row["engine"], row["precision"]) for row in read_rows("gpu_fits")}
    for row in shared_rows("performance/fitted_parameters.csv"):
        if row["group"] != "ALL":
            gpu, engine, precision = row["group"].split("|")
            assert (gpu, engine.split()[0], precision.replace("float", "fp")) in ours


def test_models_of_the_collection_are_still_there():
    ours = {row["name"]: row for row in read_rows("models")}
    for row in shared_rows("performance/llm_models.csv"):
        for column in ("params_b", "layers", "n_kv_heads", "sliding_window"):
            assert _number(ours[row["name"]][column]) == _number(row[column])


def test_windows_have_the_requests_and_the_mean_lengths_of_the_trace():
    trace = _five_minute_windows(shared_rows("traces/azure2023_conv_1815_1850.csv"))
    windows = catalog.traffic_windows("azure2023_conv")
    assert len(windows) == len(trace)
    for window, requests in zip(windows, trace, strict=True):
        prompt_tokens, answer_tokens = np.array(requests).T
        assert window.requests == len(requests)
        assert _mean_drawn(window.input_tokens) == pytest.approx(prompt_tokens.mean(), rel=0.04)
        assert _mean_drawn(window.output_tokens) == pytest.approx(answer_tokens.mean(), rel=0.01)


def test_rates_are_those_of_the_trace():
    windows = catalog.traffic_windows("azure2023_conv")
    full = windows[:6]
    per_request = {round(window.rate_factor / window.requests, 9) for window in full}
    assert max(per_request) - min(per_request) < 1e-8
    last_s = 300 * windows[6].requests / windows[6].rate_factor
    last_s *= full[0].rate_factor / full[0].requests
    assert last_s == pytest.approx(253.3, abs=0.1)


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _five_minute_windows(rows: list[dict[str, str]]) -> list[list[tuple[int, int]]]:
    windows = defaultdict(list)
    start = datetime.fromisoformat(rows[0]["TIMESTAMP"][:26])
    for row in rows:
        elapsed = datetime.fromisoformat(row["TIMESTAMP"][:26]) - start
        tokens = int(row["ContextTokens"]), int(row["GeneratedTokens"])
        windows[int(elapsed.total_seconds() // 300)].append(tokens)
    return list(windows.values())


def _mean_drawn(quantiles: tuple[float, ...]) -> float:
    """Mean of draws on straight lines between the quantiles."""
    points = np.random.default_rng(1).random(200_000) * 100
    return float(np.interp(points, range(101), quantiles).mean())
