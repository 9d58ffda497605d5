"""Usage as a table of intervals: who was in which state from when to when."""

from array import array
from dataclasses import dataclass

import numpy as np

from aisim.results.tables import Columns
from aisim.workload.table import labelled


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that is paid for or draws power."""

    kind: str
    name: str
    group: str
    site: str
    gpus: int


class Usage:
    """Open intervals per resource; a change of state closes one and opens the next."""

    def __init__(self) -> None:
        self._resources: list[Resource] = []
        self._states: list[str] = []
        self._whys: list[str] = []
        self._open: list[tuple[float, int, int] | None] = []
        self._resource = array("i")
        self._from_s = array("d")
        self._to_s = array("d")
        self._state = array("b")
        self._why = array("b")

    def add(self, resource: Resource) -> int:
        """A number for a resource that has no state yet."""
        self._resources.append(resource)
        self._open.append(None)
        return len(self._resources) - 1

    def change(self, number: int, now_s: float, state: str | None, why: str = "") -> None:
        """The resource is in `state` from now on; None: it is gone."""
        current = self._open[number]
        if current is not None and now_s > current[0]:
            self._resource.append(number)
            self._from_s.append(current[0])
            self._to_s.append(now_s)
            self._state.append(current[1])
            self._why.append(current[2])
        self._open[number] = (
            None if state is None else (now_s, _code(self._states, state), _code(self._whys, why))
        )

    def to_columns(self, now_s: float) -> Columns:
        """The intervals so far; those still open are cut at `now_s`, and stay open."""
        cut = [(n, c) for n, c in enumerate(self._open) if c is not None and c[0] < now_s]
        which = np.append(np.frombuffer(self._resource, np.int32), [n for n, _ in cut]).astype(int)
        columns: dict[str, object] = {}
        for key, field in (("kind",) * 2, ("resource", "name"), ("group",) * 2, ("site",) * 2):
            values = [getattr(resource, field) for resource in self._resources]
            labels = list(dict.fromkeys(values))
            codes = np.array([labels.index(value) for value in values], dtype=np.int64)
            columns[key] = labelled(codes[which], labels)
        columns["gpus"] = np.array([r.gpus for r in self._resources], dtype=np.int64)[which]
        columns["from_s"] = np.append(np.frombuffer(self._from_s), [c[0] for _, c in cut])
        columns["to_s"] = np.append(np.frombuffer(self._to_s), [now_s] * len(cut))
        states = np.append(np.frombuffer(self._state, np.int8), [c[1] for _, c in cut])
        columns["state"] = labelled(states.astype(int), self._states)
        whys = np.append(np.frombuffer(self._why, np.int8), [c[2] for _, c in cut])
        columns["why"] = labelled(whys.astype(int), self._whys)
        return Columns(columns)


def _code(labels: list[str], label: str) -> int:
    if label not in labels:
        labels.append(label)
    return labels.index(label)
