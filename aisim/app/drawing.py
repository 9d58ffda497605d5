"""The charts of a picture: their frames, what draws them, and what they say."""

from dataclasses import dataclass
from typing import Any

from aisim import charts
from aisim.charts import frames
from aisim.planning import Picture

#: The latencies that can be shown: title and measure.
MEASURES = {
    "Time to first token": "ttft_s",
    "Time per output token": "tpot_s",
    "End to end": "e2e_s",
}


@dataclass
class Drawing:
    """The charts of a picture: frames, the scales that fit them, and what they need to be drawn."""

    picture: Picture
    title: str

    def __post_init__(self) -> None:
        self.unit = frames.time_unit(self.picture.study)
        levels = frames.levels_frame(self.picture, self.unit)
        self.spent = frames.spent_frame(self.picture)
        self.frames = {
            "latency": frames.latency_frame(self.picture, MEASURES[self.title]),
            "queue": levels,
            "utilisation": levels,
            "waterfall": charts.waterfall_steps(self.spent),
            "cost": frames.cost_frame(self.picture),
        }

    def scales(self) -> dict[str, dict[str, float]]:
        """Ends of the axes that fit the frames, by chart."""
        return {
            "latency": charts.latency_scales(self.frames["latency"]),
            "queue": charts.queue_scales(self.frames["queue"]),
            "utilisation": charts.time_scales(self.frames["utilisation"]),
            "waterfall": charts.waterfall_scales(self.frames["waterfall"]),
            "cost": charts.cost_scales(self.frames["cost"]),
        }

    def specs(self, candidates: list[str]) -> dict[str, Any]:
        """The charts themselves."""
        frame = self.frames
        drawn = {
            "latency": charts.latency_chart(frame["latency"], candidates, self.title),
            "queue": charts.queue_chart(frame["queue"], candidates, self.unit),
            "utilisation": charts.utilisation_chart(frame["utilisation"], candidates, self.unit),
            "waterfall": charts.waterfall_chart(frame["waterfall"], candidates),
            "cost": charts.cost_chart(frame["cost"], candidates),
        }
        return {
            name: {**chart.to_dict(validate=False), "datasets": {}} for name, chart in drawn.items()
        }

    def summaries(self) -> dict[str, str]:
        """What the charts show, in words."""
        frame = self.frames
        return {
            "latency": charts.latency_summary(frame["latency"], self.title),
            "queue": charts.queue_summary(frame["queue"], self.unit),
            "utilisation": charts.utilisation_summary(frame["utilisation"]),
            "waterfall": charts.waterfall_summary(self.spent),
            "cost": charts.cost_summary(frame["cost"]),
        }


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
