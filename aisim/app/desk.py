"""The desk: a study, its controls, and what there is to see of it."""

import weakref

import ipywidgets as widgets

from aisim.app.bar import Bar
from aisim.app.controls import Controls
from aisim.app.files import Files
from aisim.app.results import Results
from aisim.app.runner import Runner
from aisim.app.soon import soon
from aisim.app.store import Store
from aisim.app.style import style
from aisim.planning import Picture
from aisim.scenario import Study, load_study


class Desk(widgets.VBox):
    """A study in a notebook: every change of a control shows a preview at once.

    Args:
        study: a study, the name of a shipped one, or the path of a file.

    Raises:
        InvalidStudy: with every fault of the file.
    """

    _last: "weakref.ref[Desk] | None" = None

    def __init__(self, study: Study | str = "assistant") -> None:
        self.store = Store(study if isinstance(study, Study) else load_study(study))
        self._controls = Controls(self.store)
        self._results = Results(self.store)
        self._bar = Bar(self.store, self.run_fully, self.cancel)
        self._files = Files(self.store, lambda: self._bar.replications)
        self.runner = Runner(self._results.show, self._bar.progress, self._results.fail)
        self._shown: Study | None = None
        self.store.on_change = self._changed
        side_by_side = widgets.HBox([self._controls, self._results])
        side_by_side.add_class("aisim-sides")
        super().__init__([style(), self._files, self._bar, side_by_side])
        self.add_class("aisim-desk")
        self._put_the_last_away()
        self._changed()

    @property
    def study(self) -> Study:
        """The study as it stands on the desk."""
        return self.store.study

    @property
    def picture(self) -> Picture | None:
        """What is shown: its `answer` has all figures; None before the first preview."""
        return self._results.picture

    def _put_the_last_away(self) -> None:
        """A cell run again makes a new desk: the full run of the old one goes no further."""
        last = Desk._last() if Desk._last is not None else None
        if last is not None:
            last.runner.cancel()
        Desk._last = weakref.ref(self)

    def run_fully(self) -> None:
        """Simulate the whole study, with replications."""
        names = self._runnable(self.store.problems())
        self.runner.run(self.study, names, self._bar.replications)

    def cancel(self) -> None:
        """Stop the full run; what it has found so far is kept, marked partial."""
        self.runner.cancel()

    def _changed(self) -> None:
        problems = self.store.problems()
        if self.study is not self._shown:
            self._shown = self.study
            self._results.expect(problems)
            self.runner.preview(self.study, self._runnable(problems))
        soon(self._results.fail, self._follow, problems)

    def _follow(self, problems: dict[str, str]) -> None:
        self._controls.update(problems)
        self._bar.update()
        self._files.update()

    def _runnable(self, problems: dict[str, str]) -> tuple[str, ...]:
        return tuple(name for name in self.study.candidates if name not in problems)
