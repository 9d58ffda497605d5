"""What every control means: the same list of fields as the controls, as a table."""

import ipywidgets as widgets

from aisim.app.controls import name_of
from aisim.app.fields import Field, Groups, desk_fields
from aisim.app.panel import Context
from aisim.app.tables import table_html
from aisim.app.typed import shown
from aisim.language import language, say, tr
from aisim.planning import Picture
from aisim.scenario import Study


class Guide:
    """The controls of the candidate in hand: what they change, in which unit and range.

    Attributes:
        widget: what is shown of it.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._made: tuple[object, ...] = ()
        self.widget = widgets.HTML()

    def show(self, _picture: Picture) -> None:
        """The fields of the study on the desk, made anew only where they are others."""
        store = self._context.store
        made = (store.study, store.base, store.selected, language())
        if made != self._made:
            self._made = made
            groups = self._context.groups
            self.widget.value = guide_html(store.study, store.selected, groups, store.base)


def guide_html(study: Study, candidate: str, groups: Groups, base: Study | None = None) -> str:
    """A table of all that can be changed.

    Args:
        study: as it stands.
        candidate: the candidate in hand.
        groups: what can be changed.
        base: the study that the sliders are centred on.
    """
    fields = desk_fields(study, candidate, groups, base)
    rows = [(name_of(field), tr(field.help), _range(field), field.path) for field in fields]
    head = ["", tr("What it is"), tr("What can be chosen"), tr("In the study")]
    return table_html(tr("What can be changed"), head, rows, is_text=True)


def _range(field: Field) -> str:
    if field.choices:
        return tr(say("one of {count}", count=len(field.choices)))
    known = [mark for mark in field.marks if mark is not None]
    text = say("{low} to {high} {unit}", low=shown(known[0]), high=shown(known[-1]),
               unit=tr(field.unit))  # fmt: skip
    return tr(text).strip()
