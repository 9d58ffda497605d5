"""The one setting of the language, and words, numbers and money in it."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

from aisim.language.sentence import Sentence

if TYPE_CHECKING:
    from babel import Locale
    from babel.messages.catalog import Catalog

#: Code and own name of each language.
LANGUAGES = {
    "en": "English", "nl": "Nederlands", "da": "Dansk", "sv": "Svenska", "de": "Deutsch",
}  # fmt: skip
#: Region whose numbers and dates are written, by language; also the name of vl-convert's locale.
REGIONS = {"en": "en-US", "nl": "nl-NL", "da": "da-DK", "sv": "sv-SE", "de": "de-DE"}
#: Set before the start, it is the language to begin with.
VARIABLE = "AISIM_LANGUAGE"
#: Languages that a native reader has gone through.
CHECKED = ("en",)
PO = Path(__file__).parent / "po"

_chosen = "en"


def use(code: str) -> None:
    """Choose the language of everything that is shown from now on.

    Raises:
        ValueError: a code that is not in LANGUAGES.
    """
    global _chosen
    if code not in LANGUAGES:
        raise ValueError(f"language {code[:40]!r}, allowed: {', '.join(LANGUAGES)}")
    _chosen = code


def language() -> str:
    """The code of the language in use."""
    return _chosen


def is_checked(code: str) -> bool:
    """Whether a native reader has checked the words of a language."""
    return code in CHECKED


def mark(text: str) -> str:
    """A text that stands in a table and is translated where it is shown."""
    return text


def tr(text: str) -> str:
    """A text in the language in use; English where it has none, or was written by a planner."""
    if _chosen == "en":
        return str(text)
    if isinstance(text, Sentence):
        values = {name: _spoken(value) for name, value in text.values.items()}
        return _FILL.vformat(_words(_chosen).get(text.template, text.template), (), values)
    return _words(_chosen).get(text, text)


def number(value: float, spec: str) -> str:
    """A number by a format specification, with the separators of the language."""
    text = format(value, spec)
    # What rounds to nothing has no sign.
    is_nothing = text.startswith("-") and not text.strip("-0.,%")
    return _separated(text[1:] if is_nothing else text)


def money(amount: float, currency: str, digits: int = 0) -> str:
    """An amount with the code of its currency: '9,600 USD'."""
    from babel.numbers import format_currency

    pattern = f"#,##0{'.' + '0' * digits if digits else ''} ¤¤"
    text: str = format_currency(
        round(amount, digits) + 0.0,
        currency,
        pattern,
        locale=_locale(_chosen),
        currency_digits=False,
    )
    return text


def number_format() -> dict[str, Any]:
    """How numbers are written, as d3 and with it Vega takes it: decimal, thousands, grouping."""
    decimal, group, _ = _symbols(_chosen)
    return {"decimal": decimal, "thousands": group, "grouping": [3], "currency": ["", ""]}


def _spoken(value: Any) -> Any:
    return tr(value) if isinstance(value, Sentence) else value


class _Fill(Formatter):
    """`str.format` with the separators of the language in its numbers."""

    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return _separated(text) if is_number else text

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        return kwargs[str(key)]


_FILL = _Fill()


def _separated(text: str) -> str:
    if _chosen == "en":
        return text
    decimal, group, percent = _symbols(_chosen)
    return text.translate({ord(","): group, ord("."): decimal, ord("%"): percent})


@cache
def _symbols(code: str) -> tuple[str, str, str]:
    """Decimal separator, thousands separator, and what follows a percentage."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    locale = _locale(code)
    percent = str(locale.percent_formats[None].suffix[0])
    return get_decimal_symbol(locale), get_group_symbol(locale), percent


@cache
def _locale(code: str) -> "Locale":
    from babel import Locale

    return Locale.parse(REGIONS[code], sep="-")


@cache
def _words(code: str) -> dict[str, str]:
    """English text by translation, without those that are not there yet."""
    return {str(m.id): str(m.string) for m in _catalog(code) if m.id and m.string}


@cache
def _catalog(code: str) -> "Catalog":
    from babel.messages.pofile import read_po

    with (PO / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


if os.environ.get(VARIABLE) in LANGUAGES:
    use(os.environ[VARIABLE])
