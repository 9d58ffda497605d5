"""A figure taken apart: arithmetic to do again, parts that add up, prices with their sources."""

import json

import pytest

from aisim.cost import Bill
from aisim.planning import (
    BadInput,
    Comparison,
    check_figure,
    compare,
    explain,
    explained_figures,
)
from aisim.planning.explain import AGAINST, FORMULAS, SUMS, UNITS
from aisim.planning.explain_figures import SIMULATED
from aisim.report.explain import explanation_data, explanation_lines
from tests.priced import priced, priced_study, repriced

NAMES = ("gpt", "own", "hybrid", "managed")
#: Figures of an API's energy are not known, whatever else draws power.
UNKNOWN = {"gpt": "energy.", "hybrid": "energy."}


@pytest.fixture(scope="module")
def taken_apart():
    """Every figure of every candidate, explained once."""
    return {
        (name, figure): explain(priced(), name, figure)
        for name in NAMES
        for figure in [*FORMULAS, *SUMS]
    }


def evaluated(explanation):
    """The formula over its inputs by their last name, and nothing else."""
    names = {path.rpartition(".")[2]: value for path, value in explanation.inputs.items()}
    assert all(isinstance(value, int | float) for value in names.values())
    return eval(explanation.formula, {"__builtins__": {}}, names)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("figure", FORMULAS)
def test_the_formula_gives_the_value(taken_apart, name, figure):
    explanation = taken_apart[name, figure][0]
    assert explanation.figure == figure
    assert explanation.value == pytest.approx(evaluated(explanation))
    assert explanation.charges == ()


def test_the_annuity_of_money_that_costs_nothing():
    asked = repriced({"economics.discount_rate": 0})
    explanation = explain(asked, "own", "cost.equivalent_annual_cost_usd")[0]
    assert explanation.value == pytest.approx(evaluated(explanation))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("figure", SUMS)
def test_the_charges_add_up_to_the_value(taken_apart, name, figure):
    (explanation,) = taken_apart[name, figure]
    if figure.startswith(UNKNOWN.get(name, "none")):
        assert explanation.value is None
        return
    assert explanation.charges or explanation.value == 0
    parts = [part for _, part in explanation.charges]
    assert sum(parts) == pytest.approx(explanation.value)
    assert explanation.unit == UNITS.get(figure, "USD a month")


@pytest.mark.parametrize("name", NAMES)
def test_sums_within_a_formula_are_taken_apart_too(taken_apart, name):
    found = taken_apart[name, "cost.busy_usd_per_million_output_tokens"]
    assert [each.figure for each in found] == [
        "cost.busy_usd_per_million_output_tokens", "cost.busy_usd_per_month"
    ]  # fmt: skip
    assert found[1].value == found[0].inputs["cost.busy_usd_per_month"]
    found = taken_apart[name, "cost.equivalent_annual_cost_usd"]
    assert [each.figure for each in found[1:]] == ["cost.present_cost_usd"]
    assert found[1].inputs == {"economics.discount_rate": pytest.approx(0.1)}


def test_values_are_those_of_the_answer(taken_apart):
    answer = priced().answer()["candidates"]
    for (name, figure), found in taken_apart.items():
        part, _, key = figure.partition(".")
        if figure not in ("cost.busy_usd_per_month", "cost.estimated_usd_per_month"):
            assert found[0].value == answer[name][part][key]


@pytest.mark.parametrize("name", NAMES)
def test_categories_add_up_to_the_month(name):
    figures = [f for f in explained_figures(priced(), name) if f.startswith("cost.by_category.")]
    assert len(figures) == 13
    found = [explain(priced(), name, figure)[0] for figure in figures]
    for explanation in found:
        parts = [part for _, part in explanation.charges]
        assert explanation.value == (pytest.approx(sum(parts)) if parts else None)
        category = explanation.figure.rpartition(".")[2]
        assert {charge.category for charge, _ in explanation.charges} <= {category}
    total = sum(explanation.value or 0.0 for explanation in found)
    assert total == pytest.approx(priced().bills[name].usd_per_month)


