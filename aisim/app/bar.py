"""The bar over the desk: history, candidates that come and go, the full run with its progress."""

from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as widgets

from aisim.app.controls import problem_line
from aisim.app.runner import Progress
from aisim.app.store import Store
from aisim.language import number, say, tr

REPLICATIONS = 5
#: Full runs on the desk; more is for a script.
MOST_REPLICATIONS = 1_000


class Bar(widgets.VBox):
    """Undo, redo, reset; pin, duplicate, rename, remove; run fully, with progress and cancel."""

    def __init__(
        self, store: Store, on_run: Callable[[], None], on_cancel: Callable[[], None]
    ) -> None:
        self._store = store
        self._undo = _button(tr("Undo"), store.undo, tr("Take back the last change"))
        self._redo = _button(tr("Redo"), store.redo, tr("Do again what was taken back"))
        self._reset = _button(tr("Reset"), store.reset, tr("Back to the study as it was opened"))
        self._pin = _button("", store.pin, tr("Keep it as it stands, to compare with"))
        was = tr("Keep it as it was opened, to hold the changes against")
        self._pin_opened = _button("", store.pin_as_opened, was)
        self._copy = _button("", store.duplicate, tr("A copy, to be changed on its own"))
        self._remove = _button("", store.remove, tr("Take the candidate away"))
        self._name = widgets.Text(
            description=tr("Rename to"), continuous_update=False, layout={"width": "230px"},
            style={"description_width": "initial"},
        )  # fmt: skip
        self._name.observe(self._renamed, "value")
        self._problem = widgets.HTML()
        self._unpins = widgets.HBox()
        whole = tr("Simulate the whole study, so often as replications say, with 95 % intervals")
        self._run = _button(tr("Run fully"), on_run, whole, "primary")
        self._wanted = widgets.BoundedIntText(
            value=REPLICATIONS, min=1, max=MOST_REPLICATIONS, description=tr("Replications"),
            layout={"width": "170px"}, style={"description_width": "initial"},
        )  # fmt: skip
        stop = tr("Stop the full run; what it found is kept, as partial")
        self._cancel = _button(tr("Cancel"), on_cancel, stop)
        self._cancel.add_class("aisim-cancel")
        self._bar = widgets.FloatProgress(max=1.0, layout={"width": "160px"})
        self._words = widgets.Label()
        history = [self._undo, self._redo, self._reset]
        candidates = [self._pin, self._pin_opened, self._copy, self._name, self._remove]
        running = [self._run, self._wanted, self._cancel, self._bar, self._words]
        rows = [running, [*history, *candidates, self._unpins, self._problem]]
        super().__init__([widgets.HBox(row) for row in rows])
        self.add_class("aisim-bar")
        self.progress(None)

    @property
    def replications(self) -> int:
        """How often a full run simulates each candidate."""
        return int(self._wanted.value)

    def go_on_from(self, other: "Bar") -> None:
        """As many replications as another had."""
        self._wanted.value = other._wanted.value

    def update(self) -> None:
        """What can be done with the study as it stands."""
        store, name = self._store, self._store.selected
        self._undo.disabled, self._redo.disabled = not store.can_undo, not store.can_redo
        self._pin.description = tr(say("Pin {name}", name=name))
        self._pin.disabled = not store.can_pin
        self._pin_opened.description = tr(say("Pin {name} as opened", name=name))
        self._pin_opened.disabled = not store.can_pin_as_opened
        self._copy.description = tr(say("Duplicate {name}", name=name))
        self._copy.disabled = not store.can_add
        self._remove.description = tr(say("Remove {name}", name=name))
        self._remove.disabled = not store.can_remove
        self._name.value = name
        self._problem.value = ""
        if [button.description for button in self._unpins.children] != _unpins(store):
            for button in self._unpins.children:
                button.close()
            self._unpins.children = tuple(
                _button(words, partial(store.unpin, pin), tr("Take the pinned candidate away"))
                for words, pin in zip(_unpins(store), store.pins, strict=True)
            )

    def progress(self, progress: Progress | None, words: str = "") -> None:
        """How far the full run is; None when none runs, with words on why it ended."""
        running = progress is not None
        self._cancel.disabled = not running
        self._bar.layout.visibility = "visible" if running else "hidden"
        self._bar.value = progress.done if progress else 0.0
        done = f"{number(progress.done, '.0%')}: {progress.words}" if progress else words
        self._words.value = done

    def _renamed(self, change: Any) -> None:
        """The box shows the name in hand: only another one is a wish."""
        if change["new"] == self._store.selected:
            return
        try:
            self._store.rename(change["new"].strip())
        except ValueError as problem:
            self._problem.value = problem_line(str(problem))


def _unpins(store: Store) -> list[str]:
    return [tr(say("Unpin {name}", name=name)) for name in store.pins]


def _button(words: str, act: Callable[[], object], tip: str, style: str = "") -> widgets.Button:
    button = widgets.Button(
        description=words, button_style=style, layout={"width": "auto"}, tooltip=tip
    )
    button.on_click(lambda _: act())
    return button
