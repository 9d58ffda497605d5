"""Every text has its translation, every translation its text, and both the same fields."""

from string import Formatter

import pytest

from aisim.language import LANGUAGES
from tests.language.keys import catalog, keys

OTHERS = [code for code in LANGUAGES if code != "en"]
HOW = "; python -m tests.language.keys brings the PO files up"


def texts(code):
    return {message.id: message.string for message in catalog(code) if message.id}


def fields(text):
    return {(name, spec) for _, name, spec, _ in Formatter().parse(text) if name is not None}


def test_there_are_texts_of_every_kind():
    found = keys()
    for text in ("Undo", "preview", "Request rate", "Time to first token"):
        assert text in found
    assert len(found) > 300


@pytest.mark.parametrize("code", OTHERS)
def test_no_text_is_missing_and_none_is_left_over(code):
    wanted, there = set(keys()), set(texts(code))
    assert sorted(wanted - there) == [], f"missing{HOW}"
    assert sorted(there - wanted) == [], f"unused{HOW}"


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated(code):
    assert [text for text, said in texts(code).items() if not said] == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_fields_and_the_edges_of_its_text(code):
    for text, said in texts(code).items():
        assert fields(said) == fields(text), text
        for edge in (" ", "\n"):
            assert said.startswith(edge) == text.startswith(edge), text
            assert said.endswith(edge) == text.endswith(edge), text


@pytest.mark.parametrize("code", OTHERS)
def test_translations_are_no_english(code):
    """Some words are the same in both; most texts are not."""
    found = texts(code)
    same = [text for text, said in found.items() if said == text]
    assert len(same) < 0.12 * len(found), same
