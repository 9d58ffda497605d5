"""A desk without a kernel, and what a planner would do and see there."""

import json
from fnmatch import fnmatchcase
from html import unescape
from typing import Any

import ipywidgets as widgets

from aisim.app.widgets import LabelledRange, LiveCharts


def control(desk: Any, path: str) -> Any:
    controls = desk._controls
    if path not in controls._controls:
        groups = list(controls._groups.values())
        page = next(
            i for i, each in enumerate(groups) if any(fnmatchcase(path, shape) for shape in each)
        )
        controls._tabs.selected_index = page
    return controls._controls[path]


def all_controls(desk: Any) -> dict[str, Any]:
    """The controls of every page, by path; the first page is looked at then."""
    found: dict[str, Any] = {}
    for page in reversed(range(len(desk._controls._groups))):
        desk._controls._tabs.selected_index = page
        found |= desk._controls._controls
    return found


def slide(desk: Any, path: str, position: int) -> None:
    control(desk, path).view.position = position


def type_in(desk: Any, path: str, text: str) -> None:
    view = control(desk, path).view
    view.typed = [text, view.typed[1] + 1]


def choose(desk: Any, path: str, index: int) -> None:
    control(desk, path)._list.index = index


def problem(desk: Any, path: str) -> str:
    found = control(desk, path)
    return found.view.problem if hasattr(found.view, "problem") else found._problem.value


def upload(desk: Any, content: bytes, name: str = "mine.yaml") -> None:
    """What the browser sends for a file that was chosen."""
    file = {
        "name": name, "type": "", "size": len(content), "content": memoryview(content),
        "last_modified": 1_767_225_600_000,
    }  # fmt: skip
    desk._files._open.set_state({"value": [file]})


def save_as(desk: Any, path: Any) -> None:
    desk._files._name.value = str(path)
    desk._files._save.click()


def said(desk: Any) -> str:
    return str(desk._files._said.value)


def rows(desk: Any, chart: str) -> list[dict[str, Any]]:
    return list(desk._results.page.charts.rows[chart])


def figures(desk: Any) -> str:
    """The table of figures and the notes beside it, as text."""
    table, notes = desk._results.page.views
    return json.dumps(table.widget.table, ensure_ascii=False) + unescape(notes.widget.value)


def everything(widget: Any) -> list[Any]:
    """A widget and all below it."""
    below = [child for part in getattr(widget, "children", ()) for child in everything(part)]
    return [widget, *below]


def markup(desk: Any) -> str:
    """All that the browser takes for HTML."""
    html = (widgets.HTML, widgets.HTMLMath)
    return "\n".join(part.value for part in everything(desk) if isinstance(part, html))


def words(desk: Any) -> str:
    """All that is shown as plain text."""
    found = []
    for part in everything(desk):
        if isinstance(part, LabelledRange):
            found += [part.label, part.unit, part.help, part.text, part.problem]
        elif isinstance(part, LiveCharts):
            found += part.summaries.values()
        elif isinstance(part, widgets.Label):
            found.append(part.value)
        elif isinstance(part, widgets.Button):
            found.append(part.description)
    return "\n".join(found)
