"""How a result that is not sound looks: dashes, paler bars, and a word, never colour alone."""

from collections.abc import Sequence

from aisim.charts.spoken import STATES, state_of, word
from aisim.charts.theme import GREY, PLACE, colours
from aisim.charts.vega import alt
from aisim.language import tr

#: Dash and gap in px.
DASHES: tuple[list[float], ...] = ([], [8, 3], [5, 4], [3, 3], [10, 3, 2, 3])
#: Of the filling of a bar.
OPACITIES = (1.0, 0.75, 0.5, 0.3, 0.2)
#: Of the line of what is excluded.
PALE = 0.7

_LETTER_PX = 6.2
_SYMBOL_PX = 31
#: Letters of the longest label that is not cut.
_MOST_LETTERS = 36

_STATE = state_of("datum.value")

#: How full a bar is painted, by its state.
OPACITY = alt.ExprRef(f"{list(OPACITIES)}[indexof({list(STATES)}, datum.state)]")
#: Condition of a colour that is not that of a candidate: in what is excluded it is grey.
GREYED = {"test": "datum.state == 'excluded'", "value": GREY}


def axis_label() -> str:
    """The label of a candidate on an axis, its state on a second line."""
    return f"{_STATE} == 'sound' ? datum.label : [datum.label, '(' + {word(_STATE, STATES)} + ')']"


def line() -> alt.Chart:
    """A line by candidate; each is thinner than the one under it, so that equal ones show."""
    thick = "max(2.5, 4.5 - indexof(domain('color'), datum.candidate))"
    chart: alt.Chart = alt.Chart().mark_line(
        clip=True,
        strokeCap=alt.ExprRef("datum.state == 'sound' ? 'round' : 'butt'"),
        strokeOpacity=alt.ExprRef(f"datum.state == 'excluded' ? {PALE} : 1"),
        strokeWidth=alt.ExprRef(f"datum.state == 'excluded' ? 1.5 : {thick}"),
    )
    return chart


def dash() -> alt.StrokeDash:
    """The line or the outline of a mark, by its state."""
    scale = alt.Scale(domain=list(STATES), range=[list(dash) for dash in DASHES])
    return alt.StrokeDash("state:N", scale=scale, legend=None)


def candidate_colour(candidates: Sequence[str]) -> alt.Color:
    """The colour of a line, with a legend that names candidate and state: 'hybrid (overloaded)'."""
    legend = alt.Legend(
        columns=alt.ExprRef(_columns(candidates)),
        labelExpr=_legend_label(),
        labelLimit=_MOST_LETTERS * _LETTER_PX,
        symbolDash=alt.ExprRef(f"scale('strokeDash', {_STATE})"),
        symbolOpacity=alt.ExprRef(f"{_STATE} == 'excluded' ? {PALE} : 1"),
        symbolSize=320,
    )
    return alt.Color("candidate:N", scale=colours(candidates), legend=legend)


def _legend_label() -> str:
    # Vega does not move the entries of a legend when a label changes, so each has room for any
    # state: wide spaces, and a last letter of no width that keeps them from being trimmed
    said = f"({_STATE} == 'sound' ? '' : ' (' + {word(_STATE, STATES)} + ')')"
    room = f"length(datum.label) + {_state_letters()}"
    return f"pad(datum.label + {said}, {room}, '\\u2002') + '\\u200b'"


def _state_letters() -> int:
    """Letters of ' (overloaded)', or of what is longer in the language in use."""
    return max(len(tr(state)) for state in STATES) + 3


def _columns(candidates: Sequence[str]) -> str:
    """As many candidates on a line of the legend as fit, whatever their states."""
    widths = [
        min(len(name) + _state_letters(), _MOST_LETTERS) * _LETTER_PX + _SYMBOL_PX
        for name in candidates or [""]
    ]
    fit = f"max(1, floor({PLACE} / {max(widths):.0f}))"
    return f"{PLACE} >= {sum(widths):.0f} ? {len(widths)} : {fit}"
