"""What holds for every table in `data/`."""

import csv
import re
from collections.abc import Callable
from typing import get_args

import pytest
from pydantic import ValidationError

from aisim import catalog
from aisim.catalog import files
from aisim.catalog.tables import table, table_names
from aisim.validation.fit_kernels import priors

KEYS = {
    "accelerators": ("name",),
    "api_speeds": ("provider", "model"),
    "assumptions": ("name",),
    "cloud_instances": ("provider", "region", "instance"),
    "collective_fits": ("operation", "accelerator", "engine", "engine_version", "ranks"),
    "electricity": ("region", "item"),
    "engine_hosts": ("engine", "from_version", "precision"),
    "engines": ("name",),
    "error_bands": ("provenance", "metric"),
    "fit_priors": ("parameter",),
    "gpu_fits": ("accelerator", "engine", "engine_version", "precision"),
    "grid": ("provider", "code"),
    "hardware": ("item",),
    "models": ("name",),
    "network": ("system", "gpus_per_node", "message_bytes"),
    "opex": ("category", "item", "region"),
    "power": ("covers",),
    "reliability": ("component", "metric"),
    "services": ("provider", "region", "service", "item", "tier_from"),
    "storage": ("system", "operation", "file_bytes"),
    "traffic_windows": ("profile", "window", "q"),
    "weekly_profiles": ("profile", "hour_of_week"),
}

READERS: dict[str, Callable[[], object]] = {
    "accelerators": catalog.accelerators,
    "api_speeds": catalog.api_speeds,
    "assumptions": catalog.assumptions,
    "cloud_instances": catalog.cloud_instances,
    "collective_fits": catalog.collective_fits,
    "electricity": catalog.electricity_prices,
    "engine_hosts": catalog.engine_hosts,
    "engines": catalog.engines,
    "error_bands": catalog.error_bands,
    "fit_priors": priors,
    "gpu_fits": catalog.gpu_fits,
    "grid": catalog.grids,
    "hardware": catalog.hardware_items,
    "models": catalog.llm_models,
    "network": catalog.network_figures,
    "opex": catalog.opex_items,
    "power": catalog.power_rows,
    "reliability": catalog.reliability_figures,
    "services": catalog.services,
    "storage": catalog.storage_figures,
    "traffic_windows": lambda: catalog.traffic_windows("azure2023_conv"),
    "weekly_profiles": lambda: catalog.weekly_profile("azure2024_conv"),
}

every_table = pytest.mark.parametrize("name", table_names())


def test_every_table_is_known_here():
    assert set(table_names()) == set(KEYS) == set(READERS)


@every_table
def test_table_parses(name):
    assert READERS[name]()


@every_table
def test_lines_have_as_many_cells_as_the_header(name):
    with (catalog.data_dir() / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        assert len({len(cells) for cells in csv.reader(file)}) == 1


@every_table
def test_keys_are_unique(name):
    keys = [tuple(row[column] for column in KEYS[name]) for row in files.read_rows(name)]
    assert len(set(keys)) == len(keys)


@every_table
def test_every_row_says_where_it_comes_from(name):
    for row in files.read_rows(name):
        assert row["source"].strip()
        assert re.match(r"20\d\d(-|$)", row["as_of"])
        assert row["quality"] in get_args(catalog.Quality)


@every_table
def test_accelerators_named_anywhere_are_in_their_table(name):
    known = {*catalog.accelerators(), ""}
    assert {row.get("accelerator", "") for row in files.read_rows(name)} <= known


@every_table
def test_frame_has_every_row(name):
    assert len(table(name)) == len(files.read_rows(name))


def test_frame_of_an_unknown_table():
    with pytest.raises(catalog.UnknownName, match="nearest: electricity"):
        table("electricty")


def test_frame_keeps_norway():
    assert "NO" in set(table("electricity").region)


def test_misspelt_column_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "engines.csv").write_text("name,block_token\nvllm,16\n")
    monkeypatch.setattr(files, "data_dir", lambda: tmp_path)
    with pytest.raises(ValidationError, match="block_token"):
        files.read_facts("engines", catalog.Engine)


def test_same_key_twice_is_an_error():
    engine = catalog.engine("vllm")
    with pytest.raises(ValueError, match="two rows for 'vllm'"):
        files.by_key((engine, engine), lambda fact: fact.name)


def test_records_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        catalog.engine("vllm").block_tokens = 32
