"""What all declarations share."""

import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from aisim import catalog


class Declaration(BaseModel):
    """A frozen piece of a study. Unknown fields are faults; docstrings of fields are their help."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


#: The planner's own name for a thing: letters, digits, `-`, `_`.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]

#: Beyond these no machine lies, and no arithmetic on floats is safe.
LEAST, MOST = 1e-12, 1e15

Positive = Annotated[float, Field(ge=LEAST, le=MOST)]
NotNegative = Annotated[float, Field(ge=0, le=MOST)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
#: ISO 3166 code of two letters.
COUNTRY = "^[A-Z]{2}$"


def _country(code: str) -> str:
    if not re.fullmatch(COUNTRY, code):
        raise ValueError("write a country as two capital letters, such as DE")
    return code


Country = Annotated[str, AfterValidator(_country), Field(json_schema_extra={"pattern": COUNTRY})]


def known(look_up: Callable[[str], object], names: Iterable[str]) -> tuple[Any, Any]:
    """A validator: the name must be one that `look_up` of the catalog knows.

    Comes with the `names` for the JSON Schema, so that an editor can offer them.
    """

    def check(name: str) -> str:
        try:
            look_up(name)
        except catalog.UnknownName as unknown:
            raise ValueError(str(unknown)) from None
        return name

    offered: list[JsonValue] = [*sorted(names)]
    return AfterValidator(check), Field(json_schema_extra={"enum": offered})


def _model(name: str) -> str:
    try:
        catalog.llm_model(name)
    except catalog.UnknownName as unknown:
        raise ValueError(f"{unknown}; or a path to a config.json") from None
    return name


#: A model of the catalog, as Hugging Face spells it too, or a path to a config.json.
ModelName = Annotated[
    str,
    AfterValidator(_model),
    Field(json_schema_extra={"anyOf": [{"enum": [*sorted(catalog.llm_models())]}, {}]}),
]
EngineName = Annotated[str, *known(catalog.engine, catalog.engines())]
HardwareItem = Annotated[str, *known(catalog.hardware, catalog.hardware_items())]
LicenceItem = Annotated[str, *known(catalog.licence, catalog.licences())]
