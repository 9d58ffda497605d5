"""Charts that are drawn once for a question, not for every picture."""

from collections.abc import Mapping

import pandas as pd

from aisim.app.widgets import LiveCharts
from aisim.charts import rows
from aisim.charts.vega import alt

#: A chart, its rows, and what it says.
Drawn = tuple[alt.LayerChart, pd.DataFrame, str]


def put(widget: LiveCharts, drawn: Mapping[str, Drawn]) -> None:
    """Show these charts in a widget, by name, instead of what it showed."""
    specs = {n: {**c.to_dict(validate=False), "datasets": {}} for n, (c, _, _) in drawn.items()}
    with widget.hold_sync():
        widget.scales = {}
        widget.rows = {name: rows(frame) for name, (_, frame, _) in drawn.items()}
        widget.specs = specs
        widget.summaries = {name: summary for name, (_, _, summary) in drawn.items()}
