"""One candidate held against others in money: the rows and cells of every table that does so."""

from collections.abc import Iterator
from typing import Any

from aisim.cost.break_even import DECLARED
from aisim.language import mark, number, say, tr
from aisim.planning import Picture

Data = dict[str, Any]
NOT_DEFINED = "-"
#: At which level of commitment the other candidate is priced.
LEVELS = {
    DECLARED: mark("as in the study"),
    "on_demand": mark("on demand"),
    "commit_1y": mark("committed for a year"),
    "commit_3y": mark("committed for three years"),
}
#: States that a name carries; a preview is one as a whole.
MARKED = ("partial", "overloaded", "excluded")


def marked(picture: Picture, name: str) -> str:
    """A candidate, and in brackets what is wrong with it: 'own (excluded)'."""
    state = picture.state(name)
    return f"{name} ({tr(state)})" if state in MARKED else name


def pairs(picture: Picture, others: Data) -> Iterator[tuple[str, str, Data]]:
    """Each other candidate with its state, the level of commitment in words, and the figures.

    Args:
        picture: what they are of.
        others: levels by candidate, as `planning.money.against` has them.
    """
    for other, levels in others.items():
        for level, figures in _told(levels):
            yield marked(picture, other), level, figures


def _told(levels: Data) -> Iterator[tuple[str, Data]]:
    """Each level in words, that of the study once."""
    declared = levels[DECLARED]
    same = [level for level, found in levels.items() if level != DECLARED and found == declared]
    for level, found in levels.items():
        if level in same:
            yield tr(say("{level}, as in the study", level=say(LEVELS.get(level, level)))), found
        elif level != DECLARED or not same:
            yield tr(LEVELS.get(level, level)), found


def share(value: float | None) -> str:
    """A share of one in percent."""
    return NOT_DEFINED if value is None else number(value, ".0%")


def even(found: Data | None) -> str:
    """At which share of the hours, or of the load, both cost the same."""
    if found is None:
        return NOT_DEFINED
    if found["value"] is None or found["never"]:
        return tr("never")
    if found["of"] == "hours":
        return tr(say("{share:,.0%} of hours", share=found["value"]))
    return tr(say("{share:,.0%} of load", share=found["value"]))
