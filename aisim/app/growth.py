"""What becomes of the candidates when the load grows, simulated at several multiples of it."""

from collections.abc import Iterator

import ipywidgets as widgets

from aisim.app.drawn import put
from aisim.app.experiment import Experiment
from aisim.app.panel import Context
from aisim.app.widgets import LiveCharts
from aisim.charts.growth import growth_chart, growth_frame, growth_summary
from aisim.language import tr
from aisim.planning import Growth, Picture


class GrowthView:
    """Begun by a button; every point is shown as soon as it is there.

    Attributes:
        widget: what is shown of it.
    """

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._growth: Growth | None = None
        self._seen = 0
        self.experiment = Experiment(tr("Let the load grow"), self._begin, self._draw)
        self.charts = LiveCharts()
        words = tr("Half the load to four times of it, each on a short stretch of the study.")
        self.widget = widgets.VBox([widgets.Label(words), self.experiment, self.charts])

    def show(self, _picture: Picture) -> None:
        """It is of the study that it was begun with: nothing to do."""

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
