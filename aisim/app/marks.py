"""Where a slider can stand: round values around the one that the study was opened with."""

from math import ceil, floor, log10
from typing import Any

#: Round steps of a decade (the R10 series of preferred numbers).
ROUND = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0)
#: How far a slider reaches to either side, as a factor.
REACH = 32.0
SMALL = 16
LEAST = 1e-9
#: Begin of the scale where a study has nothing.
FIRST = {
    "s": 0.01, "bytes": 100_000.0, "months": 6.0, "USD": 100_000.0, "USD a month": 10_000.0,
    "USD a year": 100_000.0, "USD/kWh": 0.2,
}  # fmt: skip


def marks(value: Any, schema: dict[str, Any], unit: str) -> tuple[Any, ...]:
    """Values of a slider, rising, `value` among them; None first where a field may be left out.

    Args:
        value: the value to be centred on.
        schema: JSON Schema of the field: type, minimum, maximum.
        unit: unit of the field.
    """
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    most = schema.get("maximum", schema.get("exclusiveMaximum", float("inf")))
    whole = schema["type"] == "integer"
    if most <= 1:
        found = [round(least + (most - least) * i / 20, 6) for i in range(21)]
    elif whole and (value or 0) <= SMALL:
        found = list(range(max(least, 0), min(most, 2 * SMALL) + 1))
    else:
        centre = value if value and value > LEAST else FIRST.get(unit, 1.0)
        found = _round_values(centre, whole)
        found = [mark for mark in found if least <= mark <= most]
        if least == 0 and "exclusiveMinimum" not in schema:
            found.insert(0, 0)
    if value is not None:
        found = sorted({*found, value})
    return (None, *found) if schema.get("optional") else tuple(found)


def _round_values(centre: float, whole: bool) -> list[Any]:
    first, last = floor(log10(centre / REACH)), ceil(log10(centre * REACH))
    values = [step * 10.0**decade for decade in range(first, last + 1) for step in ROUND]
    near = [float(f"{v:.3g}") for v in values if centre / REACH <= v <= centre * REACH]
    return sorted({round(v) for v in near}) if whole else near


def nearest_mark(value: Any, values: tuple[Any, ...]) -> int:
    """Position of the mark nearest to a value."""
    if value is None or value in values:
        return values.index(value) if value in values else 0
    numbers = [i for i, mark in enumerate(values) if mark is not None]
    return min(numbers, key=lambda i: abs(values[i] - value), default=0)
