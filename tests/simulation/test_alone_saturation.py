"""The rate at which one replica alone saturates."""

from types import SimpleNamespace

import pytest

from aisim.simulation.alone import Limits
from aisim.simulation.alone_saturation import saturate_alone


def toy(decode_s: float = 0.01, chunk_s: float = 0.1) -> SimpleNamespace:
    """Iterations that take the same time whatever is in them."""
    return SimpleNamespace(
        decode_kv_s=0.0, mixed_kv_s=0.0, decode_local_kv_s=0.0, mixed_local_kv_s=0.0, window=None,
        tokens_s=lambda n: decode_s, mixed_tokens_s=lambda n: chunk_s, prompt_s=lambda n, c: 0.0,
    )  # fmt: skip


def test_one_at_a_time_by_hand():
    limits = Limits(token_budget=100, max_sequences=1, blocks=100, block_tokens=16)
    found = saturate_alone(toy(), limits, input_tokens=50, output_tokens=11)
    # A chunk makes the first token, ten decodes the others.
    assert found.rps == pytest.approx(1 / (0.1 + 10 * 0.01))
    assert found.prefill_share == pytest.approx(0.5, rel=1e-3)
    assert found.decode_sequences == pytest.approx(1.0)


def test_few_clients_are_slower_than_a_backlog():
    limits = Limits(token_budget=400, max_sequences=8, blocks=1000, block_tokens=16)
    one = saturate_alone(toy(), limits, 50, 11, clients=1)
    many = saturate_alone(toy(), limits, 50, 11)
    assert one.rps == pytest.approx(5.0)
    assert many.rps > 2 * one.rps


def test_a_request_that_does_not_fit_has_no_rate():
    limits = Limits(token_budget=100, max_sequences=1, blocks=2, block_tokens=16)
    assert saturate_alone(toy(), limits, 50, 11) is None
    assert saturate_alone(toy(), limits, 5, 11, clients=0) is None
