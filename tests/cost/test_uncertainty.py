"""Draws of prices, the tornado and the heat map, over one and the same run."""

from dataclasses import replace

import numpy as np
import pytest

from aisim.cost.price import Price
from aisim.cost.prices import Prices
from aisim.cost.uncertainty import (
    drawn,
    heat_map,
    present_costs,
    tornado,
    uncertain_prices,
)  # fmt: skip
from aisim.cost.used import standing_use
from aisim.planning.money import cases_of
from aisim.scenario.economics import Economics
from tests.cost.hand import candidate_of, use_of
from tests.priced import priced

DRAWS = 20_000
FLOOR = "opex / staff / FTE per first 8-GPU node / global"
RATE = "opex / finance / WACC / US/EU"
DLP = {"dlp": {"site": "house", "category": "compliance", "usd": 1500, "usd_low": 1000,
               "usd_high": 3000}}  # fmt: skip


def price(key, low, typical, high):
    return Price(key, typical, "piece", low, typical, high, "a list", "2026", "estimate")


def case(candidate):
    return candidate, use_of(candidate)


@pytest.fixture(scope="module")
def cases():
    return cases_of(priced().study, priced().bills)


@pytest.fixture(scope="module")
def prices():
    return Prices.of(priced().study.economics)


def alone(cases, prices, key, value):
    """Present costs with one price set, evaluated by itself."""
    costs = present_costs(cases, prices, {key: np.array([value])})
    return {name: float(usd[0]) for name, usd in costs.items()}


@pytest.mark.parametrize(("low", "typical", "high"), [(1, 2, 6), (0, 0, 3), (5, 9, 9)])
def test_draws_are_triangular(low, typical, high):
    values = drawn([price("a", low, typical, high)], DRAWS, 1)["a"]
    assert len(values) == DRAWS
    assert low <= values.min() < values.max() <= high
    mean = (low + typical + high) / 3
    spread = np.sqrt((low**2 + typical**2 + high**2
                      - low * typical - low * high - typical * high) / 18)  # fmt: skip
    assert abs(values.mean() - mean) < 4 * spread / np.sqrt(DRAWS)
    assert values.std() == pytest.approx(spread, rel=0.03)
    below = (typical - low) / (high - low)
    assert (values < typical).mean() == pytest.approx(below, abs=0.02)


def test_a_stream_for_each_price():
    first, other, more = price("a", 1, 2, 3), price("b", 1, 2, 3), price("c", 0, 1, 2)
    few, many = drawn([first, other], 500, 1), drawn([more, other, first], 500, 1)
    assert all((few[key] == many[key]).all() for key in few)
    assert abs(np.corrcoef(few["a"], few["b"])[0, 1]) < 0.15
    assert (drawn([first], 500, 2)["a"] != few["a"]).any()
    assert (drawn([first], 500, 1)["a"] == few["a"]).all()


def test_certain_prices_are_never_drawn(cases, prices):
    found = uncertain_prices(cases, prices)
    keys = [each.key for each in found]
    assert len(keys) == len(set(keys))
    assert all(each.low < each.high for each in found)
    assert {FLOOR, RATE, "costs.dlp / 1000 to 1500 to 3000 monthly"} <= set(keys)
    assert not [key for key in keys if key.startswith(("costs.room", "economics."))]
    given = replace(prices, economics=Economics(discount_rate=0.05))
    assert RATE not in {each.key for each in uncertain_prices(cases, given)}


def test_what_a_vendor_lists_has_a_band_of_a_tenth(cases, prices):
    """A list holds on its day: over years its prices move too. On demand, egress and tokens."""
    found = {each.key: each for each in uncertain_prices(cases, prices)}
    two = {"rented": case(candidate_of("rented"))}
    found |= {each.key: each for each in uncertain_prices(two, prices)}
    for key in (
        "cloud / aws / us-east-1 / g6e.xlarge / on_demand",
        "service / aws / us-east-1 / data transfer / to internet",
        "api / openai / gpt-5-mini / standard / output tokens",
    ):
        each = found[key]
        assert each.quality == "vendor list"
        assert (each.low, each.high) == pytest.approx((0.9 * each.typical, 1.1 * each.typical))
    given = candidate_of("rented", machines={"usd_per_hour": 15.0})
    own = {each.key for each in uncertain_prices({"own": case(given)}, prices)}
    assert not [key for key in own if key.startswith(("cloud /", "machines."))]


