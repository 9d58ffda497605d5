"""How a result that is not sound looks: dashes, paler bars, and a word, never colour alone."""

from collections.abc import Sequence

import altair as alt

from aisim.charts.rows import DATASET
from aisim.charts.theme import PLACE, colours

STATES = ("sound", "preview", "partial", "overloaded")
#: Dash and gap in px.
DASHES: tuple[list[float], ...] = ([], [8, 3], [5, 4], [3, 3])
#: Of the filling of a bar.
OPACITIES = (1.0, 0.75, 0.5, 0.3)

_LETTER_PX = 6.2
_SYMBOL_PX = 31
#: Letters of ' (overloaded)', and of the longest label that is not cut.
_STATE_LETTERS = max(len(state) for state in STATES) + 3
_MOST_LETTERS = 36

_ROW = f"indexof(pluck(data('{DATASET}'), 'candidate'), datum.value)"
_STATE = f"({_ROW} < 0 ? 'sound' : data('{DATASET}')[{_ROW}].state)"

#: The label of a candidate on an axis, its state on a second line.
AXIS_LABEL = f"{_STATE} == 'sound' ? datum.label : [datum.label, '(' + {_STATE} + ')']"
#: How full a bar is painted, by its state.
OPACITY = alt.ExprRef(f"{list(OPACITIES)}[indexof({list(STATES)}, datum.state)]")


def line() -> alt.Chart:
    """A line by candidate; each is thinner than the one under it, so that equal ones show."""
    chart: alt.Chart = alt.Chart().mark_line(
        clip=True,
        strokeCap=alt.ExprRef("datum.state == 'sound' ? 'round' : 'butt'"),
        strokeWidth=alt.ExprRef("max(2.5, 4.5 - indexof(domain('color'), datum.candidate))"),
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
        labelExpr=_LEGEND_LABEL,
        labelLimit=_MOST_LETTERS * _LETTER_PX,
        symbolDash=alt.ExprRef(f"scale('strokeDash', {_STATE})"),
        symbolSize=320,
    )
    return alt.Color("candidate:N", scale=colours(candidates), legend=legend)


# Vega does not move the entries of a legend when a label changes, so each has room for any state:
# wide spaces, and a last letter of no width that keeps them from being trimmed
_WORD = f"({_STATE} == 'sound' ? '' : ' (' + {_STATE} + ')')"
_LEGEND_LABEL = (
    f"pad(datum.label + {_WORD}, length(datum.label) + {_STATE_LETTERS}, '\\u2002') + '\\u200b'"
)


def _columns(candidates: Sequence[str]) -> str:
    """As many candidates on a line of the legend as fit, whatever their states."""
    widths = [
        min(len(name) + _STATE_LETTERS, _MOST_LETTERS) * _LETTER_PX + _SYMBOL_PX
        for name in candidates or [""]
    ]
    fit = f"max(1, floor({PLACE} / {max(widths):.0f}))"
    return f"{PLACE} >= {sum(widths):.0f} ? {len(widths)} : {fit}"
