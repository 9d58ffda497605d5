"""The cost of a month before any run, against the bill of a run."""

import pytest

from aisim.cost import expected_usd_per_month
from aisim.planning import compare
from tests.cost.hand import month_of
from tests.small import small_study


@pytest.mark.parametrize("name", ["rented", "owned"])
def test_it_is_near_the_bill_of_a_run(name):
    study = small_study()
    bill = compare(study, candidates=[name]).bills[name]
    candidate = study.candidates[name]
    idle, full = (expected_usd_per_month(candidate, study.economics, load) for load in (0.0, 1.0))
    assert idle <= full
    if name == "rented":
        # Before any run there are no answers that leave the cloud.
        answers = month_of(bill, "egress")
        assert idle == full == pytest.approx(bill.usd_per_month - answers)
        assert 0 < answers < 1
    else:
        assert 0.99 * idle <= bill.usd_per_month <= 1.01 * full
        assert full < 1.2 * idle