def test_tokens_swing_by_a_tenth_of_what_they_cost(prices):
    api = {"gpt": (priced().study.candidates["gpt"], priced().bills["gpt"].used)}
    given = replace(prices, economics=Economics(discount_rate=0.05))
    factor = (1 - 1.05**-3) / (1.05 ** (1 / 12) - 1)
    usd = {f"api / openai / gpt-5-mini / standard / {t.name}": t.usd
           for t in priced().bills["gpt"].used.apis["mini"].tokens}  # fmt: skip
    swings = tornado(api, given, "gpt")
    assert {swing.price.key for swing in swings} == set(usd)
    for swing in swings:
        assert swing.width_usd == pytest.approx(0.2 * usd[swing.price.key] * factor)


def test_nothing_to_draw_is_the_present_cost(cases, prices):
    costs = present_costs(cases, prices, {})
    answer = priced().answer()["candidates"]
    for name, usd in costs.items():
        assert usd.tolist() == [pytest.approx(answer[name]["cost"]["present_cost_usd"])]


def test_typical_values_are_the_present_cost(cases, prices):
    ranges = uncertain_prices(cases, prices)
    costs = present_costs(cases, prices, {p.key: np.full(3, p.typical) for p in ranges})
    for name, usd in present_costs(cases, prices, {}).items():
        assert costs[name] == pytest.approx(np.full(3, usd[0]))


def test_each_scenario_is_what_it_is_alone(cases, prices):
    """The product over all scenarios at once says the same as one at a time."""
    values = drawn(uncertain_prices(cases, prices), 5, 3)
    whole = present_costs(cases, prices, values)
    for i in range(5):
        single = present_costs(cases, prices, {key: v[i : i + 1] for key, v in values.items()})
        for name, usd in whole.items():
            assert usd[i] == pytest.approx(float(single[name][0]), rel=1e-9)


def test_either_is_cheaper(cases, prices):
    values = drawn(uncertain_prices(cases, prices), 500, 1)
    costs = present_costs(cases, prices, values)
    for a in costs.values():
        for b in costs.values():
            chances = [(a < b).mean(), (b < a).mean(), (a == b).mean()]
            assert sum(chances) == pytest.approx(1)
    shares = [(costs[a] < costs[b]).mean() for a in costs for b in costs if a != b]
    assert all(0 <= share <= 1 for share in shares)
    near = {"owned": case(candidate_of("owned", costs=DLP)),
            "rented": case(candidate_of("rented", machines={"usd_per_hour": 15.0}))}  # fmt: skip
    values = drawn(uncertain_prices(near, prices), 500, 1)
    costs = present_costs(near, prices, values)
    assert 0.05 < (costs["owned"] < costs["rented"]).mean() < 0.95


def test_twins_are_never_cheaper_than_each_other(prices):
    twins = {name: case(candidate_of("owned", costs=DLP)) for name in ("one", "two")}
    values = drawn(uncertain_prices(twins, prices), 500, 1)
    costs = present_costs(twins, prices, values)
    assert (costs["one"] == costs["two"]).all()
    assert costs["one"].std() > 0
    assert all(swing.width_usd == 0 for swing in tornado(twins, prices, "one", "two"))


def test_what_two_share_moves_together_and_cancels_out(prices):
    plain, more = candidate_of("owned"), candidate_of("owned", machines={"count": 2})
    two = {"one": case(plain), "two": case(more)}
    ranges = uncertain_prices(two, prices)
    values = drawn(ranges, 500, 1)
    costs = present_costs(two, prices, values)
    assert np.corrcoef(costs["one"], costs["two"])[0, 1] > 0.9
    # The floor of staff is the same at both: it is in no difference.
    floor = {FLOOR: values[FLOOR]}
    moved = present_costs(two, prices, floor)
    assert moved["one"].std() > 0
    assert (moved["two"] - moved["one"]).std() == pytest.approx(0, abs=1e-6)


