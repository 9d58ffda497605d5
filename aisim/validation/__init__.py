"""Predicted against measured; the fit of the performance model."""

from aisim.validation.bench_files import read_any
from aisim.validation.measured import BadMeasurements, Measurements, read_measurements, together
from aisim.validation.shipped import shipped
from aisim.validation.validate import METRICS, Errors, Pair, Validation, validate

__all__ = [
    "METRICS",
    "BadMeasurements",
    "Errors",
    "Measurements",
    "Pair",
    "Validation",
    "read_any",
    "read_measurements",
    "shipped",
    "together",
    "validate",
]
