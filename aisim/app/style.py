"""The look of the desk: one style sheet, in the colours of the page's theme."""

from pathlib import Path

import ipywidgets as widgets


def style() -> widgets.HTML:
    """The style sheet as a widget that shows nothing."""
    text = Path(__file__).with_name("desk.css").read_text(encoding="utf-8")
    return widgets.HTML(f"<style>{text}</style>", layout={"display": "contents"})
