"""The formulas themselves: against printed figures, limits and each other."""

from math import exp

import pytest

from tests.theory import queueing as theory


def test_one_server_is_a_case_of_many():
    assert theory.erlang_c(1, 0.7) == pytest.approx(0.7)
    assert theory.mmc_wait_s(1, 0.35, 2.0) == pytest.approx(theory.mm1_wait_s(0.35, 2.0))
    assert theory.em1_wait_s(1, 0.35, 2.0) == pytest.approx(theory.mm1_wait_s(0.35, 2.0))


def test_printed_figures():
    """Erlang's tables, and Mitzenmacher's table of two choices."""
    assert theory.erlang_b(5, 3.0) == pytest.approx(0.1101, abs=5e-5)
    assert theory.erlang_c(5, 3.0) == pytest.approx(0.2362, abs=5e-5)
    assert theory.power_of_two_sojourn_s(0.5, 1.0) == pytest.approx(1.2657, abs=5e-5)
    assert theory.power_of_two_sojourn_s(0.9, 1.0) == pytest.approx(2.6141, abs=5e-5)


def test_general_service_holds_the_special_cases():
    assert theory.mg1_wait_s(0.7, 1.0, 2.0) == pytest.approx(theory.mm1_wait_s(0.7, 1.0))
    assert theory.md1_wait_s(0.7, 1.0) == pytest.approx(theory.mm1_wait_s(0.7, 1.0) / 2)


def test_gamma_gaps_hold_the_special_cases():
    """Exponential gaps; even ones, by the D/M/1 root sigma = exp(-(1 - sigma) / load)."""
    for load in (0.3, 0.7, 0.95):
        exponential = theory.gamma_m1_wait_s(load, 1.0, 1.0)
        assert exponential == pytest.approx(theory.mm1_wait_s(load, 1.0))
    wait = theory.gamma_m1_wait_s(0.7, 1e-6, 1.0)
    sigma = wait / (1 + wait)
    assert sigma == pytest.approx(exp(-(1 - sigma) / 0.7), rel=1e-5)
    # In heavy traffic the wait grows with the mean of both burstinesses (Kingman 1961).
    heavy = theory.gamma_m1_wait_s(0.999, 4.0, 1.0) / theory.mm1_wait_s(0.999, 1.0)
    assert heavy == pytest.approx((4 + 1) / 2, rel=0.01)


def test_evener_arrivals_wait_less():
    waits = [theory.em1_wait_s(phases, 0.8 * phases, 1.0) for phases in (1, 2, 4, 8)]
    assert waits == sorted(waits, reverse=True)


def test_sharing_takes_as_long_as_queueing_where_service_has_no_memory():
    queued = theory.mm1_wait_s(0.7, 1.0) + 1.0
    assert theory.ps_sojourn_s(0.7, 1.0) == pytest.approx(queued)


def test_tail_of_the_wait_adds_up_to_its_mean():
    step = 1e-3
    area = sum(theory.mm1_wait_beyond(i * step, 0.7, 1.0) for i in range(100_000)) * step
    assert area == pytest.approx(theory.mm1_wait_s(0.7, 1.0), rel=1e-3)


def test_closed_loop_between_one_client_and_saturation():
    assert theory.closed_sojourn_s(1, 5.0, 1.0) == 1.0
    assert theory.closed_sojourn_s(100, 5.0, 1.0) == pytest.approx(100 - 5.0, rel=1e-3)
