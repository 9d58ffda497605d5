"""The published figures of `anchors.csv`, each with its source, its inputs and its tolerance."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

FILE = Path(__file__).with_name("anchors.csv")


@dataclass(frozen=True)
class Anchor:
    """A published figure; with its `tolerance`, the greatest error relative to it."""

    id: str
    group: str
    source: str
    as_of: str
    inputs: Mapping[str, Any]
    computed: str
    expected: float
    unit: str
    tolerance: float
    verdict: str
    note: str

    def error(self, figure: float) -> float:
        """How far a figure is off the published one, relative to it."""
        return abs(figure / self.expected - 1)

    def check(self, figure: float) -> None:
        """A figure must be as near as was said."""
        off = self.error(figure)
        assert off <= self.tolerance, f"{self.id}: {figure:.9g}, published {self.expected:.9g}"


@cache
def anchors() -> Mapping[str, Anchor]:
    """All of them, by id, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["id"]: _anchor(row) for row in csv.DictReader(file)})


def named(pattern: str) -> list[str]:
    """Ids that a pattern with `*` matches."""
    return [name for name in anchors() if fnmatchcase(name, pattern)]


def _anchor(row: dict[str, str]) -> Anchor:
    figures = {name: float(row[name]) for name in ("expected", "tolerance")}
    inputs = MappingProxyType(json.loads(row["inputs"]))
    return Anchor(**{**row, **figures, "inputs": inputs})
