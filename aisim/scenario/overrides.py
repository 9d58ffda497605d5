"""`--set PATH=VALUE`: change any field of a study by its path."""

from collections.abc import Sequence
from typing import Any

from aisim.scenario.faults import Fault, InvalidStudy, nearest
from aisim.scenario.text import parse_yaml


def apply_overrides(data: Any, overrides: Sequence[str]) -> Any:
    """The plain data of a study with each `PATH=VALUE` set; VALUE is YAML.

    `data` must hold every field, defaults included (`Study.model_dump()`): a path must exist.

    Raises:
        InvalidStudy: a path that leads nowhere or a value that is not YAML, all of them at once.
    """
    faults: list[Fault] = []
    for override in overrides:
        try:
            _apply(data, override)
        except InvalidStudy as error:
            faults += error.faults
    if faults:
        raise InvalidStudy(faults)
    return data


def blame(fault: Fault, overrides: Sequence[str]) -> Fault:
    """The fault of a study that was changed, said of the override that brought it."""
    for override in reversed(overrides):
        path = override.partition("=")[0]
        if f"{fault.path}.".startswith(f"{path}."):
            return Fault(_label(override), fault.path, fault.problem)
    return fault


def _label(override: str) -> str:
    return f"--set {override}" if len(override) <= 80 else f"--set {override[:77]}..."


def _apply(data: Any, override: str) -> None:
    path, equals, text = override.partition("=")
    file = _label(override)
    if not equals or not path:
        raise InvalidStudy([Fault(file, "", "write PATH=VALUE")])
    value = parse_yaml(text, file)
    target, parts = data, path.split(".")
    for depth, part in enumerate(parts):
        if target is None:
            parent = ".".join(parts[:depth])
            problem = f"is not set; give it whole: {parent}={{{part}: ...}}"
            raise InvalidStudy([Fault(file, parent, problem)])
        key, known = _key(target, part)
        if key not in known:
            hint = nearest(part, map(str, known))
            at = ".".join(parts[: depth + 1])
            raise InvalidStudy([Fault(file, at, f"unknown field, {hint}")])
        if depth == len(parts) - 1:
            target[key] = value
        else:
            target = target[key]


def _key(target: Any, part: str) -> tuple[Any, list[Any]]:
    """The part as key of a map or index of a list, and the keys that there are."""
    if isinstance(target, dict):
        return part, list(target)
    if isinstance(target, list):
        is_index = part.isascii() and part.isdecimal()
        return (int(part) if is_index else part), list(range(len(target)))
    return part, []
