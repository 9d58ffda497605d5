"""The JSON Schema of a study, for editors."""

from typing import Any

from aisim.scenario.study import Study

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def study_schema() -> dict[str, Any]:
    """The JSON Schema of a study; what it accepts has the structure of one.

    Pydantic gives it; added are what an editor needs beside: the `kind` of a union must be
    written, and a map of names takes no other names.
    """
    schema = Study.model_json_schema()
    _complete(schema)
    return {"$schema": DIALECT, **schema}


def _complete(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _complete(item)
    if not isinstance(node, dict):
        return
    if "const" in node.get("properties", {}).get("kind", {}):
        node["required"] = ["kind", *node.get("required", [])]
    if "patternProperties" in node:
        node["additionalProperties"] = False
    for value in node.values():
        _complete(value)
