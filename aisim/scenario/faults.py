"""What is wrong with a study, one line per fault."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from aisim.scenario.base import Declaration
from aisim.scenario.places import fields_at, kinds_at, without_tags


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the file, the path of the field, what was given, what is allowed."""

    file: str
    path: str
    problem: str

    def __str__(self) -> str:
        line = ": ".join(part for part in (self.file, self.path, self.problem) if part)
        # Half a character can stand in a YAML text, but in nothing that is written.
        return line.encode(errors="backslashreplace").decode()


class InvalidStudy(ValueError):
    """A study that cannot be run; `faults` has all that is wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback: the planner's mistake, not our code."""
        return [str(self)]


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint with the nearest known name, or with what there is."""
    names = sorted(known)
    spelt = {known_name.casefold(): known_name for known_name in names}
    close = get_close_matches(name.casefold(), spelt, n=1, cutoff=0.6)
    if close:
        return f"did you mean {spelt[close[0]]!r}?"
    if not names:
        return "there is none"
    return "allowed: " + ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


def shown(value: Any, most: int = 60) -> str:
    """What was given, short enough for a line: so many letters at most."""
    if isinstance(value, dict):
        return f"a map of {len(value)}"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    try:
        text = repr(value) if isinstance(value, str | int | float | None) else str(value)
    except ValueError:  # Python does not write out a number of thousands of digits
        return "a number of too many digits"
    return text if len(text) <= most else text[: most - 3] + "..."


def from_pydantic(error: ValidationError, file: str, model: type[Declaration]) -> list[Fault]:
    """The faults that pydantic found, in the words of a study."""
    items = error.errors(include_url=False)
    places = [item["loc"] for item in items]
    return [
        _fault(item, file, model)
        for item in items
        # A list is not also too short because one of its items is wrong.
        if item["type"] != "too_short" or not any(_below(p, item["loc"]) for p in places)
    ]


def _below(place: tuple[Any, ...], above: tuple[Any, ...]) -> bool:
    return len(place) > len(above) and place[: len(above)] == above


def _fault(item: Any, file: str, model: type[Declaration]) -> Fault:
    where = [part for part in item["loc"] if part != "[key]"]
    kinds = kinds_at(where, model)
    if item["type"].startswith("union_tag"):
        where.append("kind")
    path = ".".join(str(part) for part in without_tags(where, model))
    if item["type"] == "extra_forbidden":
        fields = fields_at(where[:-1], model)
        return Fault(file, path, f"unknown field, {nearest(str(where[-1]), fields)}")
    if "[key]" in item["loc"]:
        path = path.rpartition(".")[0]
    return Fault(file, path, _problem(item, kinds))


#: What is allowed, for the types of fault whose own words are a programmer's.
_ALLOWED = {
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a map of names",
    "model_type": "a map of fields",
    "model_attributes_type": "a map of fields",
    "string_type": "text",
    "string_pattern_mismatch": "letters, digits, - and _, at most 64",
    "int_parsing_size": "a number of fewer digits",
    "int_parsing": "a whole number, such as 2",
    "int_from_float": "a whole number, such as 2",
    "float_parsing": "a number, such as 2.5",
    "invalid_key": "text",
}


def _problem(item: Any, kinds: list[str]) -> str:
    """What was given and what is allowed."""
    kind, given, context = item["type"], item["input"], item.get("ctx", {})
    match kind:
        case "missing":
            return "missing"
        case "union_tag_not_found":
            return f"missing, allowed: {', '.join(kinds)}"
        case "union_tag_invalid":
            return f"got {shown(context['tag'])}, {nearest(str(context['tag']), kinds)}"
        case "literal_error":
            allowed = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            return f"got {shown(given)}, {nearest(str(given), allowed)}"
        case "too_short":
            n = context["min_length"]
            return f"got {context['actual_length']} entries, allowed: {n} or more"
        case "too_long":
            n = context["max_length"]
            return f"got {len(given)} entries, allowed: {n} at most"
        case "value_error":
            message = str(item["msg"].removeprefix("Value error, "))
            said = isinstance(given, dict) or shown(given) in message
            return message if said else f"got {shown(given)}: {message}"
    allowed = _ALLOWED.get(kind) or item["msg"].removeprefix("Input should be ")
    return f"got {shown(given)}, allowed: {allowed}"
