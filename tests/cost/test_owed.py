"""What a commitment still asks for when the years are over, and what of it was paid already."""

import pytest

from aisim import catalog
from aisim.planning import money
from tests.priced import repriced

ROW = catalog.cloud_instance("aws", "eu-central-1", "g6e.xlarge")
GPU = "candidates.managed.machines.gpu"


def owed(years, level, *, change=0.0, **machine):
    group = {"kind": "cloud", "site": "region", "instance": "g6e.xlarge", "price": level}
    found = money(
        repriced({
            "economics.years": years, GPU: group | machine,
            "economics.price_change_per_year": {"compute": change},
        })
    )["candidates"]  # fmt: skip
    assert found["own"]["owed_after_usd"] == 0.0
    return found["managed"]["owed_after_usd"]


@pytest.mark.parametrize(
    ("years", "level", "left"),
    [(3, "commit_1y", 0), (1, "commit_1y", 0), (1, "commit_3y", 24), (4, "commit_3y", 24),
     (5, "commit_3y", 12), (3, "on_demand", 0)],
)  # fmt: skip
def test_what_is_owed_after_the_years(years, level, left):
    assert owed(years, level) == pytest.approx(left * 730 * ROW.usd_per_hour(level))


@pytest.mark.parametrize("upfront", [0.0, 0.25, 1.0])
def test_what_was_paid_upfront_is_not_owed(upfront):
    """Two of three years are left, of which the rest is paid month by month."""
    usd = owed(1, "commit_3y", upfront_share=upfront)
    assert usd == pytest.approx((1 - upfront) * 24 * 730 * ROW.usd_per_hour_3y_commit)


def test_what_is_owed_is_at_the_price_of_its_term():
    """The second term began after three years, at the price of then."""
    expected = 24 * 730 * ROW.usd_per_hour_3y_commit * 0.9**3
    assert owed(4, "commit_3y", change=-0.1) == pytest.approx(expected)


def test_what_was_committed_is_owed_whether_it_ran_or_not():
    hours = 2 * 24 * 730
    assert owed(1, "commit_3y", count=3, committed=2) == pytest.approx(
        hours * ROW.usd_per_hour_3y_commit
    )
