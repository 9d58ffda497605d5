"""How far predictions are from measurements, by where their parameters come from."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, NamedTuple

from pydantic import Field

from aisim.catalog.files import Fact, by_key, read_facts
from aisim.catalog.unknown import find

Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ErrorBand(Fact):
    """The error of one measure, over predictions of one provenance.

    Attributes:
        provenance: fitted, relatives or calibrated, as in `aisim.performance.fits`.
        metric: What was compared: tpot_mean_ms or output_tok_s.
        median_error: Median of the absolute relative error.
        p90_error: Its 90th percentile.
        rows: Measured runs that were compared, None where that is not known.
    """

    provenance: str
    metric: str
    median_error: Share
    p90_error: Share
    rows: int | None = None


class Band(NamedTuple):
    """Absolute relative errors: 0.27 is 27 %."""

    median: float
    p90: float


@cache
def error_bands() -> Mapping[str, ErrorBand]:
    """Return every error band by "provenance / metric"."""
    return by_key(
        read_facts("error_bands", ErrorBand), lambda fact: f"{fact.provenance} / {fact.metric}"
    )


def error_band(provenance: str, metric: str = "output_tok_s") -> Band:
    """Return how far predictions of that provenance were from what was measured.

    Args:
        provenance: fitted, relatives or calibrated.
        metric: output_tok_s, which decides how many replicas are needed, or tpot_mean_ms.

    Raises:
        UnknownName: The catalog has no such band.
    """
    band = find("error band", error_bands(), f"{provenance} / {metric}")
    return Band(band.median_error, band.p90_error)
