"""A subject of the desk: what can be changed of it, and what there is to see of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import ipywidgets as widgets

from aisim.app.fields import Groups
from aisim.app.store import Store
from aisim.charts import Chart
from aisim.planning import Picture


class View(Protocol):
    """Something under the charts of a panel: a table, an experiment, a text.

    Attributes:
        widget: what is shown of it.
    """

    widget: widgets.Widget

    def show(self, picture: Picture) -> None:
        """Show what there is to see of a picture."""


@dataclass(frozen=True)
class Context:
    """The desk that a view is on.

    Attributes:
        store: its study.
        groups: what can be changed there.
    """

    store: Store
    groups: Groups


@dataclass(frozen=True)
class Panel:
    """One subject. A new one, given to a desk, needs no change to the app.

    Attributes:
        title: on its tabs, in English.
        fields: patterns of the paths that it lets the planner change, in their order.
        charts: that it draws of every picture.
        views: what else it shows; each is made for a desk.
    """

    title: str
    fields: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    views: tuple[Callable[[Context], View], ...] = ()

    @property
    def is_seen(self) -> bool:
        """Whether there is anything to see of it."""
        return bool(self.charts or self.views)
