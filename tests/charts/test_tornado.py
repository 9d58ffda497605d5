"""Which prices matter most, as bars and in words."""

import pytest

from aisim.charts import (
    tornado_chart,
    tornado_frame,
    tornado_scales,
    tornado_summary,
    tornado_swings,
)
from aisim.charts.tornado import COLOURS, SHOWN
from aisim.planning import BadInput, money
from tests.charts.test_pictures import drawn_as, svg, texts
from tests.priced import priced

TITLE = "Present cost of own"
SWINGS = [
    {
        "price": f"<b>price {i}</b>", "low": 0.5, "typical": 1.0, "high": 2_000.0, "unit": "FTE",
        "present_cost_at_low_usd": 1_000.0 - 100 * (20 - i),
        "present_cost_at_high_usd": 1_000.0 + 300 * (20 - i), "quality": "estimate",
    }
    for i in range(20)
]  # fmt: skip


@pytest.mark.parametrize("own", ["own", "hybrid", "managed"])
def test_the_swings_are_those_of_the_answer_about_money(own):
    swings, typical_usd = tornado_swings(priced(), own)
    told = money(priced())["uncertainty"]["tornado"][own]
    assert swings[: len(told)] == told
    cost = priced().answer()["candidates"][own]["cost"]["present_cost_usd"]
    assert typical_usd == pytest.approx(cost)


def test_one_against_the_other():
    """What moves both alike moves nothing between them."""
    swings, typical_usd = tornado_swings(priced(), "own", "managed")
    back, less = tornado_swings(priced(), "managed", "own")
    costs = priced().answer()["candidates"]
    present = [costs[name]["cost"]["present_cost_usd"] for name in ("own", "managed")]
    assert typical_usd == pytest.approx(present[1] - present[0])
    assert less == pytest.approx(-typical_usd)
    ends = {swing["price"]: swing["present_cost_at_low_usd"] for swing in back}
    for swing in swings:
        assert swing["present_cost_at_low_usd"] == pytest.approx(-ends[swing["price"]])


def test_an_unknown_candidate():
    with pytest.raises(BadInput, match="no candidate 'nobody'"):
        tornado_swings(priced(), "own", "nobody")


def test_the_widest_come_first_and_not_too_many():
    frame = tornado_frame(SWINGS, 1_000.0)
    assert len(frame) == 2 * SHOWN
    widths = frame.groupby("line")["cost"].agg(lambda ends: ends.max() - ends.min())
    assert widths.is_monotonic_decreasing
    assert frame["cost"].tolist()[:2] == [-1_000.0, 7_000.0]
    ends = tornado_scales(frame)
    assert ends["least"] <= -1_000 < 7_000 <= ends["most"]
    assert ends["most"] - ends["least"] < 1.5 * 8_000


def test_the_picture():
    found = svg(tornado_chart(tornado_frame(SWINGS[:3], 1_000.0), TITLE))
    seen = texts(found)
    assert {TITLE, "USD", "1,000", "at its low end", "at its high end"} <= set(seen)
    assert "<b>price 0</b>: 0.5 to 2,000 FTE" in seen
    assert "<b>" not in found
    assert drawn_as(found, "rect", "fill") == set(COLOURS)


def test_bars_begin_at_the_figure_as_it_is():
    bars = tornado_chart(tornado_frame(SWINGS[:1], 1_000.0), TITLE).to_dict()["layer"][0]
    assert (bars["encoding"]["x"]["field"], bars["encoding"]["x2"]["field"]) == ("typical", "cost")


def test_the_words():
    text = tornado_summary(tornado_frame(SWINGS, 1_000.0), TITLE)
    assert text.startswith("Present cost of own: 1,000 USD. What matters most: <b>price 0</b>: ")
    assert "0.5 to 2,000 FTE, from -1,000 USD to 7,000 USD; <b>price 1</b>" in text
    assert "price 3" not in text
    euro = tornado_frame(SWINGS, 1_000.0, "EUR")
    assert "USD" not in tornado_summary(euro, TITLE, "EUR")
    assert euro["cost"].tolist() != tornado_frame(SWINGS, 1_000.0)["cost"].tolist()


def test_without_ranges():
    none = tornado_frame([], 1_000.0)
    assert tornado_summary(none, TITLE) == f"{TITLE}: no price in use has a range."
    assert TITLE in texts(svg(tornado_chart(none, TITLE)))
