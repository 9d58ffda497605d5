"""From the name a driver gives a card to the name aisim's catalog gives it."""

import re
from collections.abc import Iterable
from typing import Protocol

# Words in a driver's name that tell no card of the catalog from another.
NOISE = {
    "nvidia", "tesla", "geforce", "amd", "instinct", "generation", "blackwell", "workstation",
    "edition", "oam", "ac", "radeon",
}  # fmt: skip
SIZE = re.compile(r"\d+gb?$|hbm\d?e?$")
FORMS = {"sxm": "sxm", "pcie": "pcie", "nvl": "nvl", "server": "se", "se": "se"}


class Card(Protocol):
    """The part of `aisim.catalog.Accelerator` that tells cards apart."""

    @property
    def name(self) -> str:
        """Family, form and memory, as in "H100-SXM-80"."""

    @property
    def mem_gb(self) -> float:
        """Memory by the name on the box."""

    @property
    def mem_gib_reported(self) -> float | None:
        """Memory that the vendor's tool reports."""


def catalog_name(driver_name: str, memory_bytes: float, cards: Iterable[Card]) -> str | None:
    """Return the catalog's name of a card, None if it has no such card.

    Family, form and memory (within 10 %) must agree. A driver that names no form means the
    only one that the catalog has, else the SXM board.
    """
    family, form = _parts(driver_name)
    forms = {}
    for card in cards:
        their_family, their_form = _parts(card.name.rpartition("-")[0])
        if their_family == family and _holds(card, memory_bytes):
            forms[their_form] = card.name
    if form in forms:
        return forms[form]
    if form:
        return None
    return next(iter(forms.values())) if len(forms) == 1 else forms.get("sxm")


def _holds(card: Card, memory_bytes: float) -> bool:
    expected = card.mem_gib_reported * 2**30 if card.mem_gib_reported else card.mem_gb * 1e9
    return abs(memory_bytes / expected - 1) < 0.1


def _parts(name: str) -> tuple[str, str]:
    """Return family and form, in lower case and without blanks."""
    family, form = "", ""
    for word in re.split(r"[\s-]+", name.lower()):
        bare = re.sub(r"(?<=sxm)\d$", "", word)
        if bare in FORMS:
            form = FORMS[bare]
        elif word not in NOISE and not SIZE.match(word):
            family += word
    return family, form
