"""What becomes of the candidates when the load grows, simulated at several multiples of it."""

from collections.abc import Iterator
from html import escape

import ipywidgets as widgets

from aisim.app.drawn import put
from aisim.app.experiment import Experiment
from aisim.app.panel import Context
from aisim.app.widgets import LiveCharts
from aisim.charts.growth import growth_chart, growth_frame, growth_summary
from aisim.language import mark, tr
from aisim.planning import Growth, Picture
from aisim.scenario import Study

OLD = mark("The study has changed since; let the load grow again.")


class GrowthView:
    """Begun by a button; every point is shown as soon as it is there.

    Attributes:
        widget: what is shown of it.
    """

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._growth: Growth | None = None
        self._shown: Study | None = None
        self._seen = 0
        self.experiment = Experiment(tr("Let the load grow"), self._begin, self._draw)
        self.charts = LiveCharts()
        self._old = widgets.HTML()
        self._place = widgets.VBox([self._old, self.charts])
        words = tr("Half the load to four times of it, each on a short stretch of the study.")
        self.widget = widgets.VBox([widgets.Label(words), self.experiment, self._place])

    def show(self, picture: Picture) -> None:
        """It stays of the study that it was begun with, and says so once that is another."""
        self._mark(picture.asked or picture.study)

    def _mark(self, asked: Study) -> None:
        is_old = self._shown is not None and self._shown != asked
        (self._place.add_class if is_old else self._place.remove_class)("aisim-old")
        self._old.value = f"<p class='aisim-help'>{escape(tr(OLD))}</p>" if is_old else ""

    def _begin(self) -> Iterator[float]:
        runnable = [n for n in self._store.study.candidates if n not in self._store.problems()]
        self._growth, self._seen = Growth(self._store.study, runnable), 0
        return self._growth.slices()

    def _draw(self) -> None:
        growth = self._growth
        if growth is None or len(growth.points) == self._seen:
            return
        self._seen = len(growth.points)
        frame, currency = growth_frame(growth), growth.study.economics.currency
        chart = growth_chart(frame, list(growth.study.candidates), currency)
        put(self.charts, {"growth": (chart, frame, growth_summary(frame, currency))})
        self._shown = growth.study
        self._mark(self._store.study)
