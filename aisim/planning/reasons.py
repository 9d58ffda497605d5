"""The same reason of several replications, said once."""

from collections.abc import Sequence
from typing import Any

from aisim.language import Sentence, say


def once_each(lines: Sequence[str]) -> list[str]:
    """Each reason once; where only amounts differ between replications, with their mean."""
    alike: dict[Any, list[str]] = {}
    for line in lines:
        alike.setdefault(_words(line), []).append(line)
    return [_in_the_mean(found) for found in alike.values()]


def _words(line: str) -> Any:
    """All of a reason but its amounts."""
    if not isinstance(line, Sentence):
        return line
    said = {name: str(v) for name, v in line.values.items() if not isinstance(v, float)}
    return line.template, *said.items()


def _in_the_mean(lines: Sequence[str]) -> str:
    found = [line for line in lines if isinstance(line, Sentence)]
    if not found or len(lines) < 2:
        return lines[0]
    values = dict(found[0].values)
    for name, value in values.items():
        if isinstance(value, float):
            values[name] = sum(line.values[name] for line in found) / len(found)
    return say(found[0].template, **values)
