"""The bar over the desk: history, pins, and the full run with its progress."""

from collections.abc import Callable
from functools import partial

import ipywidgets as widgets

from aisim.app.runner import Progress
from aisim.app.store import Store

REPLICATIONS = 5


class Bar(widgets.VBox):
    """Undo, redo, reset, pin; run fully, with replications, progress and cancel."""

    def __init__(
        self, store: Store, on_run: Callable[[], None], on_cancel: Callable[[], None]
    ) -> None:
        self._store = store
        self._undo = _button("Undo", store.undo, "Take back the last change")
        self._redo = _button("Redo", store.redo, "Do again what was taken back")
        self._reset = _button("Reset", store.reset, "Back to the study as it was opened")
        self._pin = _button("Pin candidate", store.pin, "Keep it as it stands, to compare with")
        self._unpins = widgets.HBox()
        whole = "Simulate the whole study, so often as replications say, with 95 % intervals"
        self._run = _button("Run fully", on_run, whole, "primary")
        self._wanted = widgets.BoundedIntText(
            value=REPLICATIONS, min=1, max=1000, description="Replications",
            layout={"width": "150px"},
        )  # fmt: skip
        self._cancel = _button(
            "Cancel", on_cancel, "Stop the full run; what it found is kept, as partial"
        )
        self._cancel.add_class("aisim-cancel")
        self._bar = widgets.FloatProgress(max=1.0, layout={"width": "160px"})
        self._words = widgets.Label()
        history = [self._undo, self._redo, self._reset, self._pin, self._unpins]
        running = [self._run, self._wanted, self._cancel, self._bar, self._words]
        super().__init__([widgets.HBox(history), widgets.HBox(running)])
        self.progress(None)

    @property
    def replications(self) -> int:
        """How often a full run simulates each candidate."""
        return int(self._wanted.value)

    def update(self) -> None:
        """What can be done with the study as it stands."""
        store = self._store
        self._undo.disabled, self._redo.disabled = not store.can_undo, not store.can_redo
        self._pin.description = f"Pin {store.selected}"
        self._pin.disabled = not store.can_pin
        if [button.description for button in self._unpins.children] != _unpins(store):
            for button in self._unpins.children:
                button.close()
            self._unpins.children = tuple(
                _button(words, partial(store.unpin, name), "Take the pinned candidate away")
                for words, name in zip(_unpins(store), store.pins, strict=True)
            )

    def progress(self, progress: Progress | None, words: str = "") -> None:
        """How far the full run is; None when none runs, with words on why it ended."""
        running = progress is not None
        self._cancel.disabled = not running
        self._bar.layout.visibility = "visible" if running else "hidden"
        self._bar.value = progress.done if progress else 0.0
        self._words.value = f"{progress.done:.0%}: {progress.words}" if progress else words


def _unpins(store: Store) -> list[str]:
    return [f"Unpin {name}" for name in store.pins]


def _button(words: str, act: Callable[[], object], tip: str, style: str = "") -> widgets.Button:
    button = widgets.Button(
        description=words, button_style=style, layout={"width": "auto"}, tooltip=tip
    )
    button.on_click(lambda _: act())
    return button