@pytest.mark.parametrize("name", ["gpt", "own"])
def test_every_figure_can_be_explained_and_shown(name):
    figures = explained_figures(priced(), name)
    assert len(figures) == len(set(figures))
    others = 3 + 3  # declared levels of three others, and three levels of the rented one
    assert sum(f.startswith("against.") for f in figures) == others * len(AGAINST)
    for figure in figures:
        found = explain(priced(), name, figure)
        assert found[0].figure == figure
        assert found[0].formula
        data = json.loads(json.dumps([explanation_data(each) for each in found], allow_nan=False))
        assert data[0]["figure"] == figure
        for explanation in found:
            lines = list(explanation_lines(explanation, name))
            assert lines[0].startswith(f"{name}: {explanation.figure} = ")
            assert not any("\n" in line or "nan" in line.split() for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_each_price_has_a_key_a_source_and_a_quality(taken_apart, name):
    (explanation,) = taken_apart[name, "cost.usd_per_month"]
    charges = explanation_data(explanation)["charges"]
    assert len(charges) == len(priced().bills[name].charges)
    for charge in charges:
        assert charge["prices"]
        assert all(charge[key] for key in ("category", "resource", "site", "unit", "paid"))
        assert charge["description"]
        for price in charge["prices"]:
            assert price["key"]
            assert price["source"]
            assert price["quality"]
            assert price["low"] <= price["value"] <= price["high"]


def test_what_one_saves_against_another():
    figure = "against.managed.commit_3y.npv_usd"
    (explanation, *sums) = explain(priced(), "own", figure)
    assert explanation.value < 0
    assert explanation.inputs["economics.discount_rate"] == pytest.approx(0.1)
    assert {each.figure for each in sums} == {
        "cost.usd_per_month",
        "cost.upfront_usd",
        "cost.present_cost_usd",
    }
    # The other's present cost less its own, both of them shown.
    other = explanation.inputs["against.managed.commit_3y.present_cost_usd"]
    own = explanation.inputs["cost.present_cost_usd"]
    assert explanation.value == pytest.approx(other - own)


def test_the_share_of_break_even_is_one_figure_by_another():
    figure = "against.managed.on_demand.break_even_utilisation"
    explanation = explain(priced(), "own", figure)[0]
    standing, rented = (
        explanation.inputs[f"{figure}.{part}"]
        for part in ("standing_usd_per_month", "rented_usd_per_month")
    )
    assert set(explanation.inputs) == {
        f"{figure}.standing_usd_per_month",
        f"{figure}.rented_usd_per_month",
    }
    assert explanation.value["value"] == pytest.approx(standing / rented)
    assert explanation.formula.startswith("standing_usd_per_month / rented_usd_per_month")
    # There is none for who has no machines of its own.
    assert explain(priced(), "gpt", figure)[0].value is None


@pytest.mark.parametrize(
    "figure", ["cost.usd_per_month", "energy.kwh_per_month", "cost.by_category.staff",
               "against.anybody.declared.npv_usd"],
)  # fmt: skip
def test_a_figure_is_looked_at_before_anything_is_simulated(figure):
    """Who it is held against is seen when that was simulated."""
    check_figure(figure)


@pytest.mark.parametrize(
    ("figure", "hint"),
    [("cost.usd_per_mont", "did you mean 'cost.usd_per_month'?"), ("zzz", "allowed: "),
     ("", "allowed: "), ("agianst.own.declared.npv_usd", "no figure 'agianst.")],
)  # fmt: skip
def test_a_figure_that_there_is_not_is_refused_before(figure, hint):
    with pytest.raises(BadInput, match="no figure") as bad:
        check_figure(figure)
    assert hint in str(bad.value)
    assert "\n" not in str(bad.value)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("cost.usd_per_mont", "did you mean 'cost.usd_per_month'?"),
        ("cost.by_category.enrgy", "did you mean 'cost.by_category.energy'?"),
        ("against.managed.commit_3y.npv", "did you mean 'against.managed.commit_3y.npv_usd'?"),
        ("zzz", "allowed: "),
        ("", "allowed: "),
    ],
)
def test_an_unknown_figure_names_the_nearest(asked, hint):
    with pytest.raises(BadInput, match="no figure") as bad:
        explain(priced(), "own", asked)
    assert hint in str(bad.value)
    assert "\n" not in str(bad.value)


def test_an_unknown_candidate_names_the_nearest():
    with pytest.raises(BadInput, match="no candidate 'owned', did you mean 'own'"):
        explain(priced(), "owned", "cost.usd_per_month")


def test_figures_that_are_not_defined():
    """A link costs nothing and serves nothing; a stopped candidate has no bill."""
    wire = {
        "sites": {"house": {"kind": "own"}},
        "links": {"wan": {"bandwidth_gbit_per_s": 1.0, "latency_s": 0.01}},
        "path": {"office": {"kind": "transfer", "link": "wan"}},
    }
    comparison = compare(priced_study({"candidates": {"wire": wire}}))
    nothing = Bill((), None, priced().study.economics, (), {})
    stopped = Comparison(priced().study, {"own": priced().runs["own"]}, {"own": nothing})
    for asked, name in ((comparison, "wire"), (stopped, "own")):
        for figure in explained_figures(asked, name):
            found = explain(asked, name, figure)
            if figure in SIMULATED:
                continue
            assert found[0].value is None
            assert " = not defined" in next(explanation_lines(found[0], name))


@pytest.mark.parametrize(
    ("share", "level", "words"),
    [
        (0, "commit_1y", "at the end of each month, bound for 12 months"),
        (
            0.5,
            "commit_3y",
            "50% in advance, the rest at the end of each month, bound for 36 months",
        ),
        (1, "commit_1y", "12 months in advance"),
        (0, "on_demand", "at the end of each month"),
    ],
)
def test_when_a_rented_machine_is_paid(share, level, words):
    machine = {"kind": "cloud", "site": "region", "instance": "g6e.xlarge", "price": level}
    asked = repriced({"candidates.managed.machines.gpu": machine | {"upfront_share": share}})
    (explanation,) = explain(asked, "managed", "cost.by_category.compute")
    assert explanation_data(explanation)["charges"][0]["paid"] == words
