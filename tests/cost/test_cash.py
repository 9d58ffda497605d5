"""The cash view: present worth, return, payback."""

import math

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aisim.cost.cash import advantage, cash_flow, payback_months, present_cost, yearly_cost
from aisim.cost.charge import Charge
from aisim.cost.price import Price
from aisim.cost.schedule import Bought, Monthly, Prepaid
from aisim.scenario.economics import Economics
from tests.cost.hand import bill_by_hand, candidate_of

usd = st.floats(-1e6, 1e6)
flows = st.lists(usd, min_size=2, max_size=60).map(np.array)
rates = st.floats(0, 1)


def charge(amount, schedule=None) -> Charge:
    price = Price("k", amount, "piece", amount, amount, amount, "", "", "estimate")
    return Charge(
        "compute", "r", "s", 1.0, "piece", price.value, (price,), "", schedule or Monthly()
    )


def test_payments_of_all_charges_fall_on_boundaries_of_months():
    economics = Economics(years=2)
    charges = [
        charge(10.0),
        charge(5.0, Prepaid(12)),
        charge(2400.0, Bought(24, ((0.0, 1.0), (24.0, 0.5)))),
    ]
    paid = cash_flow(charges, economics)
    assert paid.shape == (25,)
    assert paid[0] == 60 + 2400
    assert paid[[1, 11, 12, 13]].tolist() == [10, 10, 70, 10]
    assert paid[24] == 10 - 1200
    assert cash_flow([], economics).tolist() == [0.0] * 25


@given(flows)
def test_at_no_rate_it_is_the_plain_sum(flow):
    assert present_cost(flow, 0.0) == pytest.approx(math.fsum(flow), abs=1e-6)


@given(flows, rates)
def test_present_cost_is_the_sum_of_discounted_payments(flow, rate):
    expected = math.fsum(paid / (1 + rate) ** (month / 12) for month, paid in enumerate(flow))
    assert present_cost(flow, rate) == pytest.approx(expected, rel=1e-9, abs=1e-5)
    monthly = (1 + rate) ** (1 / 12) - 1
    assert present_cost(flow, rate) == pytest.approx(npf.npv(monthly, flow), rel=1e-9, abs=1e-4)


@given(
    st.integers(1, 40),
    st.lists(st.tuples(usd, rates), min_size=1, max_size=5),
)
def test_scenarios_are_single_flows_side_by_side(months, scenarios):
    first, rate = (np.array(column) for column in zip(*scenarios, strict=True))
    flow = np.vstack([first, *(np.full(len(first), 7.0) * m for m in range(months))])
    together = present_cost(flow, rate)
    alone = [present_cost(flow[:, i], rate[i]) for i in range(len(rate))]
    assert together == pytest.approx(alone, rel=1e-9, abs=1e-6)
    assert present_cost(flow, 0.1) == pytest.approx(
        [present_cost(flow[:, i], 0.1) for i in range(len(rate))], rel=1e-9, abs=1e-6
    )
    assert present_cost(flow[:, 0], rate) == pytest.approx(
        [present_cost(flow[:, 0], one) for one in rate], rel=1e-9, abs=1e-6
    )


def test_charges_of_scenarios_have_a_column_each():
    economics = Economics(years=15)
    flow = cash_flow([charge(np.array([1.0, 2.0])), charge(10.0, Prepaid(12))], economics)
    assert flow.shape == (181, 2)
    assert flow[0].tolist() == [120, 120]
    assert flow[1].tolist() == [1, 2]


@given(st.floats(1, 1e7), rates, st.integers(1, 15))
def test_equivalent_annual_cost_is_worth_as_much(present, rate, years):
    month = yearly_cost(present, rate, years) / 12
    flow = np.array([0.0, *[month] * (12 * years)])
    assert present_cost(flow, rate) == pytest.approx(present, rel=1e-6)


