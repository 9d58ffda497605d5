"""Cash over the months: what is drawn, and where lines cross."""

import time

import numpy as np
import pandas as pd
import pytest

from aisim.catalog import usd_per
from aisim.charts import CASH, cash_chart, cash_summary
from aisim.charts.cash import crossings
from aisim.cost.cash import payback_months
from tests.charts.pictured import picture
from tests.charts.test_pictures import strokes, svg, texts

MONTHS = np.arange(37)
LINES = {"cloud": 1_000.0 * MONTHS, "own": 13_500.0 + 0.0 * MONTHS}


def frame(lines=LINES, state="sound"):
    return pd.concat(
        [
            pd.DataFrame({"candidate": name, "state": state, "month": MONTHS, "paid": paid})
            for name, paid in lines.items()
        ],
        ignore_index=True,
    )


def test_the_lines_are_the_payments_added_up():
    shown = picture({"cloud": {}, "own": {}})
    found = CASH.frame(shown)
    for name, bill in shown.typical.bills.items():
        rows = found[found["candidate"] == name]
        assert rows["month"].tolist() == list(range(37))
        assert rows["paid"].to_numpy() == pytest.approx(np.cumsum(bill.flow))
        answer = shown.answer["candidates"][name]["cost"]
        assert rows["paid"].iloc[0] == pytest.approx(answer["upfront_usd"]["mean"])
        assert rows["paid"].iloc[-1] == pytest.approx(answer["paid_usd"]["mean"])


def test_amounts_are_in_the_currency_of_the_study():
    usd, euro = (picture({"cloud": {}}, economics={"currency": c}) for c in ("USD", "EUR"))
    rate = usd_per("EUR")[0]
    assert CASH.frame(euro)["paid"].to_numpy() == pytest.approx(
        CASH.frame(usd)["paid"].to_numpy() / rate
    )
    seen = texts(svg(CASH.draw(euro, CASH.frame(euro), ["cloud"])))
    assert "Paid so far, EUR" in seen
    assert CASH.variant(euro) == "EUR"
    assert "USD" not in CASH.summary(euro, CASH.frame(euro))


def test_who_has_no_month_has_no_line():
    shown = picture({"cloud": {}, "own": {}})
    shown.outcomes["own"][0].answer["partial"] = True
    assert set(CASH.frame(shown)["candidate"]) == {"cloud"}


def test_the_month_of_break_even():
    assert crossings(LINES["own"], LINES["cloud"]) == [(14, True)]
    assert crossings(LINES["cloud"], LINES["own"]) == [(14, False)]
    saved = np.diff(LINES["cloud"] - LINES["own"], prepend=0.0)
    assert payback_months(saved) == pytest.approx(13.5)
    text = cash_summary(frame(), "USD")
    assert "cloud 36,000 USD; own 13,500 USD. own passes below cloud in month 14." in text
    assert "None" not in text


def test_the_draw_is_named_where_there_are_several():
    shown = picture({"cloud": [{"usd": 1.0}, {"usd": 2.0}, {"usd": 6.0}]})
    assert shown.typical.replication == 1
    said = CASH.summary(shown, CASH.frame(shown))
    assert said.endswith(" Of draw 2, the one nearest to the mean.")
    alone = picture({"cloud": {}})
    assert "draw" not in CASH.summary(alone, CASH.frame(alone))


def test_lines_that_never_cross():
    apart = {"cloud": LINES["cloud"], "own": LINES["cloud"] + 1.0}
    assert crossings(*apart.values()) == []
    assert cash_summary(frame(apart), "USD").endswith("None passes below another within 3 years.")
    three = {**LINES, "hybrid": LINES["cloud"] + 40_000.0}
    assert cash_summary(frame(three), "USD").endswith("No others cross within 3 years.")


def test_equal_lines_and_lines_that_touch_do_not_cross():
    assert crossings(LINES["cloud"], LINES["cloud"]) == []
    touching = np.abs(MONTHS - 12.0) + LINES["cloud"]
    assert crossings(LINES["cloud"], touching) == []


def test_lines_that_cross_again():
    yearly = 12_000.0 * np.ceil((MONTHS + 1) / 12)
    found = crossings(yearly, 1_000.0 * MONTHS + 6_000.0)
    assert [is_lower for _, is_lower in found] == [True, False, True, False, True, False]
    text = cash_summary(frame({"yearly": yearly, "monthly": 1_000.0 * MONTHS + 6_000.0}), "USD")
    assert "monthly passes below yearly in month 36. It is the last of 6 crossings." in text


def test_what_is_left_at_the_end_is_said():
    sold = LINES["own"].copy()
    sold[-1] -= 2_000.0
    assert "What is left at the end" in cash_summary(frame({"own": sold}), "USD")
    assert "What is left at the end" not in cash_summary(frame(), "USD")


def test_the_picture():
    found = svg(cash_chart(frame(state="partial"), list(LINES), "USD"))
    seen = set(texts(found))
    assert {"Cash paid over the years", "Paid so far, USD", "Months", "12", "24", "36"} <= seen
    assert {"cloud (partial)", "own (partial)"} <= seen
    assert len(strokes(found, "line")) == 2
    assert CASH.scales(frame()) == {"most": 50_000, "end": 36}


def test_nobody():
    assert cash_summary(pd.DataFrame(), "USD").endswith(": no result yet.")
    assert "NaN" not in svg(cash_chart(pd.DataFrame(), ["cloud"], "USD"))


def test_a_frame_of_bills_that_are_there_takes_no_time():
    """The bills themselves are kept by the picture."""
    shown = picture({"cloud": {}, "own": {}, "hybrid": {}})
    CASH.frame(shown)
    spent = []
    for _ in range(20):
        begin = time.process_time()
        CASH.frame(shown)
        spent.append(time.process_time() - begin)
    assert min(spent) < 0.005
