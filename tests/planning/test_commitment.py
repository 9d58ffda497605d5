"""The best commitment: the newsvendor's rule against brute force over all numbers of machines."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisim.catalog import cloud_instance
from aisim.cost.used import GroupUse, Served, Used
from aisim.planning import BadInput, commitment, optimal_commitment
from aisim.planning.commitment import commitment_of, committed_by_rule
from aisim.scenario import InvalidStudy, parse_study
from aisim.scenario.study import MONTH_H
from tests.numbers import finite_or_null
from tests.small import small_data

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=6).map(
    lambda shares: tuple(sorted(shares, reverse=True))
)


def use_of(shares):
    group = GroupUse(sum(shares) * MONTH_H, shares, None, None)
    return Used({"gpu": group}, {}, Served())


def rented_study(count, **group):
    data = small_data()
    data["candidates"]["rented"]["machines"]["gpu"] |= {"count": count} | group
    return parse_study(data)


@given(SHARES)
@settings(deadline=None)
def test_the_best_commitment_is_that_of_brute_force(shares):
    study = rented_study(len(shares))
    candidate = study.candidates["rented"]
    found = commitment_of(study, "rented", candidate, "gpu", use_of(shares))
    row = cloud_instance("aws", "us-east-1", "g6e.xlarge")
    for term in found.terms:
        rates = {level: row.usd_per_hour(level) for level in ("on_demand", term.level)}
        expected = [
            MONTH_H * (k * rates[term.level] + sum(shares[k:]) * rates["on_demand"])
            for k in range(len(shares) + 1)
        ]
        extra = found.on_demand_usd_per_month - expected[0]
        assert term.at_machines == tuple(range(len(shares) + 1))
        assert np.array(term.at_usd_per_month) - extra == pytest.approx(expected, abs=1e-5)
        assert term.usd_per_month == pytest.approx(min(term.at_usd_per_month), abs=1e-5)
        assert term.machines == committed_by_rule(shares, term.ratio)
        assert term.saved_usd_per_month >= -1e-5
    least = min(term.usd_per_month for term in found.terms)
    assert (found.level == "on_demand") == (least >= found.on_demand_usd_per_month - 1e-9)


@given(SHARES, st.floats(0, 2))
def test_the_newsvendors_rule(shares, ratio):
    k = committed_by_rule(shares, ratio)
    assert all(share > ratio for share in shares[:k])
    assert all(share <= ratio for share in shares[k:])


def test_ones_own_price_on_demand_holds_beyond_a_commitment():
    study = rented_study(2, usd_per_hour=0.01)
    found = commitment_of(study, "rented", study.candidates["rented"], "gpu", use_of((1.0, 0.5)))
    assert found.on_demand_usd_per_machine_hour == 0.01
    assert (found.level, found.machines) == ("on_demand", 0)
    for term in found.terms:
        paid = 730 * (term.usd_per_machine_hour + 0.5 * 0.01)
        month = term.at_usd_per_month[1] - term.at_usd_per_month[0]
        assert month == pytest.approx(paid - 730 * 1.5 * 0.01)


def test_ones_own_price_of_a_commitment_is_for_that_level_alone():
    study = rented_study(1, price="commit_1y", usd_per_hour=0.02)
    found = commitment_of(study, "rented", study.candidates["rented"], "gpu", use_of((1.0,)))
    prices = {term.level: term.usd_per_machine_hour for term in found.terms}
    row = cloud_instance("aws", "us-east-1", "g6e.xlarge")
    assert prices == {"commit_1y": 0.02, "commit_3y": row.usd_per_hour("commit_3y")}
    assert (found.level, found.machines) == ("commit_1y", 1)


def test_many_machines_are_priced_in_steps_and_about_the_optimum():
    shares = tuple(np.linspace(1, 0, 3000))
    study = rented_study(3000)
    found = commitment_of(study, "rented", study.candidates["rented"], "gpu", use_of(shares))
    for term in found.terms:
        assert len(term.at_machines) <= commitment.MOST_BILLS + 5
        assert {0, 3000, term.machines - 1, term.machines, term.machines + 1} <= {*term.at_machines}
        assert term.usd_per_month == pytest.approx(min(term.at_usd_per_month))


def test_a_commitment_from_a_simulation():
    study = parse_study(small_data())
    found = optimal_commitment(study, "rented")
    assert found.shares == (1.0,)
    assert (found.level, found.machines) == ("commit_3y", 1)
    assert not found.partial
    finite_or_null(json.loads(json.dumps(found.as_dict(), allow_nan=False)))


def test_what_is_declared_of_the_price_does_not_matter():
    spot = rented_study(1, price="spot", reclaims_per_month=900, usd_per_hour=0.5)
    found = optimal_commitment(spot, "rented")
    assert any("looked at as if on demand" in note for note in found.notes)
    plain = optimal_commitment(rented_study(1), "rented")
    assert replace(found, notes=()) == replace(plain, notes=())


@pytest.mark.parametrize(
    ("name", "group", "error", "words"),
    [
        ("owned", None, BadInput, "no rented machines"),
        ("rented", "gpus", BadInput, "no rented machines named 'gpus'; rented there: gpu"),
        ("rentet", None, InvalidStudy, "did you mean 'rented'"),
    ],
)
def test_nothing_to_commit_is_one_line(name, group, error, words):
    with pytest.raises(error) as caught:
        optimal_commitment(parse_study(small_data()), name, group)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
