"""The measurements that ship with aisim: `data/measured/`."""

from functools import cache
from pathlib import Path

import pandas as pd

from aisim.catalog.files import data_dir
from aisim.validation.measured import Measurements, read_measurements, together


def measured_file(name: str) -> Path:
    """Return the path of a table in `data/measured/`."""
    return data_dir() / "measured" / f"{name}.csv"


@cache
def shipped_steps() -> Measurements:
    """Return the measured iterations."""
    return read_measurements(measured_file("steps"))


@cache
def shipped_runs() -> Measurements:
    """Return the measured serving runs."""
    return read_measurements(measured_file("serving"))


@cache
def shipped_products() -> pd.DataFrame:
    """Return matrix products, one a row: hardware, engine, dtype, m_tokens, n, k, latency_ms."""
    return pd.read_csv(measured_file("products"))


@cache
def shipped_collectives() -> pd.DataFrame:
    """Return exchanges between ranks: category, system, bytes, ranks, latency_mean_us."""
    return pd.read_csv(measured_file("collectives"))


def shipped() -> Measurements:
    """Return all measured iterations and serving runs."""
    return together([shipped_steps(), shipped_runs()])
