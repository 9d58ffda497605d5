"""What drawn prices do to a comparison: chances of each pair at each level, the widest swings."""

from dataclasses import replace

import numpy as np
import pytest

from aisim.cost.break_even import at_level
from aisim.cost.prices import Prices
from aisim.cost.uncertainty import drawn, present_costs, uncertain_prices
from aisim.planning import compare, money
from tests.priced import priced, priced_study, repriced

#: A way through which no machine is needed, and what it costs.
WIRE = {
    "sites": {"house": {"kind": "own"}},
    "links": {"wan": {"bandwidth_gbit_per_s": 1.0, "latency_s": 0.01}},
    "path": {"office": {"kind": "transfer", "link": "wan"}},
    "costs": {"line": {"site": "house", "category": "network", "usd": 500}},
}


def test_probabilities_and_tornado():
    found = money(priced())
    uncertainty = found["uncertainty"]
    assert uncertainty["draws"] == 2000
    chances = uncertainty["probability_cheaper"]
    for own, others in chances.items():
        for other, chance in others.items():
            assert chance + chances[other][own] == pytest.approx(1)
    for name, spread in uncertainty["present_cost_usd"].items():
        assert spread["p5"] <= spread["p50"] <= spread["p95"]
        swings = uncertainty["tornado"][name]
        widths = [abs(s["present_cost_at_high_usd"] - s["present_cost_at_low_usd"]) for s in swings]
        assert widths == sorted(widths, reverse=True)
        assert len(swings) <= 10
        for swing in swings:
            assert swing["low"] <= swing["typical"] <= swing["high"]
            assert swing["low"] < swing["high"]
            assert swing["unit"]
            assert swing["quality"]


def test_tokens_are_drawn_too():
    """All of it is listed prices, each of which may be a tenth off."""
    whole = repriced({"economics.discount_rate": 0.08})
    alone = replace(whole, runs={"gpt": whole.runs["gpt"]}, bills={"gpt": whole.bills["gpt"]})
    uncertainty = money(alone)["uncertainty"]
    assert (uncertainty["draws"], uncertainty["prices_with_a_range"]) == (2000, 3)
    usd = whole.answer()["candidates"]["gpt"]["cost"]["present_cost_usd"]
    spread = uncertainty["present_cost_usd"]["gpt"]
    assert 0.9 * usd < spread["p5"] < 0.98 * usd < spread["p50"]
    assert spread["p50"] == pytest.approx(usd, rel=0.005)


def test_without_a_range_nothing_is_drawn():
    """The planner's own figures alone are certain."""
    changes = {"candidates": {"wire": WIRE}, "economics.discount_rate": 0.0}
    comparison = compare(priced_study(changes))
    found = money(comparison)
    uncertainty = found["uncertainty"]
    assert (uncertainty["draws"], uncertainty["prices_with_a_range"]) == (0, 0)
    assert uncertainty["present_cost_usd"] == {}
    assert uncertainty["tornado"] == {"wire": []}
    assert comparison.answer()["candidates"]["wire"]["cost"]["present_cost_usd"] == 36 * 500


def test_each_level_of_the_other_has_its_chance():
    """The same draws, one level at a time: the share in which the one costs less."""
    rates = {"economics.discount_rate": 0.08, "candidates.own.sites.house.staff_fte": 0}
    asked = repriced(rates | {"candidates.own.costs": {}})
    bills, study = asked.bills, asked.study
    told = money(asked)["against"]["hybrid"]["managed"]
    prices = Prices.of(study.economics)
    own = study.candidates["hybrid"], bills["hybrid"].used
    for level in ("on_demand", "commit_1y", "commit_3y"):
        other = at_level(study.candidates["managed"], level), bills["managed"].used
        cases = {"own": own, "other": other}
        ranges = uncertain_prices(cases, prices)
        values = drawn(ranges, 2000, study.run.seed)
        costs = present_costs(cases, prices, values)
        assert told[level]["probability_cheaper"] == (costs["own"] < costs["other"]).mean()
    assert told["declared"] == told["commit_1y"]
    chances = money(asked)["uncertainty"]["probability_cheaper"]["hybrid"]["managed"]
    assert told["declared"]["probability_cheaper"] == chances


def test_a_band_of_a_tenth_is_a_triangle():
    """Of a triangle from 0.9 to 1.1 half lies within 0.0293 of its middle."""
    whole = repriced({"economics.discount_rate": 0.0})
    use = whole.bills["gpt"].used
    case = {"gpt": (whole.study.candidates["gpt"], use)}
    prices = Prices.of(whole.study.economics)
    (key,) = [p.key for p in uncertain_prices(case, prices) if p.key.endswith("output tokens")]
    (price,) = [p for p in uncertain_prices(case, prices) if p.key == key]
    values = drawn([price], 20_000, 1)
    usd = present_costs(case, prices, values)["gpt"]
    fixed = 36 * sum(t.usd for t in use.apis["mini"].tokens if t.name != "output tokens")
    moving = (usd - fixed) / (36 * next(t.usd for t in use.apis["mini"].tokens
                                        if t.name == "output tokens"))  # fmt: skip
    assert 0.9 <= moving.min() < moving.max() <= 1.1
    assert np.mean(np.abs(moving - 1) < 0.1 * (1 - np.sqrt(0.5))) == pytest.approx(0.5, abs=0.02)
