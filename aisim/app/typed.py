"""Values of fields as text, and what was typed as values."""

import re
from typing import TYPE_CHECKING, Any

from aisim.language import number, number_format, say, tr

if TYPE_CHECKING:
    from aisim.app.fields import Field

#: From here on a number of six digits would be written with an exponent.
EXACT = 1e5
#: A comma before each three digits parts thousands; any other is a decimal comma.
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
#: 1,250 is one thing in London and another in Amsterdam.
AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
#: What a point and a comma are where the comma is decimal.
SWAPPED = str.maketrans(",.", ".,")


def shown(value: Any) -> str:
    """A value as text, as it can also be typed."""
    if value is None:
        return tr("not set")
    if isinstance(value, float):
        return number(value, ".6g") if abs(value) < EXACT else f"{value:.0f}"
    return f"{value}"


def parsed(text: str, field: "Field") -> Any:
    """What was typed, as a value of the field.

    Raises:
        ValueError: not a number; says what is allowed.
    """
    swap = SWAPPED if number_format()["decimal"] == "," else {}
    given = (
        text.strip().removesuffix(tr(field.unit)).removesuffix(field.unit).strip().translate(swap)
    )
    plain = given.replace(",", "" if THOUSANDS.fullmatch(given) else ".")
    if field.marks[0] is None and plain in ("", "not set", tr("not set")):
        return None
    try:
        if AMBIGUOUS.fullmatch(given) and not field.whole:
            raise ValueError
        return int(plain) if field.whole else float(plain)
    except ValueError:
        problem = (
            say("got {text!r}, allowed: a whole number, such as 2", text=text[:40])
            if field.whole
            else say("got {text!r}, allowed: a number, such as 2.5 or 1200", text=text[:40])
        )
        raise ValueError(tr(problem)) from None
