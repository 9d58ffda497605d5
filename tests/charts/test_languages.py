"""The charts in another language: words, decimal comma, and what a planner wrote as it is."""

import re
from html import unescape

import pytest
import vl_convert

from aisim import charts, language
from aisim.charts import STATES
from aisim.charts.cost import CATEGORY_WORDS
from aisim.cost import CATEGORIES
from aisim.language import speech
from tests.charts.frames import CHARTS, NAMES, SUMMARIES, cost, latency, levels, spent

WORDS = {
    "Time to first token": "Tijd tot het eerste token",
    "Share of requests": "Deel van de verzoeken",
    "Share of GPU time": "Deel van de GPU-tijd",
    "Time, hours": "Tijd, uur",
    "Where the mean request spends its time": "Waar het gemiddelde verzoek zijn tijd laat",
    "Cost per month": "Kosten per maand",
    "{currency} per month": "{currency} per maand",
    "Candidate": "Kandidaat",
    "Result": "Uitkomst",
    "Part": "Deel",
    "Category": "Soort",
    "limit {seconds} s": "grens {seconds} s",
    "waits {seconds}": "wacht {seconds}",
    "{first}, then {second}": "{first}, dan {second}",
    "waiting": "wachten",
    "service": "bediening",
    "compute": "rekenen",
    "decommissioning": "buitengebruikstelling",
    "overloaded": "overbelast",
    "excluded": "uitgesloten",
    "{title}: no result yet.": "{title}: nog geen uitkomst.",
    "{measure} of completed requests": "{measure} van afgeronde verzoeken",
    "{share} within {seconds}": "{share} binnen {seconds}",
    "Within the limit of {limit}: {kept}.": "Binnen de grens van {limit}: {kept}.",
    "at least {share}": "minstens {share}",
    "Longest queue": "Langste rij",
    "{requests}, {after}, and {left} at the end": "{requests}, na {after}, en {left} aan het eind",
    "{number} requests": "{number} verzoeken",
    "after {time} hours": "{time} uur",
    "{total}, {share} of it {category}": "{total}, daarvan {share} {category}",
    "under {seconds} s": "minder dan {seconds} s",
}


@pytest.fixture(autouse=True)
def _dutch(monkeypatch):
    monkeypatch.setattr(speech, "_words", lambda _code: WORDS)
    language.use("nl")
    yield
    language.use("en")


def seen(drawn, width=700):
    spec = {**drawn.to_dict(), "width": width}
    picture = vl_convert.vegalite_to_svg(spec, format_locale=language.number_format())
    found = re.findall(r"<text[^>]*>([^<]*)</text>|<tspan[^>]*>([^<]*)</tspan>", picture)
    return {unescape(one or other).rstrip("\u2002\u200b") for one, other in found}


def test_all_categories_can_be_found_for_translation():
    assert CATEGORY_WORDS == CATEGORIES


def test_a_latency_chart():
    frame = latency(states={"hybrid": "overloaded", "cloud": "excluded"}, limit_s=2.5)
    drawn = charts.latency_chart(frame, NAMES[:3], language.tr("Time to first token"))
    assert {
        "Tijd tot het eerste token", "Deel van de verzoeken", "grens 2,5 s", "0,1",
        "hybrid (overbelast)", "cloud (uitgesloten)",
    } <= seen(drawn)  # fmt: skip


def test_a_latency_summary():
    frame = latency(states={"hybrid": "overloaded"}, limit_s=2.5)
    said = charts.latency_summary(frame, language.tr("Time to first token"))
    assert said.startswith("Tijd tot het eerste token van afgeronde verzoeken: cloud 95 % binnen ")
    assert "hybrid (overbelast) 95 % binnen 2,71 s. Binnen de grens van 2,5 s: " in said
    assert "on-prem minstens 99 %" in said


def test_a_waterfall_chart():
    frame = spent(states={"cloud": "excluded"})
    words = seen(charts.waterfall_chart(charts.waterfall_steps(frame), NAMES[:3]))
    assert {
        "Waar het gemiddelde verzoek zijn tijd laat", "wachten", "bediening", "wan",
        "wacht 0,15 s, dan 1,1 s", "1,14 s (uitgesloten)", "minder dan 0,001 s",
    } <= words  # fmt: skip


def test_a_cost_chart_in_another_currency():
    frame = cost(states={"hybrid": "overloaded"})
    words = seen(charts.cost_chart(frame, NAMES[:3], "EUR"))
    assert {"Kosten per maand", "EUR per maand", "rekenen", "9.600 EUR", "(overbelast)"} <= words
    assert not {text for text in words if "USD" in text}
    said = charts.cost_summary(frame, "EUR")
    assert said.startswith("Kosten per maand: cloud 9.600 EUR, daarvan 94,8 % rekenen;")


def test_a_queue():
    assert {"Tijd, uur"} <= seen(charts.queue_chart(levels(), NAMES[:3], "hours"))
    said = charts.queue_summary(levels(), "hours")
    assert said.startswith("Langste rij: cloud 5 verzoeken, na 11,4 uur, en 0 aan het eind;")


def test_tips_are_told_in_the_language():
    drawn = CHARTS["cost"][1](cost(), NAMES[:3]).to_dict()
    bars = next(layer for layer in drawn["layer"] if layer["mark"]["type"] == "bar")
    tips = {tip["field"]: tip["title"] for tip in bars["encoding"]["tooltip"]}
    assert tips == {
        "candidate": "Kandidaat", "state_word": "Uitkomst", "category_word": "Soort",
        "amount": "USD per maand",
    }  # fmt: skip
    said = {step["as"]: step["calculate"] for step in bars["transform"] if "as" in step}
    assert '"compute": "rekenen"' in said["category_word"]
    assert '"overloaded": "overbelast"' in said["state_word"]


@pytest.mark.parametrize("kind", CHARTS)
def test_what_a_planner_wrote_is_not_translated(kind):
    make, draw = CHARTS[kind]
    names = ("compute", "waiting", "Part")
    assert set(names) <= seen(draw(make(names), names))
    make, say = SUMMARIES[kind]
    said = say(make(names))
    assert all(f"{name} " in said for name in names)


@pytest.mark.parametrize("kind", CHARTS)
def test_without_words_the_text_is_english_and_whole(kind, monkeypatch):
    monkeypatch.setattr(speech, "_words", lambda _code: {})
    make, draw = CHARTS[kind]
    states = dict(zip(NAMES, STATES, strict=False))
    words = seen(draw(make(NAMES[:5], states=states), NAMES[:5]), width=900)
    assert [text for text in words if "(overloaded)" in text]
    assert not [text for text in words if "undefined" in text or "{" in text]
