"""What aisim assumes where neither the planner nor a measurement says anything."""

from collections.abc import Mapping
from functools import cache

from aisim.catalog.files import Fact, by_key, read_facts
from aisim.catalog.unknown import find


class Assumption(Fact):
    """A figure that stands in until the planner gives one.

    Attributes:
        value: The figure, counted in `unit`.
    """

    name: str
    value: float
    unit: str


@cache
def assumptions() -> Mapping[str, Assumption]:
    """Return every assumption, by name."""
    return by_key(read_facts("assumptions", Assumption), lambda fact: fact.name)


def assumption(name: str) -> Assumption:
    """Return one assumption, such as "cloud_boot_s".

    Raises:
        UnknownName: The catalog has no such assumption.
    """
    return find("assumption", assumptions(), name)
