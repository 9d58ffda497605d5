"""When a charge is paid and which months bear it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.cost.charge import Charge
from aisim.cost.prices import Prices
from aisim.cost.schedule import (
    AtEnd,
    Bought,
    CapitalCost,
    Following,
    Monthly,
    Prepaid,
    annuity,
    grown,
    monthly_rate,
)
from aisim.scenario.economics import Economics
from tests.cost.hand import bill_by_hand as priced
from tests.cost.hand import candidate_of, month_of, named, one

lives = st.integers(1, 130)
horizons = st.integers(1, 180)
changes = st.floats(-0.3, 0.5)
shares = st.floats(0, 1)
rates = st.one_of(st.just(0.0), st.floats(1e-4, 1.0))


@st.composite
def left(draw):
    """Shares that fall with age."""
    ages = sorted(draw(st.sets(st.integers(1, 120), min_size=1, max_size=5)))
    worth = sorted(draw(st.lists(shares, min_size=len(ages), max_size=len(ages))), reverse=True)
    return ((0.0, 1.0), *((float(age), share) for age, share in zip(ages, worth, strict=True)))


bought = st.builds(Bought, lives, left())
schedules = st.one_of(
    st.just(Monthly()),
    st.builds(Prepaid, st.integers(1, 40), shares),
    bought,
    st.builds(AtEnd, lives),
)


def sums(schedule, usd, months, change=0.0):
    entries = list(schedule.entries(usd, months, change))
    assert all(0 <= entry.month < months for entry in entries)
    assert all(entry.paid_at in (entry.month, entry.month + 1) for entry in entries)
    return sum(e.billed_usd for e in entries), sum(e.effective_usd for e in entries)


def flow(schedule, usd, months, change=0.0):
    """What is paid at each boundary of months."""
    paid = np.zeros(months + 1)
    for entry in schedule.entries(usd, months, change):
        paid[entry.paid_at] += entry.billed_usd
    return paid


def borne(schedule, usd, months, change=0.0):
    """What each month bears."""
    cost = np.zeros(months)
    for entry in schedule.entries(usd, months, change):
        cost[entry.month] += entry.effective_usd
    return cost


@given(schedules, st.floats(0, 1e7), horizons, changes)
def test_what_is_paid_is_what_the_months_bear(schedule, usd, months, change):
    billed, effective = sums(schedule, usd, months, change)
    scale = usd * months * (1 + abs(change)) ** (months / 12)
    assert billed == pytest.approx(effective, abs=1e-11 * scale + 1e-9)


@given(bought, st.floats(1, 1e7), horizons, changes, rates)
def test_the_cost_of_capital_is_what_discounting_says(bought, usd, months, change, rate):
    """Present worth of plain shares and cost of capital is that of the cash of the purchase."""
    assert sums(CapitalCost(bought, rate), usd, months, change)[0] == 0
    effective = borne(bought, usd, months, change)
    effective = effective + borne(CapitalCost(bought, rate), usd, months, change)
    paid = flow(bought, usd, months, change)
    r = (1 + rate) ** (1 / 12) - 1
    worth = (1 + r) ** -np.arange(months + 1)
    assert (effective * worth[1:]).sum() == pytest.approx((paid * worth).sum(), rel=1e-7, abs=1e-6)


@given(bought, horizons, rates)
def test_capital_never_costs_less_than_nothing(bought, months, rate):
    assert borne(CapitalCost(bought, rate), 1e5, months).min() >= -1e-6


def test_monthly():
    assert flow(Monthly(), 10.0, 3).tolist() == [0, 10, 10, 10]
    assert borne(Monthly(), 10.0, 3).tolist() == [10, 10, 10]


def test_prices_change_by_the_year():
    assert borne(Monthly(), 100.0, 36, 0.1) == pytest.approx([100] * 12 + [110] * 12 + [121] * 12)
    assert grown(100.0, 0.1, 11) == 100
    assert grown(100.0, -0.5, 24) == 25
    # A price is fixed for its term: three years at the first, and then as it is by then.
    assert borne(Prepaid(36, 0.0), 100.0, 37, 0.1) == pytest.approx([100] * 36 + [133.1])


def test_a_term_is_paid_when_it_begins_and_borne_month_by_month():
    assert flow(Prepaid(12), 10.0, 24)[[0, 1, 12, 24]].tolist() == [120, 0, 120, 0]
    assert borne(Prepaid(12), 10.0, 24).tolist() == [10] * 24
    half = flow(Prepaid(12, 0.5), 10.0, 24)
    assert half[[0, 1, 11, 12, 13, 24]].tolist() == [60, 5, 5, 65, 5, 5]


def test_a_whole_term_is_paid_and_what_lies_beyond_the_horizon_comes_back():
    """The second term of 36 months has 24 beyond the 48 months that are looked at."""
    paid = flow(Prepaid(36), 10.0, 48)
    assert paid[[0, 36, 48]].tolist() == [360, 360, -240]
    assert np.count_nonzero(paid) == 3
    assert paid.sum() == 480
    # Of what is paid month by month nothing was paid for later, and the price is that of the term.
    half = flow(Prepaid(36, 0.5), 10.0, 48, 0.1)
    dearer = 10 * 1.1**3
    assert half[[0, 1, 36]] == pytest.approx([180, 5, 5 + 18 * dearer])
    assert half[48] == pytest.approx(0.5 * dearer - 12 * dearer)
    assert flow(Prepaid(36, 0.0), 10.0, 12).tolist() == [0] + [10] * 12


def test_what_comes_back_of_a_term_is_a_credit_of_its_last_month():
    entries = list(Prepaid(12, 0.25).entries(8.0, 3, 0.0))
    assert [entry.kind for entry in entries] == ["Purchase", "Usage", "Usage", "Usage", "Credit"]
    assert entries[-1] == (2, 3, -0.25 * 8 * 9, 0.0, "Credit", 0)
    whole = list(Prepaid(3, 0.25).entries(8.0, 3, 0.0))
    assert "Credit" not in {entry.kind for entry in whole}


def test_what_follows_is_in_proportion_to_each_month():
    """A fifth of months of 5, 10 and 15 dollars, whose mean is 10; no change of its own."""
    follows = Following((5.0, 10.0, 15.0))
    assert borne(follows, 0.2 * 10, 3, 0.5) == pytest.approx([1, 2, 3])
    assert flow(follows, 0.2 * 10, 3, 0.5) == pytest.approx([0, 1, 2, 3])
    assert borne(Following((0.0, 0.0)), 0.0, 2).tolist() == [0, 0]
    drawn = Following((np.array([1.0, 2.0]), np.array([3.0, 0.0])))
    first, last = (entry.effective_usd for entry in drawn.entries(np.array([2.0, 1.0]), 2, 0.0))
    assert (first.tolist(), last.tolist()) == ([1, 2], [3, 0])


def test_a_purchase_comes_again_and_what_is_left_comes_back():
    machine = Bought(12, ((0.0, 1.0), (12.0, 0.25)))
    paid = flow(machine, 1200.0, 30, 0.1)
    # Bought three times, sold at a quarter, and after half a life at 1 - 0.75 / 2.
    assert paid[0] == 1200
    assert paid[12] == pytest.approx(1320 - 300)
    assert paid[24] == pytest.approx(1452 - 330)
    assert paid[30] == pytest.approx(-1452 * 0.625)
    assert np.count_nonzero(paid) == 4
    months = borne(machine, 1200.0, 30, 0.1)
    assert months[:12] == pytest.approx(75)
    assert months[12:24] == pytest.approx(82.5)
    assert months[24:] == pytest.approx(1452 * 0.375 / 6)


def test_kinds_are_those_of_focus():
    kinds = [entry.kind for entry in Bought(2, ((0.0, 1.0), (4.0, 0.0))).entries(8.0, 3, 0.0)]
    assert kinds == ["Purchase", "Usage", "Usage", "Credit", "Purchase", "Usage", "Credit"]


@pytest.mark.parametrize(
    ("age", "share"),
    [(0, 1.0), (3, 0.9), (6, 0.8), (9, 0.7), (12, 0.6), (13, 0.6), (500, 0.6)],
)
def test_worth_lies_on_lines_and_stays_after_the_last_age(age, share):
    curve = Bought(60, ((0.0, 1.0), (6.0, 0.8), (12.0, 0.6)))
    assert curve.worth(age) == pytest.approx(share)


def test_the_end_of_a_life_is_paid_pro_rata_where_the_horizon_cuts_it():
    paid = flow(AtEnd(12), 1200.0, 18)
    assert paid[12] == pytest.approx(1200)
    assert paid[18] == pytest.approx(600)
    assert borne(AtEnd(12), 1200.0, 18) == pytest.approx([100] * 18)


@given(st.floats(0, 1), st.integers(1, 180), st.floats(0, 1), st.floats(100, 1e7))
def test_an_annuity_pays_back_its_purchase(rate, months, residual, price):
    monthly = annuity(price, rate, months, residual * price)
    r = np.expm1(np.log1p(rate) / 12)
    discount = (1 + r) ** -float(months)
    payments = months if r < 1e-9 else -np.expm1(-months * np.log1p(r)) / r
    assert monthly * payments + residual * price * discount == pytest.approx(price, rel=1e-6)


@given(st.floats(-0.5, 5))
def test_twelve_months_compound_to_a_year(rate):
    assert (1 + monthly_rate(rate)) ** 12 == pytest.approx(1 + rate)


@given(bought, horizons, st.lists(st.tuples(st.floats(1, 1e6), rates), min_size=1, max_size=4))
def test_scenarios_are_single_ones_side_by_side(bought, months, scenarios):
    usd, rate = (np.array(column) for column in zip(*scenarios, strict=True))
    both = list(CapitalCost(bought, rate).entries(usd, months, 0.02))
    for i, (price, one_rate) in enumerate(scenarios):
        single = CapitalCost(bought, one_rate).entries(price, months, 0.02)
        for entry, alone in zip(both, single, strict=True):
            assert entry.effective_usd[i] == pytest.approx(alone.effective_usd, rel=1e-9, abs=1e-9)


def test_a_cheaper_second_purchase_has_a_cheaper_cost_of_capital():
    """The price of compute falls: the capital in it follows, whatever else finance does."""
    falling = {"compute": -0.2, "finance": 0.5}
    account = priced(
        candidate_of("owned"), years=4, life_years=2, residual_share=0.0,
        price_change_per_year=falling,
    )  # fmt: skip
    (charge,) = named(account, "finance", "capital")
    entries = list(charge.entries(account.economics))
    assert entries[24].effective_usd == pytest.approx(0.64 * entries[0].effective_usd)
    assert month_of(account, "finance", "insurance") > 0
    purchase = one(account, "compute")
    rate, worth = 0.1, 1.1 ** (-np.arange(49) / 12)
    assert Prices.of(Economics()).opex("finance", "WACC", "US/EU").value == rate
    paid, cost = np.zeros(49), np.zeros(49)
    for source in (purchase, charge):
        assert isinstance(source, Charge)
        for entry in source.entries(account.economics):
            paid[entry.paid_at] += entry.billed_usd
            cost[entry.month + 1] += entry.effective_usd
    assert (paid * worth).sum() == pytest.approx((cost * worth).sum())
