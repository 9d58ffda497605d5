"""Growing load: which points are sound, up to where promises are kept."""

import re

import numpy as np
import pandas as pd
import pytest

from aisim.charts import growth_chart, growth_frame, growth_scales, growth_summary
from aisim.charts.theme import PALETTE
from aisim.planning import Growth, GrowthPoint
from tests.charts.test_pictures import strokes, svg, texts
from tests.priced import priced_study
from tests.small import small_study

NAMES = ("rented", "owned")


def point(factor, candidate, ttft_s=0.3, usd=1_000.0, **changes):
    given = {"overloaded": False, "kept": True, "broken_limits": ()} | changes
    return GrowthPoint(factor, candidate, ttft_s, 0.99, usd, **given)


def grown(*points, study=None):
    growth = Growth(study or small_study(horizon_s=600), factors=(1,))
    growth.points = list(points)
    return growth_frame(growth)


FRAME = (
    point(0.5, "rented"), point(0.5, "owned", 0.2, 900.0),
    point(1.0, "rented"), point(1.0, "owned", 0.4, 950.0),
    point(2.0, "rented", 40.0, overloaded=True, kept=False),
    point(2.0, "owned", 1.2, 960.0, kept=False),
)  # fmt: skip


def test_the_rows_are_the_points_of_a_growth():
    growth = Growth(small_study(horizon_s=200), factors=(0.5, 1), requests=40)
    list(growth.slices())
    frame = growth_frame(growth)
    assert len(frame) == len(growth.points) == 4
    for row, found in zip(frame.to_dict("records"), growth.points, strict=True):
        assert (row["candidate"], row["factor"]) == (found.candidate, found.factor)
        assert row["ttft_s"] == found.ttft_p95_s
        assert row["within"] == 100 * found.within_service_level
        assert row["cost"] == found.usd_per_month
    assert set(frame["limit_s"]) == {1.0}


def test_up_to_where_promises_are_kept_and_what_comes_then():
    text = growth_summary(grown(*FRAME), "USD")
    assert "rented (preview) keeps its promises up to 1 times the load, at 1,000 USD" in text
    assert "per month, is overloaded at 2 times" in text
    assert "owned (preview) keeps its promises up to 1 times the load, at 950 USD" in text
    assert "per month, misses a promise at 2 times" in text
    assert "paid by the load" not in text


def test_always_and_never():
    always = growth_summary(grown(*FRAME[:4]), "USD")
    assert "rented (preview) keeps its promises up to the 1 times shown, at 1,000 USD" in always
    never = growth_summary(grown(point(0.5, "owned", kept=False), point(1, "owned")), "USD")
    assert "owned (preview) does not keep its promises at the least load shown, misses" in never


def test_one_that_fails_in_the_middle_is_not_said_to_hold_beyond():
    found = grown(point(0.5, "owned"), point(1.0, "owned", kept=False), point(2.0, "owned"))
    assert "up to 0.5 times" in growth_summary(found, "USD")


def test_broken_limits_and_costs_that_are_not_known():
    found = grown(
        point(0.5, "owned", usd=None), point(1.0, "owned", broken_limits=("over the budget",))
    )
    text = growth_summary(found.head(1), "USD")
    assert "at no figure per month" in text
    assert "breaks limits from 1 times on (over the budget)" in growth_summary(found, "USD")


def test_costs_that_follow_the_load_are_said():
    found = grown(point(1, "gpt"), point(1, "own"), study=priced_study())
    assert "the tokens of an API are paid by the load: gpt." in growth_summary(found, "USD")


def test_the_picture():
    found = svg(growth_chart(grown(*FRAME), NAMES, "USD"))
    seen = set(texts(found))
    assert {"Time to first token as the load grows", "Times the load (log scale)"} <= seen
    assert {"keeps its promises", "misses a promise", "overloaded", "limit 1 s"} <= seen
    assert {"rented (preview)", "owned (preview)", "0.5", "1", "2"} <= seen
    assert set(PALETTE[:2]) <= strokes(found, "line")


def shapes(*points):
    """The outlines of the points that are drawn."""
    found = svg(growth_chart(grown(*points), NAMES, "USD"))
    group = re.search(r'<g class="mark-symbol role-mark[^>]*>(.*?)</g>', found).group(1)
    return re.findall(r' d="([^"]*)" fill="[^"]*" fill-opacity="([^"]*)"', group)


def test_what_is_not_sound_has_another_shape_and_is_paler():
    found = shapes(FRAME[0], FRAME[5], FRAME[4])
    assert len(found) == 3
    assert len({shape for shape, _ in found}) == 3
    assert [float(opacity) for _, opacity in found] == [1.0, 0.3, 0.3]


def test_what_has_no_time_is_not_drawn():
    assert len(shapes(FRAME[0], point(2.0, "rented", None, overloaded=True))) == 1


def test_scales_hold_all_points_and_the_limit():
    ends = growth_scales(grown(*FRAME))
    assert ends["first"] < 0.5 < 2.0 < ends["last"]
    assert ends["least"] < 0.2 < 40.0 < ends["most"]
    assert growth_scales(grown(FRAME[1]))["most"] > 1.0


@pytest.mark.parametrize("frame", [pd.DataFrame(), grown()])
def test_nothing_yet(frame):
    assert growth_summary(frame, "USD").endswith("no result yet.")
    found = svg(growth_chart(frame, NAMES, "USD"))
    assert not [text for text in texts(found) if "NaN" in text]
    assert np.isfinite(list(growth_scales(frame).values())).all()
