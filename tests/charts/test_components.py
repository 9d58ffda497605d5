"""What limits it: how busy each component is, and the one that limits is marked."""

import re

import numpy as np
import pytest

from aisim.charts import COMPONENTS
from aisim.charts.components import LIMITING, OTHER, components_frame, components_summary
from aisim.planning import Picture, Trial
from aisim.workload import draw_requests
from tests.charts.frames import NAMES, components, pictured
from tests.charts.test_pictures import chart, drawn_as, svg, texts
from tests.small import small_study


def only(**changed):
    """The frame of one candidate without pools, links and devices, but for what is given."""
    answer = {"component_utilisation": {}, "utilisation": {}} | changed
    return components_frame(pictured({"cloud": answer}, {"cloud": "sound"}))


def test_the_busiest_of_what_limits_is_marked_in_colour_and_words():
    frame = components(NAMES[:1])
    assert list(frame["busy"][frame["limits"]]) == ["own GPUs"]
    picture = svg(chart("components", NAMES[:1]))
    assert {"wan", "disk", "own GPUs", "own KV memory"} <= set(texts(picture))
    assert {"under 0.1 %", "12 %", "30 %, limits", "20.5 %"} <= set(texts(picture))
    fills = re.findall(r'fill="(#\w+)" fill-opacity="1" stroke="#\w+" stroke-width="1.5"', picture)
    assert sorted(fills) == sorted([LIMITING, OTHER, OTHER, OTHER])


def test_lengths_are_shares_of_the_measured_time():
    picture = svg(chart("components", NAMES[:1]))
    bars = re.findall(r'd="M0,[\d.]+h([\d.]+)v[^"]*" fill="#\w+" fill-opacity', picture)
    ticks = re.findall(r'<text text-anchor="middle" transform="translate\(([\d.]+),', picture)
    whole_px = max(map(float, ticks[:5]))
    shares = [float(px) / whole_px for px in bars]
    assert shares == pytest.approx([0.0004, 0.12, 0.3, 0.205], abs=0.002)


def test_what_limits_is_named_with_its_reason():
    said = components_summary(components(NAMES[:1]))
    assert said == (
        "What limits it: cloud the busiest is own GPUs with 30 %, and own limits: waiting for own "
        "is 30%."
    )


def test_an_api_that_limits_has_a_line_without_a_bar():
    frame = only(bottleneck={"component": "mini", "reason": "service"})
    assert list(frame["label"]) == ["", "no figure, limits"]
    assert components_summary(frame) == "What limits it: cloud mini limits: service."


def test_nothing_that_limits_is_said_as_it_is():
    frame = only(
        utilisation={"own": {"gpu_busy": None, "kv_memory": None}},
        bottleneck={"component": None, "reason": "no request arrived"},
    )
    assert not frame["limits"].any()
    assert np.isnan(frame["share"]).all()
    assert components_summary(frame) == "What limits it: cloud no request arrived."


def test_what_is_excluded_or_overloaded_says_so():
    picture = svg(chart("components", states={"cloud": "excluded", "hybrid": "overloaded"}))
    assert {"(excluded)", "(overloaded)"} <= set(texts(picture))
    assert LIMITING in drawn_as(picture, "rect", "fill")


def test_the_chart_of_a_simulated_picture():
    study = small_study()
    requests = draw_requests(study)
    found = {}
    for name in study.candidates:
        trial = Trial(study, name, requests, saturate=False)
        list(trial.slices())
        found[name] = [trial.finish()]
    picture = Picture(study, found, 1)
    frame = COMPONENTS.frame(picture)
    busy = found["rented"][0].answer["utilisation"]["pool"]["gpu_busy"]
    rented = frame[frame["candidate"] == "rented"].set_index("busy")["share"]
    assert rented["pool GPUs"] == pytest.approx(100 * busy)
    assert "pool limits" in COMPONENTS.summary(picture, frame)
    names = list(study.candidates)
    assert "pool GPUs" in texts(svg(COMPONENTS.draw(picture, frame, names)))
