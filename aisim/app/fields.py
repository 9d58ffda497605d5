"""The fields that the desk lets a planner change, derived from the declarations of a study."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from aisim.app.choices import choices
from aisim.app.marks import marks
from aisim.scenario import Study
from aisim.scenario.base import Declaration

#: What is on the desk, in its order: a group, and patterns of paths in it.
DESK = {
    "Workload": (
        "workload.traffic.*.arrivals.rate_rps",
        "workload.traffic.*.arrivals.clients",
        "workload.traffic.*.arrivals.think_time_s",
        "workload.traffic.*.arrivals.burstiness",
        "workload.traffic.*.sizes.input_tokens",
        "workload.traffic.*.sizes.output_tokens",
        "workload.traffic.*.sizes.input_scale",
        "workload.traffic.*.sizes.output_scale",
    ),
    "Hardware": (
        "candidates.*.machines.*.instance",
        "candidates.*.machines.*.parts",
        "candidates.*.machines.*.count",
        "candidates.*.pools.*.replicas",
        "candidates.*.pools.*.tensor_parallel",
        "candidates.*.path.*.burst.queue",
        "candidates.*.path.*.burst.utilisation",
        "candidates.*.pools.*.runs.start_queue",
        "candidates.*.pools.*.runs.stop_idle_s",
    ),
    "Network": ("candidates.*.links.*.bandwidth_gbit_per_s", "candidates.*.links.*.latency_s"),
    "Storage": (
        "candidates.*.storage.*.bandwidth_gb_per_s",
        "candidates.*.storage.*.operations_per_s",
    ),
}
#: Units by the end of a field's name, the longer ends first.
UNITS = {
    "_gbit_per_s": "Gbit/s", "_gb_per_s": "GB/s", "operations_per_s": "per s",
    "_rps": "requests/s", "_tokens": "tokens", "_scale": "times", "queue": "requests",
    "utilisation": "share", "_s": "s",
}  # fmt: skip
#: From here on a number of six digits would be written with an exponent.
EXACT = 1e5
#: A comma before each three digits parts thousands; any other is a decimal comma.
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
#: 1,250 is one thing in London and another in Amsterdam.
AMBIGUOUS = re.compile(r"[+-]?\d{1,3},\d{3}")


@dataclass(frozen=True)
class Field:
    """One thing that can be changed.

    Attributes:
        path: where it is in the study.
        group: the heading that it stands under.
        owner: the planner's own name of what it belongs to.
        label: what it is, without the owner.
        unit: what its numbers count; empty for a share or a plain number.
        help: the docstring of the declaration.
        value: what it is now.
        marks: values that a slider offers, rising; empty for a choice.
        choices: text and value of each choice; empty for a number.
        whole: whether only whole numbers are allowed.
    """

    path: str
    group: str
    owner: str
    label: str
    unit: str
    help: str
    value: Any
    marks: tuple[Any, ...] = ()
    choices: tuple[tuple[str, Any], ...] = ()
    whole: bool = False


def desk_fields(study: Study, candidate: str, base: Study | None = None) -> list[Field]:
    """The fields of the workload and of one candidate, in the order of DESK.

    Args:
        study: as it stands.
        candidate: the candidate in hand.
        base: the study that the sliders are centred on, so that they do not move underfoot.
    """
    found = dict(_leaves(study))
    centred = dict(_leaves(base)) if base is not None else found
    fields = []
    for group, patterns in DESK.items():
        for path in _in_order(found, patterns, candidate):
            owner, value = found[path]
            centre = centred.get(path, (owner, value))[1]
            fields.append(_field(study, path, group, owner, value, centre))
    offered = [field for field in fields if field.marks or len(field.choices) > 1]
    return [field for field in offered if not _is_idle(study, field.path)]


def _is_idle(study: Study, path: str) -> bool:
    """Whether a field changes nothing: with a single pool there is nowhere to burst to."""
    parts = path.split(".")
    if parts[0] != "candidates" or parts[2] != "path":
        return False
    return len(getattr(study.candidates[parts[1]].path[parts[3]], "pools", ())) < 2


def _in_order(found: dict[str, Any], patterns: tuple[str, ...], candidate: str) -> list[str]:
    """The paths that match, those of one owner together."""
    mine = f"candidates.{candidate}."
    paths = [p for p in found if p.startswith(("workload.", mine))]
    rank = {p: i for p in paths for i, pattern in enumerate(patterns) if fnmatchcase(p, pattern)}
    owners = [_owner(p) for p in rank]
    return sorted(rank, key=lambda p: (owners.index(_owner(p)), rank[p]))


def _leaves(node: Declaration, path: str = "") -> Iterator[tuple[str, tuple[Declaration, Any]]]:
    """Path, declaration and value of every field that holds no other declarations."""
    for name in type(node).model_fields:
        value, here = getattr(node, name), f"{path}{name}"
        if isinstance(value, Declaration):
            yield from _leaves(value, f"{here}.")
        elif isinstance(value, dict) and _holds_declarations(value):
            for key, item in value.items():
                yield from _leaves(item, f"{here}.{key}.")
        else:
            yield here, (node, value)


def _holds_declarations(value: dict[str, Any]) -> bool:
    return any(isinstance(item, Declaration) for item in value.values())


def _field(
    study: Study, path: str, group: str, owner: Declaration, value: Any, centre: Any
) -> Field:
    name = path.rpartition(".")[2]
    schema = _schemas(type(owner))[name]
    offered = choices(study, path)
    unit = next((unit for end, unit in UNITS.items() if name.endswith(end)), "")
    is_number = schema.get("type") in ("integer", "number") and not isinstance(value, tuple)
    return Field(
        path=path,
        group=group,
        owner=_owner(path),
        label=type(owner).model_fields[name].title or _words(name),
        unit=unit,
        help=" ".join(schema.get("description", "").split()),
        value=value,
        marks=marks(centre, schema, unit) if is_number else (),
        choices=offered,
        whole=schema.get("type") == "integer",
    )


@cache
def _schemas(model: type[Declaration]) -> dict[str, dict[str, Any]]:
    """JSON Schema of each field; of one that may be left out, that of its value."""
    found = {}
    for name, schema in model.model_json_schema()["properties"].items():
        kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
        optional = {"optional": True} if kinds else {}
        found[name] = {**schema, **(kinds[0] if kinds else {}), **optional}
    return found


def _owner(path: str) -> str:
    """The name of the traffic, machine group, pool, link, device or stage that has the field."""
    parts = path.split(".")
    return parts[2] if parts[0] == "workload" else parts[3]


def _words(name: str) -> str:
    end = next((end for end in UNITS if name.endswith(end)), "")
    words = name.removesuffix(end) or name.removesuffix("_per_s")
    return words.replace("_", " ").capitalize()


def shown(value: Any) -> str:
    """A value as text, as it can also be typed."""
    if value is None:
        return "not set"
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < EXACT else f"{value:.0f}"
    return f"{value}"


def parsed(text: str, field: Field) -> Any:
    """What was typed, as a value of the field.

    Raises:
        ValueError: not a number; says what is allowed.
    """
    given = text.strip().removesuffix(field.unit).strip()
    plain = given.replace(",", "" if THOUSANDS.fullmatch(given) else ".")
    if field.marks[0] is None and plain in ("", "not set"):
        return None
    try:
        if AMBIGUOUS.fullmatch(given) and not field.whole:
            raise ValueError
        return int(plain) if field.whole else float(plain)
    except ValueError:
        allowed = "a whole number, such as 2" if field.whole else "a number, such as 2.5 or 1200"
        raise ValueError(f"got {text[:40]!r}, allowed: {allowed}") from None
