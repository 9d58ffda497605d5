"""The tables as they lie in `data/`, for people to look at."""

import pandas as pd

from aisim.catalog.files import data_dir
from aisim.catalog.unknown import UnknownName


def table_names() -> tuple[str, ...]:
    """Return the names of all tables, in order of the alphabet."""
    return tuple(sorted(path.stem for path in data_dir().glob("*.csv")))


def table(name: str) -> pd.DataFrame:
    """Return one table with its columns as they are in the file; a blank cell is missing.

    Raises:
        UnknownName: There is no such table.
    """
    if name not in table_names():
        raise UnknownName("table", name, table_names())
    return pd.read_csv(data_dir() / f"{name}.csv", keep_default_na=False, na_values=[""])
