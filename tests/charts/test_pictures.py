"""What the drawn charts show, and what of a specification changes with the rows."""

import json
import re
from functools import cache
from html import unescape

import numpy as np
import pandas as pd
import pytest
import vl_convert

from aisim.charts import DATASET, STATES, cost_chart, rows, waterfall_chart, waterfall_steps
from aisim.charts.cost import CATEGORY_COLOURS
from aisim.charts.state import DASHES, OPACITIES, PALE
from aisim.charts.theme import GREY, PALETTE
from aisim.cost import CATEGORIES
from tests.charts.frames import CHARTS, NAMES, cost, latency, levels, spent

HOSTILE = ("<b>x</b>", 'it\'s "quoted"', "a|b\\n*")
LINES = ("latency", "queue", "utilisation")
BARS = ("waterfall", "cost", "components")
every_chart = pytest.mark.parametrize("kind", CHARTS)


def chart(kind, names=NAMES[:3], candidates=None, **given):
    make, draw = CHARTS[kind]
    return draw(make(names, **given), candidates or names)


def svg(drawn, width=600):
    spec = drawn if isinstance(drawn, dict) else drawn.to_dict()
    return vl_convert.vegalite_to_svg({**spec, "width": width})


@cache
def sound(kind):
    return svg(chart(kind))


def texts(picture):
    """All that is written in a picture, without the wide spaces of legends."""
    found = re.findall(r"<text[^>]*>([^<]*)</text>|<tspan[^>]*>([^<]*)</tspan>", picture)
    return [unescape(one or other).rstrip("\u2002\u200b") for one, other in found]


def dashes(picture):
    return set(re.findall(r'stroke-dasharray="([^"]*)"', picture))


def drawn_as(picture, mark, attribute):
    """All values that an attribute of the marks of a kind has."""
    groups = re.findall(rf'<g class="mark-{mark} role-mark[^>]*>(.*?)</g>', picture)
    return {value for group in groups for value in re.findall(rf' {attribute}="([^"]*)"', group)}


def strokes(picture, mark):
    return drawn_as(picture, mark, "stroke")


def written(state):
    return ",".join(f"{length:g}" for length in DASHES[STATES.index(state)])


TITLES = {
    "latency": ("Time to first token", "Share of requests", "Seconds or less (log scale)"),
    "queue": ("Queue: requests that wait", "Requests waiting", "Time, hours"),
    "utilisation": ("GPUs: how busy they are", "Share of GPU time", "Time, hours"),
    "waterfall": ("Where the mean request spends its time", "Seconds, mean per completed request"),
    "cost": ("Cost per month", "USD per month"),
    "components": (
        "What limits it: how busy components are",
        "Busy, share of the measured time",
        "100 %",
    ),
}


@every_chart
def test_titles_names_and_units_are_written(kind):
    seen = texts(sound(kind))
    assert set(TITLES[kind]) <= set(seen)
    assert {"cloud", "on-prem", "hybrid"} <= set(seen)


def test_the_limit_is_written_where_there_is_one():
    assert "limit 2 s" in texts(sound("latency"))
    without = svg(chart("latency", limit_s=np.nan))
    assert not [text for text in texts(without) if text.startswith("limit")]
    assert "mark-rule role-mark" in sound("latency")
    assert {"0 %", "50 %", "95 %"} <= set(texts(without))


def test_the_limit_is_one_rule_not_one_for_each_row():
    rules = re.search(r'<g class="mark-rule role-mark[^>]*>(.*?)</g>', sound("latency"))
    assert rules.group(1).count("<line") == 1


def test_the_waterfall_names_components_and_seconds():
    seen = texts(sound("waterfall"))
    assert {"wan", "gateway", "own", "burst", "audit", "lan", "waiting", "service"} <= set(seen)
    assert {"1.14 s", "waits 0.15 s, then 1.1 s", "under 0.001 s"} <= set(seen)


def test_the_bill_has_totals_and_only_the_categories_it_holds():
    seen = texts(sound("cost"))
    assert {"9,600 USD", "7,870 USD", "8,620 USD", "10,000"} <= set(seen)
    assert {"compute", "energy", "staff"} <= set(seen)
    assert not {"licences", "decommissioning"} & set(seen)


