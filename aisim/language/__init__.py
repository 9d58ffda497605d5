"""What aisim says to people, in their language; data and files stay in English."""

from aisim.language.sentence import Sentence, joined, say
from aisim.language.speech import (
    LANGUAGES,
    is_checked,
    language,
    mark,
    money,
    number,
    number_format,
    tr,
    use,
)

__all__ = [
    "LANGUAGES", "Sentence", "is_checked", "joined", "language", "mark", "money", "number",
    "number_format", "say", "tr", "use",
]  # fmt: skip
