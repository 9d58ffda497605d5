"""The fields that the desk lets a planner change, derived from the declarations of a study."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from aisim.app.choices import choices
from aisim.app.labels import label_of, owner_of, unit_of
from aisim.app.marks import marks
from aisim.cost.cloud import TERMS
from aisim.scenario import Study
from aisim.scenario.base import Declaration
from aisim.scenario.limits import Limits


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


#: Groups by title: patterns of the paths in each.
Groups = Mapping[str, tuple[str, ...]]


def desk_fields(
    study: Study, candidate: str, groups: Groups, base: Study | None = None
) -> list[Field]:
    """The fields of one candidate and of all that candidates share, in the order of the groups.

    Args:
        study: as it stands.
        candidate: the candidate in hand.
        groups: what is wanted.
        base: the study that the sliders are centred on, so that they do not move underfoot.
    """
    found = dict(_leaves(study))
    centred = dict(_leaves(base)) if base is not None else found
    fields = []
    for group, patterns in groups.items():
        for path in _in_order(found, patterns, candidate):
            owner, value = found[path]
            centre = centred.get(path, (owner, value))[1]
            fields.append(_field(study, path, group, owner, value, centre))
    offered = [field for field in fields if field.marks or len(field.choices) > 1]
    return [field for field in offered if not _is_idle(study, field.path)]


def _is_idle(study: Study, path: str) -> bool:
    """Whether a field changes nothing as the study stands."""
    parts = path.split(".")
    if parts[0] != "candidates":
        return False
    candidate = study.candidates[parts[1]]
    match parts[2:]:
        case ["path", stage, *_]:  # with a single pool there is nowhere to burst to
            return len(getattr(candidate.path[stage], "pools", ())) < 2
        case ["machines", group, "committed"]:
            return getattr(candidate.machines[group], "price", "") not in TERMS
        case ["costs", cost, "usd"]:  # its price is that of a service
            return candidate.costs[cost].usd is None
    return False


def _in_order(found: dict[str, Any], patterns: tuple[str, ...], candidate: str) -> list[str]:
    """The paths that match, those of one owner together."""
    mine = f"candidates.{candidate}."
    paths = [p for p in found if p.startswith(mine) or not p.startswith("candidates.")]
    rank = {p: i for p in paths for i, pattern in enumerate(patterns) if fnmatchcase(p, pattern)}
    owners = [owner_of(p) for p in rank]
    return sorted(rank, key=lambda p: (owners.index(owner_of(p)), rank[p]))


def _leaves(node: Declaration, path: str = "") -> Iterator[tuple[str, tuple[Declaration, Any]]]:
    """Path, declaration and value of every field that holds no other declarations."""
    for name in type(node).model_fields:
        value, here = getattr(node, name), f"{path}{name}"
        if isinstance(node, Limits) and name == "data":
            yield here, (node, node.model_dump(mode="json")["data"])
        elif isinstance(value, Declaration):
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
    offered = choices(study, path, schema, centre)
    unit = unit_of(path)
    is_number = schema.get("type") in ("integer", "number") and not isinstance(value, tuple)
    return Field(
        path=path,
        group=group,
        owner=owner_of(path),
        label=label_of(path, type(owner).model_fields[name].title),
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
