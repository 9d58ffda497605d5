"""What has to be known beside the figures: what limits each candidate, cautions, notes."""

from html import escape

import ipywidgets as widgets

from aisim.app.panel import Context
from aisim.planning import Picture
from aisim.report import answer_notes


class Notes:
    """The notes of an answer, a line each.

    Attributes:
        widget: what is shown of it.
    """

    def __init__(self, _context: Context) -> None:
        self.widget = widgets.HTML()

    def show(self, picture: Picture) -> None:
        """The notes of a picture."""
        lines = "".join(f"<li>{escape(line)}</li>" for line in answer_notes(picture.answer))
        self.widget.value = f"<ul class='aisim-notes'>{lines}</ul>"