def test_ends_of_the_tornado_are_evaluations_of_their_own(cases, prices):
    swings = tornado(cases, prices, "own")
    widths = [swing.width_usd for swing in swings]
    assert widths == sorted(widths, reverse=True)
    assert {s.price.key for s in swings} == {
        p.key for p in uncertain_prices({"own": cases["own"]}, prices)
    }
    own = {"own": cases["own"]}
    for swing in swings:
        key = swing.price.key
        assert swing.at_low_usd == pytest.approx(alone(own, prices, key, swing.price.low)["own"])
        assert swing.at_high_usd == pytest.approx(alone(own, prices, key, swing.price.high)["own"])


def test_a_tornado_of_a_difference(cases, prices):
    for swing in tornado(cases, prices, "managed", "own"):
        for value, told in ((swing.price.low, swing.at_low_usd),
                            (swing.price.high, swing.at_high_usd)):  # fmt: skip
            costs = alone(cases, prices, swing.price.key, value)
            assert told == pytest.approx(costs["own"] - costs["managed"])


def test_corners_of_the_heat_map_are_evaluations_of_their_own(cases, prices):
    known = {p.key: p for p in uncertain_prices(cases, prices)}
    x, y = known[FLOOR], known[RATE]
    found = heat_map(cases, prices, x, y, "own", "managed", steps=4)
    assert (found.x[0], found.x[-1]) == (x.low, x.high)
    assert (found.y[0], found.y[-1]) == (y.low, y.high)
    assert found.usd.shape == (4, 4)
    for row in (0, 2, -1):
        for column in (0, 1, -1):
            values = {x.key: found.x[[column]], y.key: found.y[[row]]}
            costs = present_costs(cases, prices, values)
            assert found.usd[row, column] == pytest.approx(
                float(costs["managed"][0] - costs["own"][0])
            )
    one = heat_map(cases, prices, x, y, "own", steps=2)
    assert one.usd[0, 0] == pytest.approx(
        float(present_costs(cases, prices, {x.key: one.x[:1], y.key: one.y[:1]})["own"][0])
    )


def test_a_range_of_the_planners_own(prices):
    own = {"own": case(candidate_of("owned", costs=DLP))}
    (dlp,) = (p for p in uncertain_prices(own, prices) if p.key.startswith("costs.dlp"))
    assert (dlp.low, dlp.typical, dlp.high) == (1000, 1500, 3000)
    assert dlp.quality == "the planner's own"
    (swing,) = (s for s in tornado(own, prices, "own") if s.price == dlp)
    months, rate = 36, 1.1 ** (1 / 12) - 1
    factor = (1 - (1 + rate) ** -months) / rate
    assert swing.width_usd == pytest.approx(2000 * factor)


def test_one_name_with_two_ranges_is_two_prices(prices):
    other = {"dlp": DLP["dlp"] | {"usd_high": 4000}}
    typical = {"dlp": DLP["dlp"] | {"usd": 2000}}
    yearly = {"dlp": DLP["dlp"] | {"when": "yearly"}}
    two = {"one": case(candidate_of("owned", costs=DLP)),
           "two": case(candidate_of("owned", costs=other)),
           "three": case(candidate_of("owned", costs=typical)),
           "four": case(candidate_of("owned", costs=yearly)),
           "same": case(candidate_of("owned", costs=DLP))}  # fmt: skip
    found = {p.key: p for p in uncertain_prices(two, prices) if p.key.startswith("costs.dlp")}
    assert set(found) == {
        "costs.dlp / 1000 to 1500 to 3000 monthly", "costs.dlp / 1000 to 1500 to 4000 monthly",
        "costs.dlp / 1000 to 2000 to 3000 monthly", "costs.dlp / 1000 to 1500 to 3000 yearly",
    }  # fmt: skip


def test_what_is_certain_has_no_spread(prices):
    """The planner's own figures alone: an hour of machines from where answers leave for nothing."""
    site = {"provider": "runpod", "region": "global"}
    machine = {"instance": "H100 SXM Secure", "usd_per_hour": 3.0}
    own = {"rented": case(candidate_of("rented", site, machine))}
    given = replace(prices, economics=Economics(discount_rate=0.05))
    assert uncertain_prices(own, given) == ()
    assert tornado(own, given, "rented") == []
    candidate = candidate_of("owned")
    standing = {"own": (candidate, standing_use(candidate, 0.5))}
    assert present_costs(standing, given, {})["own"].shape == (1,)
