"""A sentence that is English text, and can still be said in another language."""

from collections.abc import Iterable
from typing import Any


class Sentence(str):
    """A text with the template and the values that it was made of; JSON and files see the text.

    Attributes:
        template: English, with fields as `str.format` has them.
        values: what the fields are; those that are sentences themselves are translated, too.
    """

    template: str
    values: dict[str, Any]


def say(template: str, **values: Any) -> Sentence:
    """A sentence in English that `tr` can say in another language.

    Args:
        template: a literal, so that it is found for translation.
        values: of its fields; numbers follow the separators of the language.
    """
    found = Sentence(template.format(**values))
    found.template, found.values = template, values
    return found


def joined(parts: Iterable[str], between: str = "; ") -> Sentence:
    """Texts in a row as one sentence; those that are sentences can still be translated.

    Args:
        parts: in their order.
        between: what stands between them, without a word in it.
    """
    values = {f"part_{i}": part for i, part in enumerate(parts)}
    return say(between.join(f"{{{name}}}" for name in values), **values)
