"""Words, numbers and money in the language in use."""

import json
import pickle

import pytest

from aisim import language
from aisim.language import LANGUAGES, Sentence, money, number, say, speech, tr


@pytest.fixture(autouse=True)
def english():
    yield
    language.use("en")


def known(monkeypatch, words):
    monkeypatch.setattr(speech, "_words", lambda _code: words)
    language.use("nl")


def test_a_sentence_is_english_text_for_files_and_answers():
    said = say("{name} costs {usd:,.0f} USD", name="cloud", usd=9600.4)
    assert said == "cloud costs 9,600 USD"
    assert json.dumps([said]) == '["cloud costs 9,600 USD"]'
    back = pickle.loads(pickle.dumps(said))
    assert isinstance(back, Sentence)
    assert (back, back.template, back.values) == (said, said.template, said.values)


def test_a_sentence_is_said_in_another_language_with_its_numbers(monkeypatch):
    known(monkeypatch, {"{name} costs {usd:,.1f} USD": "{name} kost {usd:,.1f} USD"})
    assert tr(say("{name} costs {usd:,.1f} USD", name="a.b", usd=9600.44)) == "a.b kost 9.600,4 USD"


def test_sentences_within_sentences_are_translated(monkeypatch):
    known(monkeypatch, {"{what} again": "weer {what}", "nothing": "niets"})
    assert tr(say("{what} again", what=say("nothing"))) == "weer niets"


def test_what_is_not_translated_stays_english(monkeypatch):
    known(monkeypatch, {})
    assert tr("Undo") == "Undo"
    assert tr(say("{n} requests", n=1.5)) == "1,5 requests"


def test_what_a_planner_wrote_never_fills_fields(monkeypatch):
    known(monkeypatch, {})
    assert tr("{0.__class__}") == "{0.__class__}"
    assert tr(say("{name} is out", name="{secret}")) == "{secret} is out"


@pytest.mark.parametrize(
    ("code", "thousand", "share", "amount"),
    [
        ("en", "1,234.5", "25.6%", "1,234.50 EUR"),
        ("nl", "1.234,5", "25,6%", "1.234,50 EUR"),
        ("da", "1.234,5", "25,6\xa0%", "1.234,50 EUR"),
        ("sv", "1\xa0234,5", "25,6\xa0%", "1\xa0234,50 EUR"),
        ("de", "1.234,5", "25,6\xa0%", "1.234,50 EUR"),
    ],
)
def test_numbers_and_amounts_follow_the_language(code, thousand, share, amount):
    language.use(code)
    assert number(1234.5, ",.1f") == thousand
    assert number(0.2561, ".1%") == share
    assert money(1234.5, "EUR", 2).replace("\xa0EUR", " EUR") == amount


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="allowed: en, nl, da, sv, de"):
        language.use("xx")
    assert language.language() == "en"


def test_a_language_that_no_native_reader_has_checked_says_so():
    assert language.is_checked("en")
    assert not any(language.is_checked(code) for code in LANGUAGES if code != "en")


@pytest.mark.parametrize("spec", [",.0f", ".3g", ".1%", "+,.0f", ".2f"])
def test_what_rounds_to_nothing_has_no_sign(spec):
    assert "-" not in number(-0.0, spec)
    assert "-" not in number(-1e-9, spec) or spec == ".3g"
    assert number(-12.0, spec).startswith("-")
    assert money(-0.3, "USD").startswith("0")
    assert money(-3.0, "USD").startswith("-3")
