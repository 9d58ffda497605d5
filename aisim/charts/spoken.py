"""Vega expressions: the state of a candidate, and words in the language in use."""

import json
from collections.abc import Sequence
from string import Formatter

from aisim.charts.rows import DATASET
from aisim.language import mark, tr

#: What the figures of a candidate are worth.
STATES = (
    mark("sound"), mark("preview"), mark("partial"), mark("overloaded"), mark("excluded"),
)  # fmt: skip


def state_of(candidate: str) -> str:
    """Expression of the state of a candidate; one without rows is sound.

    Args:
        candidate: an expression that yields its name.
    """
    row = f"indexof(pluck(data('{DATASET}'), 'candidate'), {candidate})"
    return f"({row} < 0 ? 'sound' : data('{DATASET}')[{row}].state)"


def word(value: str, words: Sequence[str]) -> str:
    """Expression of the word for a value.

    Args:
        value: an expression that yields one of `words`.
        words: in English, as the rows of the chart have them.
    """
    return f"{json.dumps({each: tr(each) for each in words})}[{value}]"


def phrase(template: str, **parts: str) -> str:
    """Expression of a sentence whose fields are expressions.

    Args:
        template: in the language in use, with fields as `str.format` has them.
        parts: the expression of each field.
    """
    pieces = []
    for text, field, _, _ in Formatter().parse(template):
        pieces += [json.dumps(text)] if text else []
        pieces += [parts[field]] if field else []
    return " + ".join(pieces)
