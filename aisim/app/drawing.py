"""The charts of a picture: their frames, what draws them, and what they say."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from aisim.charts import Chart
from aisim.planning import Picture


class Drawing:
    """Some charts of a picture: frames, the scales that fit them, and what they say.

    Attributes:
        picture: what is drawn.
        frames: rows by name of the chart.
    """

    def __init__(self, picture: Picture, charts: Sequence[Chart]) -> None:
        self.picture = picture
        self._charts = charts
        made: dict[Callable[[Picture], pd.DataFrame], pd.DataFrame] = {}
        for chart in charts:
            if chart.frame not in made:
                made[chart.frame] = chart.frame(picture)
        self.frames = {chart.name: made[chart.frame] for chart in charts}

    def scales(self) -> dict[str, dict[str, float]]:
        """Ends of the axes that fit the frames, by chart."""
        return {chart.name: chart.scales(self.frames[chart.name]) for chart in self._charts}

    def variants(self) -> tuple[Any, ...]:
        """What the drawings depend on beside the rows."""
        return tuple(chart.variant(self.picture) for chart in self._charts)

    def specs(self, candidates: list[str]) -> dict[str, Any]:
        """The charts themselves, without their rows."""
        found = {}
        for chart in self._charts:
            drawn = chart.draw(self.picture, self.frames[chart.name], candidates)
            found[chart.name] = {**drawn.to_dict(validate=False), "datasets": {}}
        return found

    def summaries(self) -> dict[str, str]:
        """What the charts show, in words."""
        frames = self.frames
        return {c.name: c.summary(self.picture, frames[c.name]) for c in self._charts}


class Scales:
    """Ends of the axes: they only grow while pictures come in, so that a change shows.

    The last picture of a row fits them to itself.
    """

    def __init__(self) -> None:
        self.ends: dict[str, dict[str, float]] = {}

    def take(self, wanted: dict[str, dict[str, float]], *, is_last: bool) -> None:
        """Go on to the next picture."""
        if is_last:
            self.ends = wanted
            return
        for chart, ends in wanted.items():
            kept = self.ends.setdefault(chart, ends)
            grown = {
                param: (min if param == "least" else max)(kept.get(param, value), value)
                for param, value in ends.items()
            }
            self.ends = {**self.ends, chart: grown}
