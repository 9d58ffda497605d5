"""A planner's own accelerator, from YAML."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aisim.catalog import Accelerator
from aisim.scenario.faults import Fault, InvalidStudy, from_pydantic
from aisim.scenario.own_accelerator import OwnAccelerator
from aisim.scenario.text import load_yaml


def read_accelerator(path: str | Path) -> Accelerator:
    """Return the accelerator that a YAML file describes, by the fields of the catalog's table.

    `name`, `mem_gb`, `mem_type`, `mem_bw_gb_s` and a 16-bit peak are needed.

    Raises:
        InvalidStudy: The file cannot be read, or with one line for each field that is wrong.
    """
    file = str(path)
    data: Any = load_yaml(Path(path))
    if not isinstance(data, dict):
        raise InvalidStudy([Fault(file, "", "an accelerator is a map of fields, such as mem_gb")])
    given = {str(key): _plain(key, value) for key, value in data.items()}
    try:
        own = OwnAccelerator.model_validate(given)
    except ValidationError as error:
        raise InvalidStudy(from_pydantic(error, file, OwnAccelerator)) from None
    return own.record()


def _plain(key: Any, value: Any) -> Any:
    """A year or day that YAML takes for a number or a date, as text; yes and no are no numbers."""
    if key == "as_of" and value is not None:
        return str(value)
    return str(value).lower() if isinstance(value, bool) else value
