"""What there is to see: status, who is out, and a page for each panel, all of one picture."""

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from aisim.app.controls import problem_line
from aisim.app.page import Page
from aisim.app.panel import Context, Panel
from aisim.app.soon import soon
from aisim.app.status import changed_html, out_html, status_html
from aisim.language import mark, tr
from aisim.planning import Picture


class Results(widgets.VBox):
    """Every picture replaces the one before; only the page that is looked at is drawn.

    The page of the browser sees by its classes what it is: `aisim-old` while no picture of the
    study as it stands is there, `aisim-waiting` while more of them come.

    Attributes:
        picture: what is shown.
        pages: one for each panel that has anything to see.
    """

    def __init__(self, context: Context, panels: Sequence[Panel]) -> None:
        self._store = context.store
        self.picture: Picture | None = None
        self._is_old = False
        self._status = widgets.HTML()
        self._out = widgets.HTML()
        self._problem = widgets.HTML()
        # A desk may have controls alone.
        seen = [panel for panel in panels if panel.is_seen] or [Panel(mark("Answer"))]
        self.pages = [Page(panel, context) for panel in seen]
        self._tabs = widgets.Tab(self.pages, titles=[tr(panel.title) for panel in seen])
        self._tabs.observe(self._turned, "selected_index")
        shown = self._tabs if len(self.pages) > 1 else widgets.VBox(self.pages)
        super().__init__([self._status, self._out, self._problem, shown])
        self.add_class("aisim-results")
        self.page.fill()

    @property
    def page(self) -> Page:
        """The page that is looked at."""
        return self.pages[self._tabs.selected_index or 0]

    def expect(self, problems: dict[str, str]) -> None:
        """The study has changed; the next picture is of what can run."""
        self._problem.value = ""
        self._is_old = self.picture is not None
        self.add_class("aisim-waiting")
        self.add_class("aisim-old")
        if self.picture is not None and not self.picture.preview:
            self._status.value = changed_html()
        if len(problems) == len(self._store.study.candidates):
            self.fail(tr("No candidate can run."))

    def fail(self, problem: str) -> None:
        """A line on why there is no new picture."""
        self.remove_class("aisim-waiting")
        old = tr("What is shown is old. ") if self._is_old else ""
        self._problem.value = problem_line(old + problem)

    def show(self, picture: Picture) -> None:
        """Show a picture, unless its study is on the desk no more."""
        on_the_desk = self._store.study
        if picture.study.name != on_the_desk.name:
            return
        if not set(picture.outcomes) <= set(on_the_desk.candidates):
            return
        if not picture.outcomes:
            self.fail(tr("Stopped before there was anything to show."))
            return
        self.picture = picture
        if picture.asked is None or picture.asked is on_the_desk:
            self._is_old = False
            self.remove_class("aisim-old")
            self._problem.value = ""
        self._draw(picture)

    def _draw(self, picture: Picture) -> None:
        self.page.draw(picture)
        if not self._is_old:
            self._status.value = status_html(picture, self._store.study)
        soon(self.fail, self._say, picture)

    def _say(self, picture: Picture) -> None:
        """Words and figures follow the picture, which does not wait for them."""
        if picture is self.picture:
            self._out.value = out_html(picture)
            self.page.say(picture)
            if picture.is_last and not self._is_old:
                self.remove_class("aisim-waiting")

    def say_again(self) -> None:
        """Another candidate is in hand, or the baseline: some views are of it."""
        if self.picture is not None:
            self.page.say(self.picture)

    def go_on_from(self, other: "Results") -> None:
        """Show what another showed, on the same page."""
        for page, before in zip(self.pages, other.pages, strict=True):
            page.measure.value = before.measure.value
        self._tabs.selected_index = other._tabs.selected_index
        if other.picture is not None:
            self.show(other.picture)

    def _turned(self, _change: Any) -> None:
        """Another page is looked at."""
        self.page.fill()
        if self.picture is not None:
            self._draw(self.picture)
