"""What there is to see: status, charts and table, all of one picture."""

from html import escape
from typing import Any

import ipywidgets as widgets

from aisim import charts
from aisim.app.controls import problem_line
from aisim.app.drawing import MEASURES, Drawing, Scales
from aisim.app.soon import soon
from aisim.app.status import changed_html, status_html
from aisim.app.store import Store
from aisim.app.widgets import LiveCharts
from aisim.planning import Picture
from aisim.report import answer_html, answer_notes


class Results(widgets.VBox):
    """Status, charts and table; every picture replaces the one before.

    The page sees by its classes what it is: `aisim-old` while no picture of the study as it
    stands is there, `aisim-waiting` while more of them come.

    Attributes:
        picture: what is shown.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.picture: Picture | None = None
        self._drawn: tuple[Any, ...] = ()
        self._scales = Scales()
        self._is_old = False
        self._status = widgets.HTML()
        self._problem = widgets.HTML()
        self._measure = widgets.Dropdown(
            description="Latency shown",
            options=list(MEASURES),
            style={"description_width": "initial"},
        )
        self._charts = LiveCharts()
        self._table = widgets.HTML()
        self._measure.observe(self._measured_anew, "value")
        super().__init__([self._status, self._problem, self._measure, self._charts, self._table])
        self.add_class("aisim-results")

    def expect(self, problems: dict[str, str]) -> None:
        """The study has changed; the next picture is of what can run."""
        self._problem.value = ""
        self._is_old = self.picture is not None
        self.add_class("aisim-waiting")
        self.add_class("aisim-old")
        if self.picture is not None and not self.picture.preview:
            self._status.value = changed_html()
        if len(problems) == len(self._store.study.candidates):
            self.fail("No candidate can run.")

    def fail(self, problem: str) -> None:
        """A line on why there is no new picture."""
        self.remove_class("aisim-waiting")
        old = "What is shown is old. " if self._is_old else ""
        self._problem.value = problem_line(old + problem)

    def show(self, picture: Picture) -> None:
        """Show a picture, unless its study is on the desk no more."""
        on_the_desk = self._store.study
        if picture.study.name != on_the_desk.name:
            return
        if not set(picture.outcomes) <= set(on_the_desk.candidates):
            return
        if not picture.outcomes:
            self.fail("Stopped before there was anything to show.")
            return
        if self.picture is None or self.picture.preview != picture.preview:
            self._scales = Scales()
        self.picture = picture
        if picture.asked is None or picture.asked is on_the_desk:
            self._is_old = False
            self.remove_class("aisim-old")
            self._problem.value = ""
        self._draw(picture)

    def _draw(self, picture: Picture) -> None:
        drawing = Drawing(picture, self._measure.value)
        candidates = list(self._store.study.candidates)
        self._scales.take(drawing.scales(), is_last=_is_last(picture))
        key = (candidates, drawing.unit, drawing.title)
        with self._charts.hold_sync():
            if key != self._drawn:
                self._drawn = key
                self._charts.specs = drawing.specs(candidates)
            self._charts.scales = self._scales.ends
            self._charts.rows = {name: charts.rows(f) for name, f in drawing.frames.items()}
        if not self._is_old:
            self._status.value = status_html(picture, self._store.study)
        soon(self.fail, self._say, drawing)

    def _say(self, drawing: Drawing) -> None:
        """Words and figures follow the picture, which does not wait for them."""
        picture = drawing.picture
        if picture is self.picture:
            self._table.value = _figures(picture)
            self._charts.summaries = drawing.summaries()
            if _is_last(picture) and not self._is_old:
                self.remove_class("aisim-waiting")

    def _measured_anew(self, _change: Any) -> None:
        if self.picture is not None:
            self._scales.ends = {n: e for n, e in self._scales.ends.items() if n != "latency"}
            self._draw(self.picture)


def _is_last(picture: Picture) -> bool:
    return picture.stopped or picture.replications == picture.wanted


def _figures(picture: Picture) -> str:
    """The table and what has to be known beside it."""
    notes = "".join(f"<li>{escape(note)}</li>" for note in answer_notes(picture.answer))
    states = {name: picture.state(name) for name in picture.outcomes}
    return f"{answer_html(picture.answer, states)}<ul class='aisim-notes'>{notes}</ul>"
