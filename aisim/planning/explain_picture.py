"""How a figure of a picture comes about: of its replications, a typical one taken apart."""

from collections.abc import Iterator
from typing import Any

from aisim.language import mark, say
from aisim.planning.explain import explain
from aisim.planning.explain_figures import figure_value
from aisim.planning.explanation import Explanation
from aisim.planning.picture import Picture

UNKNOWN = mark("not known: what was simulated does not stand for a month")
#: How one figure comes of those of several replications.
MEAN = mark(
    "mean of the replications; 95 % interval: mean +- t * standard deviation / square root of "
    "their number, with Student's t"
)
TOGETHER = {
    "overloaded": mark("yes where any replication is"),
    "service_level": mark("kept where it is kept in every replication"),
    "broken_limits": mark("all that any replication breaks"),
    "bottleneck": mark("what limits most of the replications"),
    "load": mark("requests_per_s / saturation_rps, each the mean of the replications"),
}


def explain_picture(picture: Picture, candidate: str, figure: str) -> list[Explanation]:
    """Take a figure of a picture apart; where it is of several replications, those come first.

    Raises:
        BadInput: there is no such candidate, or no such figure.
    """
    found = explain(picture.typical, candidate, figure)
    value = figure_value(picture.answer["candidates"][candidate], figure)
    is_money = figure.startswith(("cost.", "energy."))
    if is_money and value is None and found[0].value is not None:
        return [Explanation(figure, None, UNKNOWN, sources=found[0].sources)]
    if picture.replications < 2:
        return found
    return [_together(picture, candidate, figure, value), *found]


def _together(picture: Picture, candidate: str, figure: str, value: Any) -> Explanation:
    inputs = dict(_values(picture, candidate, figure))
    return Explanation(figure, value, TOGETHER.get(figure, MEAN), inputs)


def _values(picture: Picture, candidate: str, figure: str) -> Iterator[tuple[str, Any]]:
    """The figure in each replication, that of several pools for each of them."""
    for outcome in picture.outcomes[candidate][: picture.replications]:
        name = say("replication {number}", number=outcome.replication + 1)
        value = figure_value(outcome.answer, figure)
        if isinstance(value, dict):
            yield from (
                (say("{replication}: {part}", replication=name, part=part), item)
                for part, item in value.items()
            )
        else:
            yield name, value
