"""Studies as text: YAML in, guarded against files that are not studies, and YAML out."""

import re
import warnings
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.representer import SafeRepresenter

from aisim.scenario.faults import Fault, InvalidStudy

MAX_BYTES = 500_000
MAX_DEPTH = 50
MAX_VALUES = 20_000
#: Python reads a number like this of any length, but writes none of more than 4,300 digits.
_ENDLESS = re.compile(r"[-+]?0[xob][0-9a-fA-F_]{3000,}")


def load_yaml(path: Path) -> Any:
    """The plain data of a YAML file.

    Raises:
        InvalidStudy: not there, too large, not UTF-8 text, not YAML, too deep, full of aliases.
    """
    file = str(path)
    try:
        with path.open("rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or "not a path"
        raise InvalidStudy([Fault(file[:200], "", problem)]) from None
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
        InvalidStudy: not YAML, too deep, more than MAX_VALUES values once aliases are expanded.
    """
    try:
        with warnings.catch_warnings():
            # A name given twice to an anchor is legal; ruamel warns about it.
            warnings.simplefilter("ignore")
            problem = _bomb(text)
            if problem is None:
                return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" in line {mark.line + 1}" if mark else ""
        problem = f"not YAML: {_line(error.problem or error.context or 'error')}{place}"
    except (
        YAMLError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
        AssertionError,
    ) as error:  # fmt: skip
        # ruamel's constructors fail in these ways on tags that do not fit their value.
        problem = f"not YAML: {_line(error)}"
    raise InvalidStudy([Fault(file, "", problem)])


def _line(words: object) -> str:
    return " ".join(str(words).split())[:200]


def _bomb(text: str) -> str | None:
    """What is wrong with the stream of events, before anything is expanded."""
    size = _ExpandedSize()
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, DocumentStartEvent) and event.version not in (None, (1, 2)):
            return "not YAML 1.2"
        if isinstance(event, AliasEvent) and event.anchor in size.open_anchors():
            return f"{event.anchor!r} refers to itself"
        if isinstance(event, ScalarEvent) and _ENDLESS.fullmatch(event.value):
            return "a number of too many digits"
        size.count(event)
        if len(size.open) > MAX_DEPTH:
            return f"nested deeper than {MAX_DEPTH} levels"
        if size.values > MAX_VALUES:
            return f"more than {MAX_VALUES:,} values, aliases expanded"
    return None


class _ExpandedSize:
    """Values so far; an alias counts as many as its anchor holds."""

    def __init__(self) -> None:
        self.values = 0
        self.open: list[tuple[str | None, int]] = []
        self._sizes: dict[str, int] = {}

    def open_anchors(self) -> set[str | None]:
        return {anchor for anchor, _ in self.open}

    def count(self, event: Any) -> None:
        if isinstance(event, AliasEvent):
            self.values += self._sizes.get(event.anchor, 1)
        elif isinstance(event, CollectionEndEvent):
            anchor, before = self.open.pop()
            if anchor is not None:
                self._sizes[anchor] = self.values - before
        elif isinstance(event, NodeEvent):
            self.values += 1
            if isinstance(event, CollectionStartEvent):
                self.open.append((event.anchor, self.values))


class _Representer(SafeRepresenter):
    """Puts text with odd line breaks in quotes: they would come back as blanks."""


def _quoted(representer: SafeRepresenter, text: str) -> Any:
    style = '"' if set(text) & {"\x85", "\u2028", "\u2029", "\ufeff"} else None
    return representer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Representer.add_representer(str, _quoted)


def dump_yaml(data: Any) -> str:
    """Plain data as YAML 1.2 text, keys in their order."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Representer
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 100
    stream = StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()
