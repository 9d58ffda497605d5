"""Costs in the currency of the study."""

import pytest

from aisim.catalog import usd_per
from aisim.charts import COST
from aisim.planning import Picture, Trial
from aisim.scenario import parse_study
from aisim.workload import draw_requests
from tests.charts.test_pictures import svg, texts
from tests.small import small_data


@pytest.fixture(scope="module")
def pictures():
    """The same study in dollars and in Swedish crowns."""
    return {code: picture(code) for code in ("USD", "SEK")}


def picture(code):
    data = small_data()
    data["economics"] = {"currency": code}
    data["run"]["horizon_s"] = 300
    del data["candidates"]["owned"]
    study = parse_study(data)
    trial = Trial(study, "rented", draw_requests(study), saturate=False)
    list(trial.slices())
    return Picture(study, {"rented": [trial.finish()]}, 1)


def test_the_axis_the_total_and_the_words_are_in_the_currency(pictures):
    frame = COST.frame(pictures["SEK"])
    usd_each, _ = usd_per("SEK")
    total = f"{frame['usd'].sum() / usd_each:,.0f} SEK"
    seen = texts(svg(COST.draw(pictures["SEK"], frame, ["rented"])))
    assert {total, "SEK per month"} <= set(seen)
    assert not [text for text in seen if "USD" in text]
    assert COST.summary(pictures["SEK"], frame).startswith(f"Cost per month: rented {total}, ")
    assert COST.scales(frame)["most"] >= frame["amount"].sum()
    assert COST.variant(pictures["SEK"]) == "SEK"


def test_dollars_stay_as_they_are(pictures):
    frame = COST.frame(pictures["USD"])
    assert (frame["amount"] == frame["usd"]).all()
    assert f"rented {frame['usd'].sum():,.0f} USD, " in COST.summary(pictures["USD"], frame)
    assert "USD per month" in texts(svg(COST.draw(pictures["USD"], frame, ["rented"])))
