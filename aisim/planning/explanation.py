"""A figure that has been taken apart, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aisim.cost import Charge


@dataclass(frozen=True)
class Source:
    """Where something comes from.

    Attributes:
        what: what comes from there, as a sentence.
        source: the document, measurement or command; empty where the sentence says it all.
        as_of: when it held.
        quality: what it is worth.
    """

    what: str
    source: str = ""
    as_of: str = ""
    quality: str = ""


@dataclass(frozen=True)
class Explanation:
    """One figure, taken apart.

    Attributes:
        figure: its path in the answer.
        value: what it is; None where it is not defined.
        formula: how it comes about.
        inputs: the figures of the formula, by path.
        charges: the charges of a sum, with the part of each; None where it is not known.
        unit: what the parts are.
        sources: the simulation and the measurements that it rests on, beside its prices.
    """

    figure: str
    value: Any
    formula: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    charges: tuple[tuple[Charge, float | None], ...] = ()
    unit: str = "USD a month"
    sources: tuple[Source, ...] = ()
