"""Something that takes longer than a preview: begun by a button, with progress, cancellable."""

import asyncio
import time
from collections.abc import Callable, Iterator

import ipywidgets as widgets

from aisim.app.controls import problem_line
from aisim.language import number, tr
from aisim.planning import BadInput
from aisim.scenario import InvalidStudy
from aisim.workload import BadTrace, TooManyRequests

#: The kernel answers at least this often.
BREATH_S = 0.02
#: And so long it has for a click: one turn of its loop is not enough.
PAUSE_S = 0.002


class Experiment(widgets.VBox):
    """A button, a bar, a cancel.

    Args:
        words: on the button.
        begin: starts the work; yields the share that is done.
        show: called whenever there may be more to see, and at the end.
    """

    def __init__(
        self, words: str, begin: Callable[[], Iterator[float]], show: Callable[[], None]
    ) -> None:
        self._begin, self._show = begin, show
        self._stop = False
        self.task: asyncio.Task[None] | None = None
        self.button = widgets.Button(
            description=words, button_style="primary", layout={"width": "auto"}
        )
        self.cancel = widgets.Button(
            description=tr("Stop"), disabled=True, tooltip=tr("What it found is kept")
        )
        self.cancel.add_class("aisim-cancel")
        self._bar = widgets.FloatProgress(max=1.0, layout={"width": "160px"})
        self._bar.layout.visibility = "hidden"
        self._words = widgets.Label()
        self._problem = widgets.HTML()
        self.button.on_click(lambda _: self.start())
        self.cancel.on_click(lambda _: self.stop())
        row = widgets.HBox([self.button, self.cancel, self._bar, self._words])
        super().__init__([row, self._problem])

    def start(self) -> None:
        """Begin, in the kernel's loop if it has one, else to the end."""
        if self.task is not None:
            return
        self._stop, self._problem.value = False, ""
        self.button.disabled, self.cancel.disabled = True, False
        self._bar.layout.visibility = "visible"
        try:
            self.task = asyncio.get_running_loop().create_task(self._work())
        except RuntimeError:
            asyncio.run(self._work())

    def stop(self) -> None:
        """End it; what was found is kept."""
        self._stop = True

    async def _work(self) -> None:
        try:
            await self._through(self._begin())
        except (BadInput, InvalidStudy, BadTrace, TooManyRequests) as problem:
            self._problem.value = problem_line(str(problem))
        except Exception as error:  # a fault of aisim must not vanish in a task
            self._problem.value = problem_line(f"aisim failed: {type(error).__name__}: {error}")
        finally:
            self.task = None
            self.button.disabled, self.cancel.disabled = False, True
            self._bar.layout.visibility = "hidden"
            self._words.value = tr("Stopped.") if self._stop else ""
            self._show()

    async def _through(self, steps: Iterator[float]) -> None:
        last = time.monotonic()
        for done in steps:
            if time.monotonic() - last < BREATH_S:
                continue
            self._bar.value, self._words.value = done, number(done, ".0%")
            self._show()
            await asyncio.sleep(PAUSE_S)
            last = time.monotonic()
            if self._stop:
                return
