"""What ipywidgets lacks: a labelled range, charts that change in place, a copy button."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from aisim.app.bundle import bundled
from aisim.language import number_format, tr

HERE = Path(__file__).parent


def _script(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


class LabelledRange(anywidget.AnyWidget):
    """A native range with its label, a box for the exact value, help, and a line for a fault.

    Attributes:
        texts: what each position of the slider means, as text.
        position: where the slider stands.
        text: the exact value as text; it may lie between two positions.
        typed: what was typed into the box, and how often anything was.
        problem: what is wrong with the value last given; empty if nothing.
    """

    _esm = _script("range.js")
    label = traitlets.Unicode().tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    help = traitlets.Unicode().tag(sync=True)
    texts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    position = traitlets.Int().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    typed = traitlets.List(default_value=["", 0]).tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)


def _as_text(rows: dict[str, Any], _widget: Any) -> dict[str, str]:
    """Rows as they are sent: what is nested, ipywidgets searches for buffers cell by cell."""
    return {name: json.dumps(found, allow_nan=False) for name, found in rows.items()}


class LiveCharts(anywidget.AnyWidget):
    """Vega-Lite charts side by side, each with its summary in words; rows change in place.

    Attributes:
        specs: Vega-Lite specification by name of the chart, its data named "rows".
        rows: rows by name of the chart; what is not in it stays as it is.
        scales: values of the params by name of the chart.
        summaries: what each chart shows, in words.
        locale: how numbers are written, as d3 takes it.
        words: of the view itself, by what they are for.
    """

    specs = traitlets.Dict().tag(sync=True)
    rows = traitlets.Dict().tag(sync=True, to_json=_as_text)
    scales = traitlets.Dict().tag(sync=True)
    summaries = traitlets.Dict().tag(sync=True)
    locale = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        words = {"save": tr("Save as"), "failed": tr("A chart could not be drawn:")}
        esm = bundled(_script("charts.js"))
        super().__init__(_esm=esm, locale=number_format(), words=words, **traits)


class CopyButton(anywidget.AnyWidget):
    """A button that puts a text on the clipboard of whoever looks at it.

    Args:
        label: words on the button.
        text: gives the text when it is wanted; one that begins with `?` is put behind the address
            of the dashboard, an empty one is not copied.
    """

    _esm = _script("copy.js")
    label = traitlets.Unicode().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, label: str, text: Callable[[], str]) -> None:
        words = {
            "waiting": tr("Waiting for the kernel"),
            "copied": tr("Copied"),
            "refused": tr("The browser does not allow it; copy it from here:"),
        }
        super().__init__(label=label, words=words)
        self.on_msg(lambda _widget, _content, _buffers: self.send({"text": text()}))
