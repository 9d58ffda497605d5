"""What there is to see of one panel: its charts, and its views below them."""

from functools import cached_property
from typing import Any

import ipywidgets as widgets

from aisim.app.drawing import Drawing, Scales
from aisim.app.panel import Context, Panel, View
from aisim.app.widgets import LiveCharts
from aisim.charts import MEASURES, Chart, latency_of, rows
from aisim.language import tr
from aisim.planning import Picture


class Page(widgets.VBox):
    """A panel; its charts are drawn at once, what its views say can follow.

    What is on it is made when it is first looked at: a page of the browser is slow to take in what
    nobody sees.
    """

    def __init__(self, panel: Panel, context: Context) -> None:
        self._panel, self._context = panel, context
        self._drawn: tuple[Any, ...] = ()
        self._scales = Scales()
        self._drawing: Drawing | None = None
        self.measure = widgets.Dropdown(
            description=tr("Latency shown"),
            options=[(tr(title), measure) for measure, title in MEASURES.items()],
            style={"description_width": "initial"},
        )
        self.measure.observe(self._measured_anew, "value")
        self._is_filled = False
        super().__init__()

    @cached_property
    def charts(self) -> LiveCharts:
        """What draws its charts."""
        return LiveCharts()

    @cached_property
    def views(self) -> list[View]:
        """Its views, in their order."""
        return [make(self._context) for make in self._panel.views]

    def fill(self) -> None:
        """Make what is on it; it is looked at."""
        if self._is_filled:
            return
        has_latency = any(chart.name == "latency" for chart in self._panel.charts)
        parts = [self.measure] if has_latency else []
        parts += [self.charts] if self._panel.charts else []
        self.children = (*parts, *(view.widget for view in self.views))
        self._is_filled = True

    def draw(self, picture: Picture) -> None:
        """Draw the charts of a picture."""
        if not self._panel.charts:
            return
        before = self._drawing.picture if self._drawing is not None else None
        if before is None or before.preview != picture.preview:
            self._scales = Scales()
        self._drawing = drawing = Drawing(picture, self._chosen())
        candidates = list(self._context.store.study.candidates)
        self._scales.take(drawing.scales(), is_last=picture.is_last)
        key = (candidates, drawing.variants())
        with self.charts.hold_sync():
            if key != self._drawn:
                self._drawn = key
                self.charts.specs = drawing.specs(candidates)
            self.charts.scales = self._scales.ends
            self.charts.rows = {name: rows(f) for name, f in drawing.frames.items()}

    def say(self, picture: Picture) -> None:
        """What the charts say in words, and what the views show."""
        if self._drawing is not None:
            self.charts.summaries = self._drawing.summaries()
        for view in self.views:
            view.show(picture)

    def _chosen(self) -> list[Chart]:
        """The charts, the latency that was chosen among them."""
        chosen = latency_of(self.measure.value)
        return [chosen if chart.name == "latency" else chart for chart in self._panel.charts]

    def _measured_anew(self, _change: Any) -> None:
        if self._drawing is not None:
            self._scales.ends = {n: e for n, e in self._scales.ends.items() if n != "latency"}
            self.draw(self._drawing.picture)
            self.charts.summaries = self._drawing.summaries()