@given(
    st.integers(1_000, 1_000_000),
    st.lists(st.integers(0, 100_000), min_size=1, max_size=180),
    rates,
)
def test_the_internal_rate_makes_the_advantage_nothing(more, saved, rate):
    assume(sum(saved) > more / 2)
    own = np.array([more, *[0.0] * len(saved)])
    found = advantage(own, np.array([0.0, *saved]), rate)
    assert found.irr_per_year is not None
    monthly = (1 + found.irr_per_year) ** (1 / 12) - 1
    worth = npf.npv(monthly, np.array([-more, *saved]))
    assert worth == pytest.approx(0, abs=1e-6 * npf.npv(monthly, np.array([more, *saved])))
    assert (found.irr_per_year >= rate) == (found.npv_usd >= 0) or abs(found.npv_usd) < 1


def test_a_loan_by_hand():
    """120 now for 11 a month over a year: the rate of a month is that of the annuity."""
    found = advantage(np.array([120.0] + [0.0] * 12), np.array([0.0] + [11.0] * 12), 0.1)
    assert found.payback_months == pytest.approx(120 / 11)
    rate = 1.1 ** (1 / 12) - 1
    assert found.npv_usd == pytest.approx(11 * (1 - (1 + rate) ** -12) / rate - 120)
    assert found.npv_usd > 0
    assert found.payback_months < found.discounted_payback_months < 12
    monthly = (1 + found.irr_per_year) ** (1 / 12) - 1
    assert 11 * (1 - (1 + monthly) ** -12) / monthly == pytest.approx(120)


@pytest.mark.parametrize(
    ("saved", "irr"),
    [([10, -1, -1], None), ([-10, -1], None), ([0, 0, 0], None), ([1, 1], None), ([-10, 11], 0.1)],
)
def test_there_is_a_rate_only_for_what_costs_more_at_first(saved, irr):
    flow = np.array(saved, dtype=float)
    found = advantage(-flow, np.zeros(len(flow)), 0.05)
    expected = None if irr is None else pytest.approx(1.1**12 - 1)
    assert found.irr_per_year == expected


def walked(saved) -> float | None:
    """Month by month: the first moment at which what was saved outweighs what was paid more."""
    total, behind = 0.0, False
    started = False
    for month, usd in enumerate(saved):
        before, total = total, total + usd
        if not started and total > 0:
            return 0.0 if np.cumsum(saved)[-1] >= 0 else None
        started = started or total != 0
        if behind and total >= 0:
            return month - 1 + -before / (total - before)
        behind = total < 0
    return None


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=40))
def test_payback_is_what_a_walk_finds(saved):
    found, expected = payback_months(np.array(saved, dtype=float)), walked(saved)
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("saved", "months"),
    [
        ([-100, 50, 50, 50], 2.0),
        ([-100, 40, 40, 40], 2.5),
        ([-100, 40, 40], None),
        ([100, -10, -10], 0.0),
        ([100, -60, -60], None),
        ([0, 0, 0], None),
        ([0, 0, 5], 0.0),
        ([0, -10, 20], 1.5),
        ([0, -1, -1, -1, 100], 3.03),
        ([-100, 120, -60, 80], 0.8333),
    ],
)
def test_payback_by_hand(saved, months):
    found = payback_months(np.array(saved, dtype=float))
    assert found == (None if months is None else pytest.approx(months, abs=1e-3))


def test_the_bill_of_a_purchase_is_paid_at_first():
    account = bill_by_hand(candidate_of("owned"), years=5, life_years=5, residual_share=0.15)
    flow = cash_flow(account.charges, account.economics)
    price = account.charges[0].quantity * account.charges[0].unit_price_usd
    # With the spare parts; and at the end what is left comes back, less the disposal.
    assert flow[0] == pytest.approx(price * 1.04)
    assert flow[-1] - flow[-2] == pytest.approx(price * (0.01 - 0.15))
    assert flow[1:-1] == pytest.approx(flow[1])
    imputed = [x for x in account.charges if x.is_imputed]
    assert cash_flow(imputed, account.economics).tolist() == [0.0] * 61
