"""Rented machines: hours, commitments, spot, capacity blocks, answers that leave the cloud."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim import catalog
from aisim.catalog import by_tier
from aisim.catalog.services import service_tiers, services
from aisim.cost.cash import cash_flow
from aisim.cost.used import Served, _held_shares
from aisim.results.tables import Columns
from aisim.scenario import parse_study
from tests.cost.hand import MONTH_H, bill_by_hand, candidate_of, month_of, named, one, use_of
from tests.cost.tiers import usd_for
from tests.small import small_data

ROW = catalog.cloud_instance("aws", "us-east-1", "g6e.xlarge")
intervals = st.lists(
    st.tuples(st.integers(0, 3), st.floats(0, 1500), st.floats(0.5, 1000)), max_size=12
)


def rented(**machines):
    return candidate_of("rented", machines=machines)


def run_of(rows, count):
    """A run in which machines were held from and to these moments, one at a time each."""
    held = {}
    for machine, begin, length in rows:
        if machine < count:
            held.setdefault(machine, []).append((begin, begin + length))
    disjoint = []
    for spans in held.values():
        last = -1.0
        for begin, end in sorted(spans):
            if begin >= last:
                disjoint.append((begin, end))
                last = end
    usage = pd.DataFrame(
        {
            "kind": ["machine"] * len(disjoint),
            "group": ["gpu"] * len(disjoint),
            "state": ["reserved"] * len(disjoint),
            "from_s": [float(begin) for begin, _ in disjoint],
            "to_s": [float(end) for _, end in disjoint],
        }
    )
    settings = SimpleNamespace(warm_up_s=200.0)
    return SimpleNamespace(
        intervals=Columns.of(usage),
        settings=settings, measured_until_s=1200.0, window_s=1000.0,
    )  # fmt: skip


def shares_by_moments(run, count):
    """The same over the moments at which anything changes."""
    begins, ends = run.intervals["from_s"], run.intervals["to_s"]
    moments = np.unique(np.clip([200.0, 1200.0, *begins, *ends], 200.0, 1200.0))
    seconds = np.zeros(count)
    for begin, end in pairwise(moments):
        held = int(((begins <= begin) & (ends >= end)).sum())
        seconds[:held] += end - begin
    return seconds / 1000.0


@given(intervals, st.integers(1, 4))
def test_shares_of_the_time_are_those_of_the_moments(rows, count):
    run = run_of(rows, count)
    found = _held_shares(run, "gpu", count)
    assert found == pytest.approx(tuple(shares_by_moments(run, count)), abs=1e-12)
    assert all(a >= b for a, b in pairwise(found))


@given(intervals, st.integers(1, 4), st.integers(0, 4), st.sampled_from(["commit_1y", "commit_3y"]))
def test_a_commitment_is_used_or_lost(rows, count, committed, level):
    """Committed machines at their rate, whatever they do; what runs beyond them on demand."""
    run = run_of(rows, count)
    shares = tuple(float(share) for share in shares_by_moments(run, count))
    held = sum(shares) * MONTH_H
    candidate = rented(price=level, committed=committed, count=count)
    account = bill_by_hand(candidate, use_of(candidate, held_h=held, shares=shares))
    bound = min(committed, count)
    beyond = sum(shares[bound:]) * MONTH_H
    rate = ROW.usd_per_hour(level)
    expected = bound * MONTH_H * rate + beyond * ROW.usd_per_hour_on_demand
    assert month_of(account, "compute") == pytest.approx(expected, abs=1e-5)
    status = {x.commitment: x.quantity for x in named(account, "compute") if x.commitment}
    assert sum(status.values()) == pytest.approx(bound * MONTH_H, abs=1e-5)
    assert status.get("Used", 0.0) == pytest.approx(sum(shares[:bound]) * MONTH_H, abs=1e-5)
    assert all(x.pricing == ("Committed" if x.commitment else "Standard")
               for x in named(account, "compute"))  # fmt: skip


def test_without_a_number_all_machines_are_committed():
    candidate = rented(price="commit_3y", count=4)
    account = bill_by_hand(candidate, use_of(candidate, held_h=730.0, shares=(0.5, 0.5, 0, 0)))
    used, unused = named(account, "compute")
    assert (used.commitment, unused.commitment) == ("Used", "Unused")
    assert (used.quantity, unused.quantity) == (730, 3 * 730)


@pytest.mark.parametrize(("level", "term"), [("commit_1y", 12), ("commit_3y", 36)])
def test_what_is_paid_upfront_is_paid_when_a_term_begins(level, term):
    account = bill_by_hand(rented(price=level, upfront_share=0.4), years=6)
    month = 730 * ROW.usd_per_hour(level)
    compute = named(account, "compute")
    paid = cash_flow(compute, account.economics)
    begins = range(0, 72, term)
    expected = np.array([0.0, *[0.6 * month] * 72])
    for begin in begins:
        expected[begin] += 0.4 * month * term
    assert paid == pytest.approx(expected)
    (charge,) = compute
    borne = [e.effective_usd for e in charge.entries(account.economics) if e.kind == "Usage"]
    assert borne == pytest.approx([month] * 72)


def test_a_term_beyond_the_years_is_paid_whole_and_comes_back():
    """36 months are paid at once; 24 of them lie beyond the only year that is looked at."""
    account = bill_by_hand(rented(price="commit_3y", upfront_share=0.4), years=1)
    month = 730 * ROW.usd_per_hour("commit_3y")
    expected = np.array([0.4 * 36 * month, *[0.6 * month] * 12])
    expected[12] -= 0.4 * 24 * month
    assert account.flow == pytest.approx(expected)
    assert account.flow.sum() == pytest.approx(12 * month)
    assert account.usd_per_month == pytest.approx(month)


def test_a_price_of_ones_own_is_that_of_its_level_only():
    candidate = rented(price="commit_1y", usd_per_hour=1.0, committed=1, count=2)
    within, beyond = named(bill_by_hand(candidate), "compute")
    assert within.unit_price_usd == 1.0
    assert within.quality == "the planner's own"
    assert beyond.unit_price_usd == ROW.usd_per_hour_on_demand


def test_spot_pays_its_hours_and_says_its_reclaims():
    candidate = rented(instance="p5.4xlarge", price="spot", count=2)
    account = bill_by_hand(candidate, use_of(candidate, held_h=1000.0, reclaims=7.0))
    charge = one(account, "compute")
    assert month_of(account, "compute") == pytest.approx(1000 * 5.4046)
    assert charge.pricing == "Dynamic"
    assert "7.0 starts" in charge.description


@given(st.integers(1, 182), st.integers(1, 5), st.integers(1, 5))
def test_capacity_blocks_are_paid_in_advance_and_the_last_is_short(days, years, count):
    """365 days of 24 hours a year, however long a block is: 12 months of 730 hours."""
    candidate = rented(price="capacity_block", usd_per_hour=2.0, block_days=days, count=count)
    account = bill_by_hand(candidate, years=years)
    total = sum(e.effective_usd for e in one(account, "compute").entries(account.economics))
    assert total == pytest.approx(2.0 * count * years * 365 * 24)
    blocks = next(n for n in range(1, 2000) if n * days >= years * 365)
    said = f"capacity blocks of {days} days, {blocks} of them, paid in advance"
    assert one(account, "compute").description.startswith(said)
    paid = cash_flow(named(account, "compute"), account.economics)
    assert paid[:-1] == pytest.approx(paid[0])
    assert paid[-1] == 0


@pytest.mark.parametrize(
    ("gb", "usd"),
    [
        (0, 0),
        (100, 9.0),
        (10_240, 921.6),
        (51_200, 921.6 + 40_960 * 0.085),
        # Beyond the last bound of the table, its last tier goes on.
        (300_000, 921.6 + 40_960 * 0.085 + 248_800 * 0.07),
    ],
)
def test_answers_are_paid_by_tiers(gb, usd):
    candidate = rented()
    served = Served(egress_gb={"region": float(gb)})
    account = bill_by_hand(candidate, use_of(candidate, served))
    assert month_of(account, "egress") == pytest.approx(usd)
    assert sum(x.quantity for x in named(account, "egress")) == gb


def test_tiers_run_over_all_sites_of_a_provider():
    """Each site sends 8,000 GB: 10,240 of the 16,000 are of the first tier, in the order given."""
    data = small_data()
    one_site = data["candidates"]["rented"]
    one_site["sites"] |= {
        "other": {"kind": "cloud", "provider": "gcp", "region": "us-central1"},
        "second": {"kind": "cloud", "provider": "aws", "region": "eu-central-1"},
    }
    candidate = parse_study(data).candidates["rented"]
    sent = {"region": 8000.0, "other": 8000.0, "second": 8000.0}
    account = bill_by_hand(candidate, use_of(candidate, Served(egress_gb=sent)))
    usd = {
        site: sum(
            float(x.quantity * x.unit_price_usd)
            for x in named(account, "egress") if x.site == site
        )
        for site in sent
    }  # fmt: skip
    assert usd["region"] == pytest.approx(8000 * 0.09)
    assert usd["second"] == pytest.approx(2240 * 0.09 + 5760 * 0.085)
    # The tiers of another provider begin anew.
    tiers, _ = catalog.egress_tiers("gcp", "us-central1")
    assert usd["other"] == pytest.approx(usd_for(tiers, 8000))
    alone = replace(use_of(candidate), served=Served(egress_gb={"second": 8000.0}))
    assert month_of(bill_by_hand(candidate, alone), "egress") == pytest.approx(8000 * 0.09)


def test_where_no_answer_leaves_it_is_not_excluded():
    assert "egress" not in bill_by_hand(rented()).excluded


tiered = sorted({(s.provider, s.region, s.service, s.item) for s in services()})


@given(st.sampled_from(tiered), st.floats(0, 1e7), st.floats(0, 1e7))
def test_tiers_add_up_and_more_never_costs_less(item, quantity, more):
    tiers = service_tiers(*item)
    found = list(by_tier(tiers, quantity))
    # What was counted in the month before goes first: both together are the whole.
    after = sum(w * tier.usd_per_unit for tier, w in by_tier(tiers, more, quantity))
    assert after == pytest.approx(
        usd_for(tiers, quantity + more) - usd_for(tiers, quantity),
        abs=1e-9 * (1 + usd_for(tiers, quantity + more)),
    )
    assert found[0][0] == tiers[0]
    assert sum(within for _, within in found) == pytest.approx(quantity)
    cost = sum(within * tier.usd_per_unit for tier, within in found)
    assert cost == pytest.approx(usd_for(tiers, quantity))
    dearer = sum(within * tier.usd_per_unit for tier, within in by_tier(tiers, quantity + more))
    assert dearer >= cost * (1 - 1e-12)


def test_licences_of_rented_machines_count_their_units():
    licences = ["NVIDIA AI Enterprise", "VMware Cloud Foundation", "Slurm commercial support"]
    account = bill_by_hand(rented(licences=licences, count=3))
    cores = ROW.vcpu / 2
    for item, units in zip(licences, (1, cores, 1), strict=True):
        year = catalog.licence(item).value_typical
        assert month_of(account, "licences", item) == pytest.approx(3 * units * year / 12)
    paid = cash_flow(named(account, "licences"), account.economics)
    assert np.flatnonzero(paid).tolist() == [0, 12, 24]
