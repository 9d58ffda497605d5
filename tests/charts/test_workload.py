"""The charts of the workload: what was asked for, drawn once, without a simulation."""

import re

import numpy as np
import pytest

from aisim.charts import ARRIVALS, SIZES
from aisim.charts import drawn as drawing
from aisim.charts.traffic import COLOURS
from aisim.planning import Picture
from aisim.scenario import parse_study
from aisim.workload import draw_requests
from tests.charts.test_pictures import contrast, strokes, svg, texts
from tests.small import small_data

SIX_HOURS_S = 6 * 3600.0


@pytest.fixture(autouse=True)
def _nothing_known():
    drawing._drawn.cache_clear()


def asked(rate_rps=0.5, hours=6.0, **traffic):
    """A picture without outcomes of the small study and a second traffic, `batch`."""
    data = small_data()
    chat = data["workload"]["traffic"]["chat"]
    sizes = {"kind": "quantiles", "input_tokens": [100, 200, 4000], "output_tokens": [10, 90]}
    batch = {**chat, "sizes": sizes, **traffic}
    chat["arrivals"] = chat["arrivals"] | {"rate_rps": rate_rps}
    data["workload"]["traffic"]["batch"] = batch
    data["run"] = {"warm_up_s": 600, "horizon_s": 600 + hours * 3600, "resolution_s": 10}
    return Picture(parse_study(data), {}, 1)


def both(picture, chart):
    frame = chart.frame(picture)
    return frame, svg(chart.draw(picture, frame, ("rented", "owned")))


def test_every_request_of_the_measured_time_is_in_the_rates():
    picture = asked()
    frame = ARRIVALS.frame(picture)
    requests = draw_requests(picture.study)
    measured = requests.arrival_s >= 600
    for code, name in enumerate(requests.traffics):
        rows = frame[frame["traffic"] == name]
        stretch_s = SIX_HOURS_S / len(rows)
        count = (measured & (requests.traffic == code)).sum()
        assert rows["rps"].sum() * stretch_s == pytest.approx(count)
        assert set(rows["how"]) == {"drawn"}
    assert len(frame) == 2 * drawing.MOST_STRETCHES


def test_few_requests_have_few_stretches():
    assert len(ARRIVALS.frame(asked(hours=0.05))) == 2 * drawing.LEAST_STRETCHES


def test_the_arrivals_are_drawn_with_names_units_and_colours():
    picture = asked()
    frame, seen = both(picture, ARRIVALS)
    assert {"When requests come", "Requests per second", "Time, hours", "chat", "batch"} <= set(
        texts(seen)
    )
    assert strokes(seen, "line") == set(COLOURS[:2])
    said = ARRIVALS.summary(picture, frame)
    assert re.match(r"Requests per second: chat 0\.\d+ on average, at most 0\.\d+, after ", said)
    assert "; batch 0." in said


def test_a_preview_shows_the_whole_of_what_was_asked():
    whole = asked(hours=48.0)
    short = asked(hours=1.0).study
    picture = Picture(short, {}, 1, preview=True, asked=whole.study)
    assert ARRIVALS.frame(picture)["time"].max() > 47
    assert ARRIVALS.variant(picture) == ("hours", ("chat", "batch"))


def test_a_day_profile_shows_its_peak():
    hours = [0.0] * 24
    hours[9] = 24.0
    shaped = {"kind": "shaped", "rate_rps": 0.2, "by_hour": hours}
    data = asked(hours=24.0, arrivals=shaped)
    found = ARRIVALS.frame(data).query("traffic == 'batch'")
    busy = found[found["rps"] > 0]
    start = (data.study.run.start_hour + 600 / 3600) % 24
    assert np.ptp(busy["time"]) <= 1.2
    assert (9 - start) % 24 - 0.2 <= busy["time"].min() <= busy["time"].max()
    assert busy["rps"].max() == pytest.approx(4.8, rel=0.35)


def test_too_many_requests_are_not_drawn(monkeypatch):
    picture = asked(rate_rps=50.0)
    drawn_of = []
    real = drawing.draw_requests
    monkeypatch.setattr(
        drawing, "draw_requests", lambda s: drawn_of.append(len(found := real(s))) or found
    )
    frame = ARRIVALS.frame(picture)
    assert set(frame["how"]) == {"declared"}
    assert list(frame.groupby("traffic", sort=False)["rps"].mean()) == [50.0, 0.5]
    assert "chat 50 on average, at most 50, after" in ARRIVALS.summary(picture, frame)
    assert "(as declared)" in ARRIVALS.summary(picture, frame)
    assert drawn_of
    assert max(drawn_of) < 50_000
    assert SIZES.frame(picture)["tokens"].notna().all()


def test_clients_have_a_rate_that_waits_for_answers():
    loop = {"kind": "clients", "clients": 20, "think_time_s": 40}
    picture = asked(arrivals=loop)
    frame = ARRIVALS.frame(picture)
    assert set(frame.query("traffic == 'batch'")["rps"]) == {0.5}
    said = ARRIVALS.summary(picture, frame)
    assert said.endswith("batch 0.5 at most, less while clients wait for answers.")


def test_the_same_workload_is_drawn_once(monkeypatch):
    calls = []
    real = drawing.draw_requests
    monkeypatch.setattr(drawing, "draw_requests", lambda s: calls.append(1) or real(s))
    for chart in (ARRIVALS, SIZES, ARRIVALS):
        chart.frame(asked())
    assert len(calls) == 1
    ARRIVALS.frame(asked(rate_rps=0.6))
    assert len(calls) == 2


def test_sizes_are_those_of_the_requests():
    picture = asked()
    frame = SIZES.frame(picture)
    tokens = frame.set_index(["traffic", "part", "share"])["tokens"]
    assert tokens["chat", "input", 50.0] == tokens["chat", "input", 99.0] == 300
    assert tokens["batch", "input", 25.0] == pytest.approx(150, rel=0.05)
    assert tokens["batch", "output", 95.0] == pytest.approx(86, rel=0.03)
    said = SIZES.summary(picture, frame)
    assert "chat prompts 300 in the middle and 95 % up to 300, answers 50 in the middle" in said
    assert re.search(r"\(of 1\d,\d{3} requests\)", said)


def test_the_sizes_are_drawn_prompts_solid_and_answers_dashed():
    frame, seen = both(asked(), SIZES)
    assert {
        "How long prompts and answers are", "Tokens or fewer (log scale)", "Share of requests",
        "input", "output", "chat", "batch",
    } <= set(texts(seen))  # fmt: skip
    lines = re.findall(r'd="M[^"]*" stroke="(#\w+)" stroke-width="2" stroke-dasharray="([^"]*)"',
                       seen)  # fmt: skip
    expected = {(colour, dash) for colour in COLOURS[:2] for dash in ("", "6,4")}
    assert expected <= set(lines)
    assert SIZES.scales(frame) == {"least": 5.0, "most": 5000.0}


def test_rows_are_all_that_changes_while_the_traffic_has_the_same_names():
    for chart in (ARRIVALS, SIZES):
        one, other = asked(), asked(rate_rps=0.9)
        assert chart.variant(one) == chart.variant(other)
        specs = [
            chart.draw(picture, chart.frame(picture), ()).to_dict() | {"datasets": {}, "params": []}
            for picture in (one, other)
        ]
        assert specs[0] == specs[1]


@pytest.mark.parametrize("background", ["#FFFFFF", "#212121"])
def test_the_colours_of_traffic_can_be_told_from_the_page(background):
    assert min(contrast(colour, background) for colour in COLOURS) >= 3
