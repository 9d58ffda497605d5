"""The controls of the desk: one for each field, under the groups of the list of fields."""

from html import escape
from typing import Any

import ipywidgets as widgets

from aisim.app.fields import Field, Groups, desk_fields
from aisim.app.labels import OWNERS
from aisim.app.marks import nearest_mark
from aisim.app.store import Store
from aisim.app.typed import parsed, shown
from aisim.app.widgets import LabelledRange
from aisim.language import say, tr


class NumberControl:
    """A range for a number."""

    def __init__(self, field: Field, store: Store) -> None:
        self.field = field
        self.view = LabelledRange(
            label=name_of(field),
            unit=tr(field.unit),
            help=tr(field.help),
            texts=[shown(mark) for mark in field.marks],
        )
        self._store = store
        self._quiet = False
        self.update(field)
        self.view.observe(self._slid, "position")
        self.view.observe(self._typed, "typed")

    def update(self, field: Field, refused: str = "", problem: str = "") -> None:
        """Show the value of the study; what was refused stays in the box, with the reason."""
        self.field, self._quiet = field, True
        self.view.problem = refused or problem
        if not refused:
            self.view.position = nearest_mark(field.value, field.marks)
            self.view.text = shown(field.value)
        self._quiet = False

    def _slid(self, change: Any) -> None:
        if not self._quiet:
            self._store.edit(self.field.path, self.field.marks[change["new"]])

    def _typed(self, change: Any) -> None:
        try:
            value = parsed(change["new"][0], self.field)
        except ValueError as problem:
            self._store.refuse(self.field.path, str(problem))
        else:
            self._store.edit(self.field.path, value)


class ChoiceControl:
    """A list to choose from."""

    def __init__(self, field: Field, store: Store) -> None:
        self.field = field
        self._store = store
        self._quiet = False
        self._list = widgets.Dropdown(
            options=[text for text, _ in field.choices],
            description=name_of(field),
            tooltip=tr(field.help),
            style={"description_width": "initial"},
            layout={"width": "100%"},
        )
        self._problem = widgets.HTML()
        self.view = widgets.VBox([self._list, self._problem])
        self.view.add_class("aisim-choice")
        self.update(field)
        self._list.observe(self._chosen, "index")

    def update(self, field: Field, refused: str = "", problem: str = "") -> None:
        """Show the value of the study, or what is wrong with the one that was chosen."""
        self.field, self._quiet = field, True
        self._problem.value = problem_line(refused or problem)
        if not refused:
            values = [value for _, value in field.choices]
            self._list.options = [text for text, _ in field.choices]
            self._list.index = values.index(field.value) if field.value in values else None
        self._quiet = False

    def _chosen(self, change: Any) -> None:
        if not self._quiet and change["new"] is not None:
            self._store.edit(self.field.path, self.field.choices[change["new"]][1])


def name_of(field: Field) -> str:
    """The owner and the label of a field, as its control is called."""
    owner = tr(field.owner) if field.owner in OWNERS.values() else field.owner
    return f"{owner}: {tr(field.label)}"


Control = NumberControl | ChoiceControl


class Controls(widgets.VBox):
    """Which candidate is in hand, and the controls of the workload and of that candidate."""

    def __init__(self, store: Store, groups: Groups) -> None:
        self._store, self._groups = store, groups
        self._controls: dict[str, Control] = {}
        self._built: dict[Any, Control] = {}
        self._base = store.base
        self._candidate = widgets.ToggleButtons(description=tr("Candidate"), options=[])
        self._description = widgets.HTML()
        self._problem = widgets.HTML()
        self._pages = {group: widgets.VBox() for group in groups}
        self._tabs = widgets.Tab(list(self._pages.values()), titles=[tr(group) for group in groups])
        self._tabs.observe(lambda _: self.update(self._problems), "selected_index")
        self._problems: dict[str, str] = {}
        self._quiet = False
        self._candidate.observe(self._selected, "value")
        super().__init__([self._candidate, self._description, self._problem, self._tabs])
        self.add_class("aisim-controls")

    def update(self, problems: dict[str, str]) -> None:
        """Show the study as it stands, and what keeps candidates from running."""
        self._problems = problems
        store, self._quiet = self._store, True
        own = [name for name in store.study.candidates if name not in store.pins]
        if list(self._candidate.options) != own:
            self._candidate.options = own
        self._candidate.value = store.selected if store.selected in own else own[0]
        self._quiet = False
        words = store.study.candidates[store.selected].description
        self._description.value = f"<div class='aisim-description'>{escape(words)}</div>"
        lines = [
            tr(say("{name} cannot run: {problem}", name=name, problem=problem))
            for name, problem in problems.items()
        ]
        self._problem.value = "".join(problem_line(line) for line in lines)
        group = self.group
        fields = desk_fields(store.study, store.selected, {group: self._groups[group]}, store.base)
        if not self._pages[group].children or [_kind(field) for field in fields] != [
            _kind(c.field) for c in self._controls.values()
        ]:
            self._build(fields)
        for field in fields:
            refused = store.refused.get(field.path, "")
            is_last = field.path == store.last_path
            problem = problems.get(store.selected, "") if is_last else ""
            self._controls[field.path].update(field, refused, problem)

    def go_on_from(self, other: "Controls") -> None:
        """The same page as another."""
        self._tabs.selected_index = other._tabs.selected_index

    @property
    def group(self) -> str:
        """The group that is looked at: only its controls are there, a page bears so many."""
        return list(self._groups)[self._tabs.selected_index or 0]

    def _build(self, fields: list[Field]) -> None:
        if self._base is not self._store.base:
            self._base = self._store.base
            for control in self._built.values():
                control.view.close()
            self._built.clear()
        self._controls = {field.path: self._control(field) for field in fields}
        views = [control.view for control in self._controls.values()]
        nothing = widgets.Label(tr("Nothing to change here"))
        self._pages[self.group].children = tuple(views or [nothing])

    def _control(self, field: Field) -> Control:
        """The control of a field; one that was built before is taken again."""
        key = _kind(field)
        if key not in self._built:
            make = ChoiceControl if field.choices else NumberControl
            self._built[key] = make(field, self._store)
        return self._built[key]

    def _selected(self, change: Any) -> None:
        if not self._quiet and change["new"]:
            self._store.select(change["new"])


def _kind(field: Field) -> tuple[Any, ...]:
    """What a control has to be built anew for."""
    return field.path, field.marks, bool(field.choices)


def problem_line(problem: str) -> str:
    """A line on what is wrong, for people and for screen readers; empty without a problem."""
    return f"<div class='aisim-problem' role='alert'>{escape(problem)}</div>" if problem else ""
