"""The look of the desk, in the colours of the page's theme; and its keys, kept from JupyterLab."""

from pathlib import Path

import anywidget
import ipywidgets as widgets

HERE = Path(__file__).parent


class Keys(anywidget.AnyWidget):
    """Shows nothing; what is pressed on the desk that it is on is not a command of JupyterLab's."""

    _esm = (HERE / "keys.js").read_text(encoding="utf-8")


def style() -> widgets.Box:
    """The style sheet and the keys of a desk, as a widget that shows nothing."""
    text = (HERE / "desk.css").read_text(encoding="utf-8")
    sheet = widgets.HTML(f"<style>{text}</style>", layout={"display": "contents"})
    return widgets.Box([sheet, Keys()], layout={"display": "contents"})