def test_categories_are_stacked_in_the_order_of_the_ledger():
    shuffled = cost(NAMES[:2]).query("candidate == 'on-prem'").iloc[::-1]
    picture = svg(cost_chart(shuffled, NAMES[1:2]))
    group = re.search(r'<g class="mark-rect role-mark[^>]*>(.*?)</g>', picture).group(1)
    bars = re.findall(r'd="M(-?[\d.]+),[^"]*" fill="([^"]*)"', group)
    left_to_right = [colour for _, colour in sorted(bars, key=lambda bar: float(bar[0]))]
    ledger = dict(zip(CATEGORIES, CATEGORY_COLOURS, strict=True))
    assert left_to_right == [ledger[c] for c in ("compute", "energy", "cooling", "space", "staff")]


@cache
def each_state(kind):
    """A picture of five candidates, each in another state."""
    states = dict(zip(NAMES, STATES, strict=False))
    return svg(chart(kind, NAMES[:5], states=states), width=900)


@every_chart
def test_what_is_not_sound_has_another_line_and_a_word(kind):
    calm = sound(kind)
    assert not {written(state) for state in STATES[1:]} & dashes(calm)
    assert not [text for text in texts(calm) if any(state in text for state in STATES)]
    for state in STATES[1:]:
        assert written(state) in dashes(each_state(kind))
        assert [text for text in texts(each_state(kind)) if f"({state})" in text]


@pytest.mark.parametrize("kind", BARS)
def test_bars_that_are_not_sound_are_paler(kind):
    assert drawn_as(sound(kind), "rect", "fill-opacity") == {"1"}
    bars = re.findall(r'fill-opacity="([^"]*)" stroke="[^"]*" stroke-width="1.5" '
                      r'stroke-dasharray="([^"]*)"', each_state(kind))  # fmt: skip
    assert set(bars) == {(f"{o:g}", written(s)) for s, o in zip(STATES, OPACITIES, strict=True)}


def test_states_differ_from_each_other():
    assert len({tuple(dash) for dash in DASHES}) == len(set(OPACITIES)) == len(STATES)


@pytest.mark.parametrize("kind", LINES)
def test_the_legend_shows_the_line_of_each_candidate(kind):
    legend = re.findall(
        r'stroke="(#\w+)" stroke-width="3" stroke-dasharray="([^"]*)" opacity="([\d.]+)"',
        each_state(kind),
    )
    coloured = [(PALETTE[i], written(state), "1") for i, state in enumerate(STATES[:-1])]
    assert legend == [*coloured, (GREY, written("excluded"), f"{PALE:g}")]


@pytest.mark.parametrize("kind", LINES)
def test_the_line_of_what_is_excluded_is_thin_grey_and_pale(kind):
    lines = re.findall(
        r'stroke="(#\w+)" stroke-opacity="([\d.]+)" stroke-width="([\d.]+)" stroke-linecap',
        each_state(kind),
    )
    thick = ("4.5", "3.5", "2.5", "2.5")
    coloured = [(PALETTE[i], "1", px) for i, px in enumerate(thick)]
    assert lines == [*coloured, (GREY, f"{PALE:g}", "1.5")]


@pytest.mark.parametrize("kind", BARS)
def test_the_bars_of_what_is_excluded_are_grey(kind):
    picture = svg(chart(kind, states={"hybrid": "excluded"}))
    bars = re.findall(
        r'fill="(#\w+)" fill-opacity="([\d.]+)" stroke="(#\w+)" stroke-width="1.5"', picture
    )
    pale = {(fill, stroke) for fill, opacity, stroke in bars if opacity == f"{OPACITIES[-1]:g}"}
    assert pale == {(GREY, GREY)}
    assert len({fill for fill, opacity, _ in bars if opacity == "1"} - {GREY}) > 1


@pytest.mark.parametrize("background", ["#FFFFFF", "#212121"])
def test_what_is_excluded_can_still_be_seen(background):
    parts = [
        round(int(one[i : i + 2], 16) * PALE + int(other[i : i + 2], 16) * (1 - PALE))
        for one, other in [(GREY, background)]
        for i in (1, 3, 5)
    ]
    assert contrast("#{:02X}{:02X}{:02X}".format(*parts), background) >= 1.6


