"""A reason of many replications is said once, with its mean amount."""

from aisim.language import say
from aisim.planning.reasons import once_each

BUDGET = "{what}: {usd:,.0f} USD, {over:,.0f} over the budget of {most:,.0f}"


def over(usd, most=9000.0, what="an average month"):
    return say(BUDGET, what=what, usd=usd, over=usd - most, most=most)


def test_a_budget_is_said_once_with_the_mean():
    (line,) = once_each([over(9400.0), over(9600.0)])
    assert line == "an average month: 9,500 USD, 500 over the budget of 9,000"
    assert line.values["usd"] == 9500.0


def test_other_reasons_stay_apart_in_their_order():
    lines = [over(9400.0), "plain", over(20_000.0, what="3 years"), "plain", over(9600.0)]
    assert once_each(lines) == [
        "an average month: 9,500 USD, 500 over the budget of 9,000",
        "plain",
        "3 years: 20,000 USD, 11,000 over the budget of 9,000",
    ]


def test_nothing_is_nothing():
    assert once_each([]) == []
