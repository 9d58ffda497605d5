"""Where in a study a fault lies: pydantic's locations without the tags of unions."""

from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

Model = type[BaseModel]


def without_tags(where: list[Any], model: Model) -> list[Any]:
    """The parts of a location that the planner wrote."""
    return _walk(where, model)[0]


def fields_at(where: list[Any], model: Model) -> set[str]:
    """Names of the fields that the place at a location may have."""
    return {name for found in _walk(where, model)[1] for name in found.model_fields}


def kinds_at(where: list[Any], model: Model) -> list[str]:
    """The kinds that the place at a location may be of."""
    return sorted(filter(None, map(_tag, _walk(where, model)[1])))


def _walk(where: list[Any], model: Model) -> tuple[list[Any], list[Model]]:
    """Follow a location through the types; a part that is the tag of a union is left out."""
    parts: list[Any] = []
    kind: Any = model
    for part in where:
        models = _models(kind)
        tagged = [found for found in models if _tag(found) == part]
        if len(models) > 1 and tagged:
            kind = tagged[0]
            continue
        parts.append(part)
        kind = _below(kind, part)
    return parts, _models(kind)


def _below(kind: Any, part: Any) -> Any:
    """The type of what lies under a name of a map, an index of a list, or a field."""
    kind = _plain(kind)
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if get_origin(kind) is tuple:
        return get_args(kind)[0]
    for model in _models(kind):
        if part in model.model_fields:
            return model.model_fields[part].annotation
    return None


def _models(kind: Any) -> list[Model]:
    """The declarations that a value of this type may be."""
    kind = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    if get_origin(kind) in (dict, tuple):
        return []
    return [model for argument in get_args(kind) for model in _models(argument)]


def _plain(kind: Any) -> Any:
    """The type without its annotations; of an optional map or list, the map or list."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    choices = [c for c in map(_plain, get_args(kind)) if get_origin(c) in (dict, tuple)]
    return choices[0] if choices and get_origin(kind) not in (dict, tuple) else kind


def _tag(model: Model) -> str | None:
    field = model.model_fields.get("kind")
    return str(field.default) if field else None
