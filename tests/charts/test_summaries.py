"""What the charts show, in words, and no more than the rows hold."""

import numpy as np
import pandas as pd
import pytest

from aisim import charts
from aisim.charts.words import percent, seconds
from tests.charts.frames import NAMES, SUMMARIES, cost, latency, levels, spent

every_summary = pytest.mark.parametrize("kind", SUMMARIES)


def said(kind, *args, **given):
    make, say = SUMMARIES[kind]
    return say(make(*args, **given))


@every_summary
def test_all_candidates_are_named_and_their_state_when_it_is_not_sound(kind):
    text = said(kind, states={"hybrid": "overloaded", "cloud": "preview"})
    assert "cloud (preview) " in text
    assert "hybrid (overloaded) " in text
    assert "on-prem " in text
    assert "sound" not in text
    assert text.endswith(".")


@every_summary
@pytest.mark.parametrize("empty", ["no columns", "no rows"])
def test_no_rows_no_claim(kind, empty):
    make, say = SUMMARIES[kind]
    text = say(pd.DataFrame() if empty == "no columns" else make().head(0))
    assert text.endswith(": no result yet.")


@every_summary
def test_one_candidate(kind):
    assert "cloud" in said(kind, NAMES[:1])


@every_summary
def test_names_are_given_back_as_they_are(kind):
    name = "<b>\"x\"</b> & 'y'"
    assert name in said(kind, (name,))


def test_latency():
    text = said("latency", states={"hybrid": "overloaded"})
    assert text.startswith("Time to first token of completed requests: cloud 95 % within 0.939 s; ")
    assert "hybrid (overloaded) 95 % within 2.71 s. Within the limit of 2 s: " in text
    assert text.endswith("cloud 100 %; on-prem at least 97 %; hybrid (overloaded) at least 87 %.")


def test_latency_without_a_limit_speaks_of_none():
    assert "limit" not in said("latency", limit_s=np.nan)


def test_latency_of_a_curve_that_ends_early_claims_its_end_only():
    curve = latency(NAMES[:1]).query("share <= 80")
    text = charts.latency_summary(curve, "TTFT")
    assert "cloud 80 % within " in text
    assert "cloud at least 80 %" in text


def test_latency_beyond_the_limit():
    late = latency(NAMES[:1], slow=100.0)
    assert charts.latency_summary(late, "TTFT").endswith("Within the limit of 2 s: cloud none.")
    tail = late.query("share >= 50")
    assert charts.latency_summary(tail, "TTFT").endswith("cloud at most 50 %.")


def test_latency_of_what_never_completed():
    unknown = latency(NAMES[:2])
    unknown.loc[unknown["candidate"] == "cloud", "seconds"] = np.nan
    text = charts.latency_summary(unknown, "TTFT")
    assert text.count("cloud no figure") == 2


def test_queue():
    text = said("queue", states={"hybrid": "overloaded"})
    assert "cloud 5 requests, after 11.4 hours, and 0 at the end" in text
    assert "hybrid (overloaded) 39 requests, after 23.6 hours, and 39 at the end" in text


def test_queue_of_one():
    one = levels(NAMES[:1]).assign(waiting=1.0)
    assert "cloud 1 request, after" in charts.queue_summary(one, "hours")


def test_queue_of_nobody_and_of_nothing_known():
    calm = levels(NAMES[:2]).assign(waiting=0.0)
    calm.loc[calm["candidate"] == "cloud", "waiting"] = np.nan
    text = charts.queue_summary(calm, "minutes")
    assert text == "Longest queue: cloud no figure; on-prem none waits."


def test_utilisation():
    text = said("utilisation")
    assert "cloud 21 % on average, from 10 % to 40 %;" in text
    assert "no replica up in 19.8 % of the time" in text


def test_utilisation_where_no_replica_is_up():
    off = levels(NAMES[:1]).assign(gpu_busy=np.nan)
    assert charts.utilisation_summary(off).endswith("cloud no replica is up.")


def test_waterfall():
    text = said("waterfall")
    assert "on-prem 1.54 s, 9.73 % of it waiting, most of all service at own with 1.1 s" in text
    assert "cloud 1.14 s, under 0.1 % of it waiting" in text


def test_waterfall_of_nothing_and_of_no_time():
    still = spent(NAMES[:2]).assign(seconds=0.0)
    still.loc[still["candidate"] == "cloud", "seconds"] = np.nan
    text = charts.waterfall_summary(still)
    assert text.endswith("cloud no figure; on-prem 0 s.")


def test_cost():
    text = said("cost", states={"hybrid": "partial"})
    assert "cloud 9,600 USD, 94.8 % of it compute;" in text
    assert "hybrid (partial) 8,620 USD" in text


def test_cost_that_is_not_known_or_nothing():
    bill = cost(NAMES[:2]).assign(amount=0.0)
    bill.loc[bill["candidate"] == "cloud", "amount"] = np.nan
    assert charts.cost_summary(bill) == "Cost per month: cloud no figure; on-prem 0 USD."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.35, "0.35 s"), (1.628, "1.63 s"), (2.0, "2 s"), (12.345, "12.3 s"), (999.7, "1,000 s"),
        (1234.5, "1,234 s"), (0.0235, "0.024 s"), (0.0018, "0.002 s"),
        (0.0002, "under 0.001 s"), (0.0, "0 s"),
        (float("nan"), "no figure"),
    ],
)  # fmt: skip
def test_seconds_as_people_say_them(value, text):
    assert seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(95.0, "95 %"), (99.96, "over 99.9 %"), (100.0, "100 %"), (0.01, "under 0.1 %"), (0, "0 %")],
)
def test_almost_all_is_not_all(value, text):
    assert percent(value) == text
