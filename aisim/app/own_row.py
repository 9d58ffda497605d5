"""A planner's own accelerator: a data sheet as YAML, read as a study would read it."""

from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import ipywidgets as widgets

from aisim import catalog
from aisim.app.controls import problem_line
from aisim.catalog import Accelerator
from aisim.language import say, tr
from aisim.scenario import InvalidStudy
from aisim.scenario.accelerator_file import read_accelerator
from aisim.scenario.own_accelerator import OwnAccelerator
from aisim.scenario.text import dump_yaml

#: The row of the catalog that the example is taken from.
EXAMPLE = "L40S-48"
#: What stands before the lines that say what is wrong.
FILE = "data sheet"


class OwnRow(widgets.VBox):
    """A text to fill in and a button that reads it; nothing is written to the catalog.

    Args:
        use: takes the accelerator when the text is sound.

    Attributes:
        text: the data sheet.
        add: reads it.
    """

    def __init__(self, use: Callable[[Accelerator], None]) -> None:
        self._use = use
        self.text = widgets.Textarea(
            value=example_yaml(),
            description=tr("Data sheet (YAML)"),
            rows=14,
            style={"description_width": "initial"},
            layout={"width": "min(640px, 100%)"},
        )
        self.add = widgets.Button(
            description=tr("Use this accelerator"),
            layout={"width": "auto", "align_self": "flex-start"},
        )
        self._said = widgets.HTML()
        self.add.on_click(lambda _: self._read())
        super().__init__([self.text, self.add, self._said])

    def _read(self) -> None:
        try:
            own = accelerator_of(self.text.value)
        except InvalidStudy as invalid:
            self._said.value = problem_line("\n".join(map(str, invalid.faults)))
            return
        said = tr(say("{name} is in the list of accelerators.", name=own.name))
        self._said.value = f"<p class='aisim-description' role='status'>{escape(said)}</p>"
        self._use(own)


def accelerator_of(text: str) -> Accelerator:
    """The accelerator that a YAML text describes.

    Raises:
        InvalidStudy: with one line for each field that is wrong.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "own.yaml"
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            return read_accelerator(path)
        except InvalidStudy as invalid:
            # The planner knows of no file.
            raise InvalidStudy([replace(fault, file=FILE) for fault in invalid.faults]) from None


def example_yaml() -> str:
    """A row of the catalog as a data sheet, under a name of its own."""
    row = catalog.accelerator(EXAMPLE).model_dump(exclude_none=True)
    own = {name: row[name] for name in OwnAccelerator.model_fields if name in row}
    own |= {"name": "My-Card", "source": "data sheet of the vendor", "quality": "datasheet"}
    return dump_yaml({name: value for name, value in own.items() if name not in ("note", "as_of")})
