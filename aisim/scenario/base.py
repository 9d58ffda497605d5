"""What all declarations share."""

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from aisim import catalog


class Declaration(BaseModel):
    """A frozen piece of a study. Unknown fields are faults; docstrings of fields are their help."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


#: The planner's own name for a thing: letters, digits, `-`, `_`.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


def known(look_up: Callable[[str], object]) -> AfterValidator:
    """A validator: the name must be one that `look_up` of the catalog knows."""

    def check(name: str) -> str:
        try:
            look_up(name)
        except catalog.UnknownName as unknown:
            raise ValueError(str(unknown)) from None
        return name

    return AfterValidator(check)


ModelName = Annotated[str, known(catalog.llm_model)]
EngineName = Annotated[str, known(catalog.engine)]
HardwareItem = Annotated[str, known(catalog.hardware)]
