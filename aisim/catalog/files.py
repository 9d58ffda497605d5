"""Where the fact tables lie, and how a row of one becomes a typed record."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

Quality = Literal["measured", "fitted", "datasheet", "vendor list", "published", "estimate"]


class Fact(BaseModel):
    """A row of a table in `data/`, with the origin of its figures.

    A cell that a row leaves blank takes the default of its field.

    Attributes:
        source: Where the figures come from.
        as_of: The day, month or year for which they hold.
        quality: How they were won; the words are explained in `data/README.md`.
        note: What a reader should know of this row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    as_of: str
    quality: Quality
    note: str = ""


FactT = TypeVar("FactT", bound=Fact)


def data_dir() -> Path:
    """Return the folder of the tables: inside the package in a wheel, beside it in a checkout.

    Raises:
        FileNotFoundError: Neither folder exists.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "data", package.parent / "data"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no folder `data` in {package} or beside it")


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of table `name` as text, by column.

    Raises:
        FileNotFoundError: There is no such table.
    """
    with (data_dir() / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_facts(name: str, kind: type[FactT]) -> tuple[FactT, ...]:
    """Return the rows of table `name` as records of `kind`, in the order of the file.

    Raises:
        FileNotFoundError: There is no such table.
        pydantic.ValidationError: A row does not fit the record.
    """
    return tuple(
        kind.model_validate({column: cell for column, cell in row.items() if cell})
        for row in read_rows(name)
    )


def by_key(facts: tuple[FactT, ...], key: Callable[[FactT], str]) -> Mapping[str, FactT]:
    """Return the records by their key, read-only.

    Raises:
        ValueError: Two records share a key.
    """
    found: dict[str, FactT] = {}
    for fact in facts:
        if key(fact) in found:
            raise ValueError(f"two rows for {key(fact)!r}")
        found[key(fact)] = fact
    return MappingProxyType(found)
