"""Which prices matter: each over its range alone, and two of them together."""

from typing import Any

import ipywidgets as widgets

from aisim.app.controls import problem_line
from aisim.app.drawn import Drawn, put
from aisim.app.panel import Context
from aisim.app.widgets import LiveCharts
from aisim.charts.price_map import price_map_chart, price_map_frame, price_map_summary
from aisim.charts.tornado import tornado_chart, tornado_frame, tornado_summary, tornado_swings
from aisim.language import say, tr
from aisim.planning import BadInput, Picture, price_map
from aisim.planning.which_draw import which_draw

#: Prices in the tornado.
MOST_SWINGS = 12


class Sensitivity:
    """The tornado of the candidate in hand, and what it saves against the baseline.

    Attributes:
        widget: what is shown of it.
    """

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._picture: Picture | None = None
        self._quiet = False
        style = {"description_width": "initial"}
        self.x = widgets.Dropdown(description=tr("Across"), style=style)
        self.y = widgets.Dropdown(description=tr("Down"), style=style)
        self.charts = LiveCharts()
        self._problem = widgets.HTML()
        for choice in (self.x, self.y):
            choice.observe(self._chosen, "value")
        self.widget = widgets.VBox([widgets.HBox([self.x, self.y]), self._problem, self.charts])

    def show(self, picture: Picture) -> None:
        """The prices of a picture, once nothing more follows."""
        if picture.is_last:
            self._picture = picture
            self._draw()

    def _chosen(self, change: Any) -> None:
        if not self._quiet and change["new"] is not None:
            self._draw()

    def _draw(self) -> None:
        assert self._picture is not None
        names = list(self._picture.outcomes)
        own = self._store.selected if self._store.selected in names else names[0]
        self._problem.value = ""
        try:
            drawn = {"tornado": self._tornado(self._picture, own)}
            others = [name for name in names if name != own]
            if others:
                other = self._store.baseline if self._store.baseline in others else others[0]
                drawn["map"] = self._map(self._picture, own, other)
        except BadInput as problem:
            self._problem.value = problem_line(str(problem))
        else:
            put(self.charts, drawn)

    def _tornado(self, picture: Picture, own: str) -> Drawn:
        currency = picture.study.economics.currency
        swings, typical_usd = tornado_swings(picture.typical, own)
        self._offer([swing["price"] for swing in swings])
        frame = tornado_frame(swings[:MOST_SWINGS], typical_usd, currency)
        title = tr(say("Present cost of {name}", name=own))
        chart = tornado_chart(frame, title, currency)
        return chart, frame, _of_draw(picture, tornado_summary(frame, title, currency))

    def _map(self, picture: Picture, own: str, other: str) -> Drawn:
        currency = picture.study.economics.currency
        found = price_map(picture.typical, own, other, x=self.x.value, y=self.y.value)
        frame = price_map_frame(found, currency)
        chart = price_map_chart(frame, found, currency)
        return chart, frame, _of_draw(picture, price_map_summary(frame, found, currency))

    def _offer(self, prices: list[str]) -> None:
        """The prices to choose from, the one that matters most first; a choice is kept."""
        self._quiet = True
        kept = [choice.value for choice in (self.x, self.y)]
        for i, choice in enumerate((self.x, self.y)):
            choice.options = prices
            fallback = prices[min(i, len(prices) - 1)] if prices else None
            choice.value = kept[i] if kept[i] in prices else fallback
        self._quiet = False


def _of_draw(picture: Picture, summary: str) -> str:
    """A summary, and of which draw it is."""
    return f"{summary} {tr(which_draw(picture))}".rstrip()
