"""The error for a name that no table knows."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

ValueT = TypeVar("ValueT")


class UnknownName(LookupError):
    """A name that the catalog does not hold.

    Attributes:
        kind: What was looked up, such as "accelerator".
        name: The name as given.
        nearest: The known names closest to it, best first.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        """Word the message, naming the nearest of the `known` names."""
        self.kind = kind
        self.name = name
        self.nearest = nearest_names(name, known)
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        super().__init__(f"unknown {kind} {name!r}{hint}")


def nearest_names(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three of the `known` names that look like `name`, whatever their case."""
    spelt = {candidate.casefold(): candidate for candidate in known}
    wanted = name.casefold()
    similar = difflib.get_close_matches(wanted, spelt, n=3, cutoff=0.5)
    partial = [candidate for candidate in spelt if wanted and wanted in candidate]
    return tuple(spelt[candidate] for candidate in dict.fromkeys([*partial, *similar]))[:3]


def find(kind: str, known: Mapping[str, ValueT], name: str) -> ValueT:
    """Return what `known` holds under `name`.

    Raises:
        UnknownName: Nothing has that name.
    """
    try:
        return known[name]
    except KeyError:
        raise UnknownName(kind, name, known) from None
