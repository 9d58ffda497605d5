"""Studies as text: YAML in, guarded against files that are not studies, and YAML out."""

from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from aisim.scenario.faults import Fault, InvalidStudy

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
MAX_ALIASES = 100
MAX_EVENTS = 200_000


def load_yaml(path: Path) -> Any:
    """The plain data of a YAML file.

    Raises:
        InvalidStudy: not there, too large, not UTF-8 text, not YAML, too deep, full of aliases.
    """
    file = str(path)
    try:
        with path.open("rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidStudy([Fault(file, "", error.strerror or str(error))]) from None
    if len(raw) > MAX_BYTES:
        raise InvalidStudy([Fault(file, "", f"larger than {MAX_BYTES:,} bytes")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidStudy([Fault(file, "", "not UTF-8 text")]) from None
    return parse_yaml(text, file)


def parse_yaml(text: str, file: str) -> Any:
    """The plain data of a YAML text; `file` names it in faults.

    Raises:
        InvalidStudy: not YAML, too deep, full of aliases.
    """
    try:
        _refuse_bombs(text, file)
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" in line {mark.line + 1}" if mark else ""
        what = " ".join(str(error.problem or error.context or "error").split())
        raise InvalidStudy([Fault(file, "", f"not YAML: {what}{place}")]) from None
    except (YAMLError, ValueError) as error:
        what = " ".join(str(error).split())[:200]
        raise InvalidStudy([Fault(file, "", f"not YAML: {what}")]) from None


def _refuse_bombs(text: str, file: str) -> None:
    """Count depth and aliases on the event stream, before anything is expanded."""
    depth = aliases = 0
    for number, event in enumerate(YAML(typ="safe", pure=True).parse(text)):
        if isinstance(event, CollectionStartEvent):
            depth += 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        elif isinstance(event, AliasEvent):
            aliases += 1
        if depth > MAX_DEPTH:
            raise InvalidStudy([Fault(file, "", f"nested deeper than {MAX_DEPTH} levels")])
        if aliases > MAX_ALIASES:
            raise InvalidStudy([Fault(file, "", f"more than {MAX_ALIASES} aliases")])
        if number > MAX_EVENTS:
            raise InvalidStudy([Fault(file, "", f"more than {MAX_EVENTS:,} values")])


def dump_yaml(data: Any) -> str:
    """Plain data as YAML 1.2 text, keys in their order."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 100
    stream = StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()
