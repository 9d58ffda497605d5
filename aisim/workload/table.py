"""The table of requests that a workload comes to."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from aisim.language import joined
from aisim.scenario.study import RunSettings
from aisim.scenario.workload import Traffic

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


def labelled(codes: Any, labels: list[str]) -> "pd.Categorical[str]":
    """Integer codes as a categorical column of a frame."""
    return pd.Categorical.from_codes(codes, _index(tuple(labels)))


@lru_cache
def _index(labels: tuple[str, ...]) -> "pd.Index[str]":
    """The same labels are the same index: making one costs more than a column of a short run."""
    return pd.Index(labels)


def among(column: Any, *labels: str) -> Bools:
    """Which rows of a column, or of its array, have one of the labels."""
    values = getattr(column, "array", column)
    if not isinstance(values, pd.Categorical):
        return np.asarray(pd.Series(values).isin(labels))
    found: Bools = np.zeros(len(values), dtype=np.bool_)
    for label in labels:
        if label in values.categories:
            found |= values.codes == values.categories.get_loc(label)
    return found


@dataclass(frozen=True)
class Requests:
    """One row a request, in order of arrival; all columns have the same length.

    Attributes:
        arrival_s: seconds from the beginning; a hint only where a parent is named.
        input_tokens: tokens of the prompt, at least 1.
        output_tokens: tokens of the answer, at least 1.
        traffic: index into `traffics`.
        parent_id: row whose end this request waits for, or -1.
        gap_s: seconds from the parent's end to this request (thinking, tools); 0 without parent.
        traffics: the declared traffic by name.
        settings: warm-up, horizon and what they stand for.
        replication: number of the random draw.
        notes: what a reader must know, such as rows of a trace that were dropped.
    """

    arrival_s: Floats
    input_tokens: Ints
    output_tokens: Ints
    traffic: Ints
    parent_id: Ints
    gap_s: Floats
    traffics: dict[str, Traffic]
    settings: RunSettings
    replication: int = 0
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.arrival_s)

    def to_frame(self) -> pd.DataFrame:
        """The table as a pandas frame, traffic by name."""
        names = list(self.traffics)
        return pd.DataFrame(
            {
                "arrival_s": self.arrival_s,
                "traffic": labelled(self.traffic, names),
                "input_tokens": self.input_tokens,
                "output_tokens": self.output_tokens,
                "parent_id": self.parent_id,
                "gap_s": self.gap_s,
            }
        )


@dataclass(frozen=True)
class Stream:
    """The requests of one traffic, before they are put in order with the others."""

    arrival_s: Floats
    input_tokens: Ints
    output_tokens: Ints
    parent: Ints | None = None
    gap_s: Floats | None = None
    notes: tuple[str, ...] = ()


def merge(
    streams: dict[str, Stream],
    traffics: dict[str, Traffic],
    settings: RunSettings,
    replication: int,
) -> Requests:
    """All traffic in one table, by time of arrival; parents keep pointing at their rows."""
    parts = list(streams.values())
    arrival = np.concatenate([part.arrival_s for part in parts])
    order = np.argsort(arrival, kind="stable")
    row_of = np.empty(len(order), dtype=np.int64)
    row_of[order] = np.arange(len(order))
    offsets = np.cumsum([0, *(len(part.arrival_s) for part in parts)])
    parents = np.concatenate(
        [_shifted(part, int(offset)) for part, offset in zip(parts, offsets, strict=False)]
    )
    known = parents >= 0
    parents[known] = row_of[parents[known]]
    gaps = [np.zeros(len(p.arrival_s)) if p.gap_s is None else p.gap_s for p in parts]
    codes = np.repeat(np.arange(len(parts)), [len(part.arrival_s) for part in parts])
    return Requests(
        arrival_s=arrival[order],
        input_tokens=np.concatenate([part.input_tokens for part in parts])[order],
        output_tokens=np.concatenate([part.output_tokens for part in parts])[order],
        traffic=codes[order],
        parent_id=parents[order],
        gap_s=np.concatenate(gaps)[order],
        traffics=traffics,
        settings=settings,
        replication=replication,
        notes=tuple(joined((n, note), ": ") for n, s in streams.items() for note in s.notes),
    )


def _shifted(part: Stream, offset: int) -> Ints:
    if part.parent is None:
        return np.full(len(part.arrival_s), -1, dtype=np.int64)
    return np.where(part.parent >= 0, part.parent + offset, -1)