@pytest.mark.parametrize("kind", LINES)
def test_a_candidate_keeps_its_colour_when_another_has_no_rows(kind):
    assert strokes(sound(kind), "line") == set(PALETTE[:3])
    assert strokes(svg(chart(kind, NAMES[1:3], NAMES[:3])), "line") == set(PALETTE[1:3])


def test_a_line_under_an_equal_one_still_shows():
    assert drawn_as(sound("utilisation"), "line", "stroke-width") == {"4.5", "3.5", "2.5"}


def test_an_axis_of_few_requests_has_whole_ticks():
    seen = texts(svg(chart("queue", slow=0.2)))
    assert {"1", "2", "3", "4", "5"} <= set(seen)
    assert not [text for text in seen if text.startswith("0.")]


def test_totals_and_categories_keep_their_colours():
    lost = strokes(svg(chart("waterfall", NAMES[1:3], NAMES[:3])), "rect")
    assert PALETTE[0] not in lost
    assert set(PALETTE[1:3]) <= lost
    only_staff = cost().query("category == 'staff'")
    colour = CATEGORY_COLOURS[CATEGORIES.index("staff")]
    assert strokes(svg(cost_chart(only_staff, NAMES[:3])), "rect") == {colour}


@every_chart
@pytest.mark.parametrize("names", [NAMES[:1], NAMES[:3] + HOSTILE])
def test_any_number_of_candidates_with_any_names(kind, names):
    picture = svg(chart(kind, names))
    assert set(names) <= set(texts(picture))
    assert "<b>" not in picture


def in_expression(name):
    return json.dumps(json.dumps(name))[1:-1]


@every_chart
def test_names_of_fields_and_params_do_not_come_from_users(kind):
    spec, calm = chart(kind, HOSTILE).to_dict(), chart(kind).to_dict()
    for each in (spec, calm):
        del each["datasets"]
    text = json.dumps(spec)
    for name, other in zip(HOSTILE, NAMES, strict=False):
        text = text.replace(json.dumps(name), json.dumps(other))
        text = text.replace(in_expression(name), in_expression(other))
    blank = re.compile(r"\d+ \?.*?\)\)|\d+ \? \d+ : max[^\"]*")  # legends go by lengths of names
    assert blank.sub("", text) == blank.sub("", json.dumps(calm))


@every_chart
@pytest.mark.parametrize("empty", ["no columns", "no rows"])
def test_an_empty_frame_is_an_empty_picture(kind, empty):
    make, draw = CHARTS[kind]
    frame = pd.DataFrame() if empty == "no columns" and kind != "waterfall" else make().head(0)
    seen = texts(svg(draw(frame, NAMES[:3])))
    assert TITLES[kind][0] in seen
    assert not [text for text in seen if "NaN" in text or "undefined" in text]


@every_chart
@pytest.mark.parametrize("where", ["some", "all"])
def test_what_is_not_known_is_not_drawn(kind, where):
    make, draw = CHARTS[kind]
    frame = (spent if kind == "waterfall" else make)()
    column = {
        "latency": "seconds", "queue": "waiting", "utilisation": "gpu_busy",
        "waterfall": "seconds", "cost": "amount", "components": "share",
    }[kind]  # fmt: skip
    unknown = frame["candidate"] == "cloud" if where == "some" else frame["candidate"] != ""
    frame.loc[unknown, column] = np.nan
    drawn = draw(waterfall_steps(frame) if kind == "waterfall" else frame, NAMES[:3])
    picture = svg(drawn)
    assert "NaN" not in picture
    assert "Infinity" not in picture
    if kind == "waterfall":
        assert "no figure" in texts(picture)
    if kind == "cost":
        assert len([t for t in texts(picture) if "USD" in t and t[0].isdigit()]) == (
            2 if where == "some" else 0
        )
    if kind in LINES:
        expected = set(PALETTE[1:3]) if where == "some" else set()
        group = "".join(re.findall(r'<g class="mark-line role-mark.*?</g>', picture))
        assert set(re.findall(r'd="M[^"]*" stroke="(#\w+)"', group)) == expected


