"""How far predictions are from measurements."""

import pytest

from aisim.catalog import UnknownName, accelerator, error_band, error_bands, llm_model
from aisim.performance import iteration_time


@pytest.mark.parametrize("provenance", ["fitted", "relatives", "calibrated"])
@pytest.mark.parametrize("metric", ["tpot_mean_ms", "output_tok_s"])
def test_every_provenance_has_a_band(provenance, metric):
    band = error_band(provenance, metric)
    assert 0 < band.median <= band.p90 < 1


def test_the_words_are_those_of_the_performance_model():
    known = {band.provenance for band in error_bands().values()}
    for name in ("H100-SXM-80", "L4-24"):
        time = iteration_time(
            llm_model("llama-3.1-8b"), accelerator(name), "vllm", "fp16", "fp16", 1
        )
        assert time.provenance in known


def test_an_unknown_provenance():
    with pytest.raises(UnknownName, match="fitted"):
        error_band("fited")
