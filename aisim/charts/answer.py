"""The charts of an answer: how fast, how busy, where the time goes, what it costs."""

from collections.abc import Callable, Sequence

import pandas as pd

from aisim.charts import cost, frames, latency, levels, waterfall
from aisim.charts.chart import Chart
from aisim.charts.vega import alt
from aisim.language import mark, tr
from aisim.planning import Picture

#: The latencies that can be shown, by measure.
MEASURES = {
    "ttft_s": mark("Time to first token"),
    "tpot_s": mark("Time per output token"),
    "e2e_s": mark("End to end"),
}


def latency_of(measure: str) -> Chart:
    """The distribution of ttft_s, tpot_s or e2e_s."""
    title = MEASURES[measure]
    return Chart(
        "latency",
        lambda picture: frames.latency_frame(picture, measure),
        lambda _, frame, candidates: latency.latency_chart(frame, candidates, tr(title)),
        latency.latency_scales,
        lambda _, frame: latency.latency_summary(frame, tr(title)),
        lambda _: measure,
    )


def _levels(picture: Picture) -> pd.DataFrame:
    return frames.levels_frame(picture, frames.time_unit(picture.study))


def _by_time(
    chart: Callable[[pd.DataFrame, Sequence[str], levels.Unit], alt.LayerChart],
) -> Callable[[Picture, pd.DataFrame, Sequence[str]], alt.LayerChart]:
    return lambda picture, frame, candidates: chart(
        frame, candidates, frames.time_unit(picture.study)
    )


def _currency(picture: Picture) -> str:
    return picture.study.economics.currency


LATENCY = latency_of("ttft_s")
QUEUE = Chart(
    "queue",
    _levels,
    _by_time(levels.queue_chart),
    levels.queue_scales,
    lambda picture, frame: levels.queue_summary(frame, frames.time_unit(picture.study)),
    lambda picture: frames.time_unit(picture.study),
)
UTILISATION = Chart(
    "utilisation",
    _levels,
    _by_time(levels.utilisation_chart),
    levels.time_scales,
    lambda _, frame: levels.utilisation_summary(frame),
    lambda picture: frames.time_unit(picture.study),
)
WATERFALL = Chart(
    "waterfall",
    lambda picture: waterfall.waterfall_steps(frames.spent_frame(picture)),
    lambda _, frame, candidates: waterfall.waterfall_chart(frame, candidates),
    waterfall.waterfall_scales,
    lambda picture, _: waterfall.waterfall_summary(frames.spent_frame(picture)),
)
COST = Chart(
    "cost",
    frames.cost_frame,
    lambda picture, frame, candidates: cost.cost_chart(frame, candidates, _currency(picture)),
    cost.cost_scales,
    lambda picture, frame: cost.cost_summary(frame, _currency(picture)),
    _currency,
)