@every_chart
def test_one_dataset_at_the_top_and_none_below(kind):
    spec = chart(kind).to_dict()
    assert list(spec["datasets"]) == [DATASET] == [spec["data"]["name"]]
    below = json.dumps({key: spec[key] for key in spec if key not in ("data", "datasets")})
    assert '"data":' not in below
    assert '"values": [{' not in below
    make, _ = CHARTS[kind]
    assert spec["datasets"][DATASET] == rows(make())


@every_chart
def test_rows_and_params_are_all_that_changes(kind):
    drawn = chart(kind).to_dict()
    later = chart(kind, NAMES[1:3], NAMES[:3], states={"hybrid": "overloaded"}, slow=7.0).to_dict()
    assert drawn != later
    drawn["datasets"] = later["datasets"]
    for param, other in zip(drawn["params"], later["params"], strict=True):
        param["value"] = other["value"]
    assert drawn == later
    clip = re.compile(r"clip\d+")  # numbered anew by every drawing
    assert clip.sub("", svg(drawn)) == clip.sub("", svg(later))


PARAMS = {"latency": ["least", "most"], "queue": ["most", "end"], "utilisation": ["end"]}


@every_chart
def test_params_have_fixed_names(kind):
    names = [param["name"] for param in chart(kind).to_dict()["params"]]
    assert names == PARAMS.get(kind, ["most"])


@every_chart
def test_as_wide_as_its_place_without_background_or_menu(kind):
    spec = chart(kind).to_dict()
    assert spec["width"] == "container"
    assert spec["config"]["background"] == "transparent"
    assert spec["usermeta"]["embedOptions"]["actions"] is False


def test_rows_are_fit_for_json():
    frame = latency(limit_s=np.nan).assign(seconds=np.inf)
    found = rows(frame)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found[0]["limit_s"] is None
    assert found[0]["seconds"] is None
    assert rows(pd.DataFrame()) == []
    assert all(type(row["time"]) is float for row in rows(levels()))


def test_tiny_beside_huge_can_still_be_read():
    steps = waterfall_steps(spent(slow=500.0))
    seen = texts(svg(waterfall_chart(steps, NAMES[:3])))
    assert {"under 0.001 s", "0.04 s", "waits 150 s, then 1.1 s"} <= set(seen)


def test_text_at_the_end_of_the_longest_bar_lies_within_the_picture():
    for total in (4_999.0, 5_001.0, 9_800.0, 1_950_000.0):
        bill = cost(NAMES[:1]).head(1).assign(usd=total)
        picture = svg(cost_chart(bill, NAMES[:1]), width=400)
        x = float(re.search(r"translate\(([\d.]+),[\d.]+\)[^>]*>[\d,]+ USD<", picture).group(1))
        left = float(re.search(r'<g fill="none"[^>]*translate\(([\d.]+)', picture).group(1))
        assert left + x + 7.5 * len(f"{total:,.0f} USD") <= 400


@pytest.mark.parametrize("background", ["#FFFFFF", "#212121"])
def test_colours_can_be_told_from_the_page(background):
    for colour in PALETTE[:4]:
        assert contrast(colour, background) >= 3
    for colour in (*PALETTE, *CATEGORY_COLOURS):
        assert contrast(colour, background) >= 1.6
    assert len(set(CATEGORY_COLOURS)) == len(CATEGORIES)
    assert not set(PALETTE) & set(CATEGORY_COLOURS)


def contrast(one, other):
    """As WCAG 2 has it."""
    light = sorted(map(luminance, (one, other)))
    return (light[1] + 0.05) / (light[0] + 0.05)


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_what_is_missing_of_any_kind_is_none():
    frame = pd.DataFrame(
        {
            "text": ["x", None],
            "whole": pd.array([1, None], dtype="Int64"),
            "label": pd.Categorical(["a", None]),
            "number": [np.inf, np.nan],
        }
    )
    found = rows(frame)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found[1] == dict.fromkeys(frame)
    assert found[0] == {"text": "x", "whole": 1, "label": "a", "number": None}
