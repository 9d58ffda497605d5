"""What is wrong with a study, one line per fault."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from aisim.scenario.base import Declaration


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the file, the path of the field, what was given, what is allowed."""

    file: str
    path: str
    problem: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.path, self.problem) if part)


class InvalidStudy(ValueError):
    """A study that cannot be run; `faults` has all that is wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint with the nearest known name, or with what there is."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    if not names:
        return "there is none"
    return "allowed: " + ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


def shown(value: Any) -> str:
    """What was given, short enough for a line."""
    if isinstance(value, dict):
        return f"a map of {len(value)}"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def from_pydantic(error: ValidationError, file: str, model: type[Declaration]) -> list[Fault]:
    """The faults that pydantic found, in the words of a study."""
    return [_fault(item, file, model) for item in error.errors(include_url=False)]


def _fault(item: Any, file: str, model: type[Declaration]) -> Fault:
    where = [part for part in item["loc"] if part != "[key]"]
    path = ".".join(str(part) for part in _without_tags(where, model))
    kind, given = item["type"], item["input"]
    if kind == "extra_forbidden":
        fields = _fields_at(where[:-1], model)
        return Fault(file, path, f"unknown field, {nearest(str(where[-1]), fields)}")
    if kind == "missing":
        return Fault(file, path, "missing")
    if kind == "union_tag_not_found":
        allowed = item["ctx"]["discriminator"].strip("'")
        return Fault(file, f"{path}.{allowed}", "missing")
    if kind == "union_tag_invalid":
        allowed = item["ctx"]["expected_tags"].replace("'", "").split(", ")
        tag = item["ctx"]["tag"]
        return Fault(file, f"{path}.kind", f"got {tag!r}, {nearest(tag, allowed)}")
    if "[key]" in item["loc"]:
        path = ".".join(str(part) for part in _without_tags(where[:-1], model))
    message = item["msg"].removeprefix("Value error, ")
    message = message.removeprefix("Input should be ").replace(" is not a valid", " is no valid")
    if kind == "value_error":
        return Fault(file, path, message)
    return Fault(file, path, f"got {shown(given)}, allowed: {message}")


def _models_below(model: type[BaseModel], name: str) -> list[type[BaseModel]]:
    """Declarations that the type of a field mentions."""
    field = model.model_fields.get(name)
    found: list[type[BaseModel]] = []
    pending: list[Any] = [field.annotation] if field else []
    while pending:
        kind = pending.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found.append(kind)
        else:
            pending.extend(get_args(kind))
    return found


def _walk(where: list[Any], model: type[BaseModel]) -> tuple[list[Any], list[type[BaseModel]]]:
    """The parts of a location that are not tags of a union, and the models it ends in."""
    parts: list[Any] = []
    models: list[type[BaseModel]] = [model]
    for part in where:
        tagged = [m for m in models if _tag(m) == part]
        if len(models) > 1 and tagged:
            models = tagged
            continue
        parts.append(part)
        below = [found for m in models for found in _models_below(m, str(part))]
        if below or any(str(part) in m.model_fields for m in models):
            models = below
    return parts, models


def _tag(model: type[BaseModel]) -> str | None:
    field = model.model_fields.get("kind")
    return str(field.default) if field else None


def _without_tags(where: list[Any], model: type[BaseModel]) -> list[Any]:
    return _walk(where, model)[0]


def _fields_at(where: list[Any], model: type[BaseModel]) -> set[str]:
    return {name for found in _walk(where, model)[1] for name in found.model_fields}
