"""The desk: a study, its controls, and what there is to see of it."""

import weakref
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from aisim.app.bar import Bar
from aisim.app.controls import Controls, problem_line
from aisim.app.files import Files
from aisim.app.link import asked_language, asked_study, linked_study
from aisim.app.panel import Context, Panel
from aisim.app.panels import DESK, groups
from aisim.app.results import Results
from aisim.app.runner import Runner
from aisim.app.soon import soon
from aisim.app.store import Store
from aisim.app.style import style
from aisim.language import LANGUAGES, is_checked, language, tr, use
from aisim.planning import BadInput, Picture
from aisim.scenario import InvalidStudy, Study, load_study


class Desk(widgets.VBox):
    """A study in a notebook: every change of a control shows a preview at once.

    As a dashboard the first one opens the study and the language that its link asks for.

    Args:
        study: a study, the name of a shipped one, or the path of a file.
        panels: what can be changed and seen; all that aisim has when left out.

    Raises:
        InvalidStudy: with every fault of the file.
    """

    _last: "weakref.ref[Desk] | None" = None

    def __init__(self, study: Study | str = "assistant", panels: Sequence[Panel] = DESK) -> None:
        given = study if isinstance(study, Study) else load_study(study)
        use(asked_language() or language())
        opened, problem = _of_link(given) if Desk._last is None else (given, "")
        self.store = Store(opened)
        self._panels = tuple(panels)
        self._shown: Study | None = None
        self._looked_at: tuple[str, str] | None = None
        self.runner = Runner(lambda _: None, lambda *_: None, lambda _: None)
        self._language = widgets.Dropdown(
            options=[(_named(code), code) for code in LANGUAGES], value=language(),
            description="Language", style={"description_width": "initial"},
            layout={"width": "max-content"},
        )  # fmt: skip
        self._language.observe(self._spoken, "value")
        self._notice = widgets.HTML(problem_line(problem))
        self._top = widgets.HBox([self._language, self._notice])
        super().__init__()
        self.add_class("aisim-desk")
        self._put_the_last_away()
        self._build()

    @property
    def study(self) -> Study:
        """The study as it stands on the desk."""
        return self.store.study

    @property
    def picture(self) -> Picture | None:
        """What is shown: its `answer` has all figures; None before the first preview."""
        return self._results.picture

    async def ready(self) -> Picture:
        """What is shown once the preview or the full run under way is through.

        Raises:
            BadInput: no candidate can run.
        """
        await self.runner.idle()
        if self.picture is None:
            raise BadInput("no candidate can run")
        return self.picture

    def _build(self) -> None:
        """All that is on the desk, in the language in use."""
        fields = groups(self._panels)
        self._controls = Controls(self.store, fields)
        self._results = Results(Context(self.store, fields), self._panels)
        self._bar = Bar(self.store, self.run_fully, self.cancel)
        self._files = Files(self.store, self._results, lambda: self._bar.replications)
        self.runner.show, self.runner.fail = self._results.show, self._results.fail
        self.runner.tell = self._bar.progress
        self.store.on_change = self._changed
        side_by_side = widgets.HBox([self._controls, self._results])
        side_by_side.add_class("aisim-sides")
        self.children = [style(), self._top, self._files, self._bar, side_by_side]
        self._changed()

    def _spoken(self, change: Any) -> None:
        """Everything is made anew in another language; what runs goes on, what is seen is kept."""
        use(change["new"])
        old, bar, results, controls = self.children, self._bar, self._results, self._controls
        files = self._files
        self._build()
        self._bar.go_on_from(bar)
        self._files.go_on_from(files)
        self._controls.go_on_from(controls)
        self._results.go_on_from(results)
        for child in old:
            if child is not self._top:
                _close(child)

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
            if self._shown is not None:
                self._notice.value = ""  # the planner goes on from the study that is there
            self._shown = self.study
            self._results.expect(problems)
            self.runner.preview(self.study, self._runnable(problems))
        soon(self._results.fail, self._follow, problems)

    def _follow(self, problems: dict[str, str]) -> None:
        looked_at = (self.store.selected, self.store.baseline)
        if self._looked_at not in (None, looked_at):
            self._results.say_again()
        self._looked_at = looked_at
        self._controls.update(problems)
        self._bar.update()
        self._files.update()

    def _runnable(self, problems: dict[str, str]) -> tuple[str, ...]:
        return tuple(name for name in self.study.candidates if name not in problems)


def _close(widget: widgets.Widget) -> None:
    """Close a widget and all below it."""
    for child in getattr(widget, "children", ()):
        _close(child)
    widget.close()


def _of_link(given: Study) -> tuple[Study, str]:
    """The study that the address asks for, or the given one and what is wrong with the link."""
    text = asked_study()
    if text is None:
        return given, ""
    try:
        return linked_study(text), ""
    except InvalidStudy as invalid:
        return given, "\n".join(map(str, invalid.faults))


def _named(code: str) -> str:
    """A language by its own name, with a word where no native reader has checked it."""
    before = language()
    use(code)
    try:
        unchecked = tr("not checked by a native reader")
        checked = "" if is_checked(code) else f" ({unchecked})"
    finally:
        use(before)
    return f"{LANGUAGES[code]}{checked}"
