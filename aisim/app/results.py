"""What there is to see: status, charts and table, all of one picture."""

from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets as widgets

from aisim import charts
from aisim.app.controls import problem_line
from aisim.app.soon import soon
from aisim.app.store import Store
from aisim.app.widgets import LiveCharts
from aisim.charts import frames
from aisim.planning import Picture
from aisim.report import answer_html, answer_notes, verdict

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
    unit: charts.Unit

    def __post_init__(self) -> None:
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
        return {name: {**chart.to_dict(), "datasets": {}} for name, chart in drawn.items()}

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


class Results(widgets.VBox):
    """Status, charts and table; every picture replaces the one before."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.picture: Picture | None = None
        self._drawn: tuple[Any, ...] = ()
        self._scales: dict[str, dict[str, float]] = {}
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
        self.add_class("aisim-waiting")
        if len(problems) == len(self._store.study.candidates):
            self.fail("No candidate can run.")

    def fail(self, problem: str) -> None:
        """A line on why there is no new picture."""
        self.remove_class("aisim-waiting")
        old = "What is shown is old. " if self.picture is not None else ""
        self._problem.value = problem_line(old + problem)

    def show(self, picture: Picture) -> None:
        """Show a picture."""
        if not picture.outcomes:
            return
        if self.picture is None or self.picture.preview != picture.preview:
            self._scales = {}
        self.picture = picture
        drawing = Drawing(picture, self._measure.value, frames.time_unit(self._store.study))
        candidates = list(self._store.study.candidates)
        self._grow(drawing.scales())
        key = (candidates, drawing.unit, drawing.title)
        with self._charts.hold_sync():
            if key != self._drawn:
                self._drawn = key
                self._charts.specs = drawing.specs(candidates)
            self._charts.scales = {name: dict(ends) for name, ends in self._scales.items()}
            self._charts.rows = {name: charts.rows(f) for name, f in drawing.frames.items()}
        self._status.value = status_html(picture)
        soon(self._say, drawing)

    def _say(self, drawing: Drawing) -> None:
        """Words and figures follow the picture, which does not wait for them."""
        picture = drawing.picture
        if picture is self.picture:
            self._table.value = self._figures(picture)
            self._charts.summaries = drawing.summaries()
            if picture.stopped or picture.replications == picture.wanted:
                self.remove_class("aisim-waiting")

    def _figures(self, picture: Picture) -> str:
        answer = picture.answer
        notes = "".join(f"<li>{escape(note)}</li>" for note in answer_notes(answer))
        states = {name: picture.state(name) for name in picture.outcomes}
        return f"{answer_html(answer, states)}<ul class='aisim-notes'>{notes}</ul>"

    def _grow(self, wanted: dict[str, dict[str, float]]) -> None:
        for chart, ends in wanted.items():
            kept = self._scales.setdefault(chart, dict(ends))
            for param, value in ends.items():
                grown = min if param == "least" else max
                kept[param] = grown(kept.get(param, value), value)

    def _measured_anew(self, _change: Any) -> None:
        self._scales.pop("latency", None)
        if self.picture is not None:
            self.show(self.picture)


def status_html(picture: Picture) -> str:
    """What the figures are worth, and what they say."""
    hours = picture.study.run.window_s / 3600
    draws = f"{picture.replications} of {picture.wanted}"
    says = verdict(picture.answer)
    if picture.preview:
        chip, what = "preview", f"draw {draws} of {hours * 60:.3g} minutes, about "
        what += picture.study.run.start
        says = "Run fully before you decide: so short a time holds no busy and no quiet hours."
    elif picture.partial:
        chip, what = "partial", f"{draws} replications of {hours:.3g} h so far"
    else:
        chip, what = "sound", f"full run: {draws} replications of {hours:.3g} h"
    return (
        f"<div role='status'><span class='aisim-chip aisim-{chip}'>{chip}</span> "
        f"{escape(what)}<br><strong>{escape(says)}</strong></div>"
    )
