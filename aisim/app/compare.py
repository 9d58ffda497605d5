"""Candidates held against one of them: what they have more or less, and how sure that is."""

from typing import Any

import ipywidgets as widgets

from aisim.app.panel import Context
from aisim.app.tables import table_html
from aisim.language import number, tr
from aisim.planning import Difference, Picture, differences

#: Below it a difference is rounding.
LEAST = 1e-9


class Compare:
    """A list to choose the baseline from, and the differences to it with their intervals.

    Attributes:
        widget: what is shown of it.
    """

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._picture: Picture | None = None
        self._quiet = False
        self.baseline = widgets.Dropdown(
            description=tr("Baseline"), style={"description_width": "initial"}
        )
        self.table = widgets.HTML()
        self.baseline.observe(self._chosen, "value")
        self.widget = widgets.VBox([self.baseline, self.table])

    def show(self, picture: Picture) -> None:
        """Hold the candidates of a picture against the baseline."""
        self._picture, self._quiet = picture, True
        names = list(picture.outcomes)
        self.baseline.options = names
        baseline = self._store.baseline if self._store.baseline in names else names[0]
        self.baseline.value = baseline
        self._quiet = False
        self.table.value = differences_html(picture, baseline)

    def _chosen(self, change: Any) -> None:
        if not self._quiet and change["new"] and self._picture is not None:
            self._store.hold_against(change["new"])
            self.table.value = differences_html(self._picture, change["new"])


def differences_html(picture: Picture, baseline: str) -> str:
    """What each other candidate has more than the baseline, figure by figure."""
    found = differences(picture, baseline)
    others = [name for name in picture.outcomes if name != baseline]
    if not others:
        alone = tr("There is no other candidate to compare with.")
        return f"<p>{alone}</p>"
    rows = [
        (f"{tr(row.label)}, {tr(row.unit)}", *(_cell(row.by_candidate[name]) for name in others))
        for row in found.rows
    ]
    return table_html(tr(found.note), ["", *others], rows)


def _cell(found: Difference | None) -> str:
    """The mean, its interval, and whether that leaves out 0."""
    if found is None:
        return "-"
    if found.low is None or found.high is None:
        return _signed(found.mean)
    unsure = "" if found.is_clear else "\n" + tr("may be nothing")
    return f"{_signed(found.mean)}\n[{_signed(found.low)}, {_signed(found.high)}]{unsure}"


def _signed(value: float) -> str:
    if abs(value) < LEAST:
        return "0"
    return number(value, "+,.0f" if abs(value) >= 999.5 else "+.3g")
