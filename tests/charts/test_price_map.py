"""What is saved over two prices, as colours, numbers and words."""

import re
from dataclasses import replace

import numpy as np
import pytest

from aisim.charts import (
    price_map_chart,
    price_map_frame,
    price_map_scales,
    price_map_summary,
)
from aisim.charts.price_map import COLOURS, INK
from aisim.planning import price_map
from tests.charts.test_pictures import contrast, svg, texts
from tests.priced import priced

FOUND = price_map(priced(), "own", "managed", steps=3)
SAVED = np.array([[-4_000.0, 0.2, 1_000.0], [-2_000.0, 500.0, 3_000.0], [-1.0, 2.0, 9_000.0]])


def asked(saved=SAVED):
    return replace(FOUND, saved_usd=saved)


def test_every_cell_is_a_pair_of_values():
    frame = price_map_frame(FOUND)
    for row, y in enumerate(FOUND.y_values):
        for column, x in enumerate(FOUND.x_values):
            cell = frame[(frame["x"] == x) & (frame["y"] == y)]
            assert cell["saved"].tolist() == [FOUND.saved_usd[row, column]]
    assert len(frame) == 9


def test_the_picture_has_a_number_in_every_cell_and_names_both_prices():
    found = asked()
    drawn = svg(price_map_chart(price_map_frame(found), found))
    seen = texts(drawn)
    assert {"-4,000", "0", "+1,000", "+500", "+9,000", "-1", "+2"} <= set(seen)
    assert "What own saves against managed, USD" in seen
    assert {f"{price.key} ({price.unit})" for price in (found.x, found.y)} <= set(seen)


def fills(saved):
    """The colour of each cell, as red, green and blue, from the lower left."""
    found = asked(saved)
    drawn = svg(price_map_chart(price_map_frame(found), found))
    group = re.search(r'<g class="mark-rect role-mark[^>]*>(.*?)</g>', drawn).group(1)
    return [tuple(map(int, rgb)) for rgb in re.findall(r"rgb\((\d+), (\d+), (\d+)\)", group)]


def test_blue_is_saved_and_orange_is_lost_alike_to_both_sides_of_nothing():
    bounds = {name: tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for name, c in
              zip(("other", "none", "own"), COLOURS, strict=True)}  # fmt: skip
    for cells in (fills(SAVED), fills(-SAVED)):
        assert len(cells) == 9
    for (red, _, blue), saved in zip(fills(SAVED), SAVED.ravel(), strict=True):
        assert (blue > red) == (saved > 100), "nothing is neither"
        if abs(saved) < 5:
            assert (red, blue) == pytest.approx((bounds["none"][0], bounds["none"][2]), abs=2)
    assert price_map_scales(price_map_frame(asked())) == {"most": 10_000}


def test_numbers_are_legible_on_every_colour():
    parts = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS]
    for one, other in ((parts[0], parts[1]), (parts[1], parts[2])):
        for way in np.linspace(0, 1, 11):
            mixed = [round(a + way * (b - a)) for a, b in zip(one, other, strict=True)]
            assert contrast("#" + "".join(f"{part:02X}" for part in mixed), INK) >= 4.5


def test_the_words():
    text = price_map_summary(price_map_frame(asked()), asked())
    assert text.startswith("own saves against managed in 6 of 9 cells: from -4,000 USD (")
    assert " to 9,000 USD (" in text
    assert f"{FOUND.x.key} at" in text
    assert "EUR" in price_map_summary(price_map_frame(asked(), "EUR"), asked(), "EUR")


def test_the_currency():
    found = asked()
    usd, euro = price_map_frame(found), price_map_frame(found, "EUR")
    ratio = (usd["saved"] / euro["saved"]).to_numpy()
    assert ratio == pytest.approx(ratio[0])
    assert ratio[0] != 1
    assert "What own saves against managed, EUR" in texts(svg(price_map_chart(euro, found, "EUR")))
