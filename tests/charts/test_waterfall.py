import math

import pandas as pd
import pytest

from aisim.charts import waterfall_steps
from tests.charts.frames import NAMES, spent


def test_each_bar_begins_where_the_one_before_it_ended():
    steps = waterfall_steps(spent())
    for name, bars in steps[steps["part"] != "total"].groupby("candidate"):
        assert bars["begin"].iloc[0] == 0.0
        assert (bars["begin"].iloc[1:].to_numpy() == bars["end"].iloc[:-1].to_numpy()).all()
        total = steps[(steps["candidate"] == name) & (steps["part"] == "total")].iloc[0]
        assert total["begin"] == 0.0
        assert total["end"] == total["seconds"] == bars["end"].iloc[-1]
        asked = spent()
        assert total["seconds"] == pytest.approx(asked[asked["candidate"] == name]["seconds"].sum())


def test_waiting_of_no_length_has_no_bar_and_service_has_one():
    steps = waterfall_steps(spent(NAMES[:1]))
    own = steps[steps["component"] == "own"]
    assert list(own["part"]) == ["service"]
    burst = steps[steps["component"] == "burst"]
    assert list(burst["label"]) == ["0 s"]


def test_lines_keep_the_order_of_the_rows_when_sorted_as_text():
    steps = waterfall_steps(spent(NAMES))
    assert list(steps["line"]) == sorted(steps["line"])
    heads = [line[4:] for line in steps["line"] if line[3] == "*"]
    assert heads == list(NAMES)


def test_the_seconds_of_a_line_stand_on_its_last_bar():
    steps = waterfall_steps(spent())
    own = steps[(steps["candidate"] == "on-prem") & (steps["component"] == "own")]
    assert list(own["label"]) == ["", "waits 0.15 s, then 1.1 s"]
    gateway = steps[(steps["candidate"] == "on-prem") & (steps["component"] == "gateway")]
    assert list(gateway["label"]) == ["", "0.003 s"]  # 0.2 ms of waiting are not worth a word


def test_the_state_stands_beside_the_total():
    steps = waterfall_steps(spent(states={"hybrid": "overloaded"}))
    totals = steps[steps["part"] == "total"].set_index("candidate")["label"]
    assert totals["hybrid"] == "1.96 s (overloaded)"
    assert totals["cloud"] == "1.14 s"


def test_a_component_that_is_passed_twice_has_two_lines():
    there_and_back = pd.DataFrame(
        [("cloud", "sound", name, "service", 0.5) for name in ("wan", "own", "wan")],
        columns=["candidate", "state", "component", "part", "seconds"],
    )
    steps = waterfall_steps(there_and_back)
    assert list(steps["line"]) == ["000*cloud", "001 wan", "002 own", "003 wan"]
    assert list(steps["end"]) == [1.5, 0.5, 1.0, 1.5]


def test_where_nothing_completed_the_candidate_is_still_named():
    unknown = spent(NAMES[:2])
    unknown.loc[unknown["candidate"] == "cloud", "seconds"] = math.nan
    steps = waterfall_steps(unknown)
    cloud = steps[steps["candidate"] == "cloud"]
    assert list(cloud["label"]) == ["no figure"]
    assert list(cloud["end"]) == [0.0]
    assert (steps["candidate"] == "on-prem").sum() > 4


@pytest.mark.parametrize("empty", [pd.DataFrame(), spent().head(0)])
def test_no_rows_no_bars(empty):
    assert waterfall_steps(empty).empty
    assert list(waterfall_steps(empty))[:5] == list(spent())
