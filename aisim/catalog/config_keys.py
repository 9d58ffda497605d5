"""Checked access to the keys of a config.json that a stranger may have written."""

import reprlib
from collections.abc import Mapping

#: No model has as much of anything.
MOST = 1_000_000


class BadModelConfig(ValueError):
    """A config.json that is not understood, in one line: file, field, what is given and allowed."""


class Keys:
    """The keys of one config.json; those that are null count as absent.

    Attributes:
        file: How messages name the file.
        kind: The `model_type`, empty if there is none.
        remarks: What a reader of the resulting model should know.
    """

    def __init__(self, file: str, values: Mapping[str, object]) -> None:
        """Take the values that are not null."""
        self.file = file
        self.remarks: list[str] = []
        self._values = {name: value for name, value in values.items() if value is not None}
        kind = self._values.get("model_type", "")
        self.kind = kind if isinstance(kind, str) else ""

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def has(self, name: str) -> bool:
        """Return whether the key is there and says something: not false, 0 or empty."""
        return bool(self._values.get(name))

    def bad(self, name: str, allowed: str) -> BadModelConfig:
        """Return the error that says what is wrong with a key."""
        given = reprlib.repr(self._values[name]) if name in self._values else "missing"
        return BadModelConfig(f"{self.file}: {name}: {given}, {allowed}")

    def count(
        self, *names: str, least: int = 1, most: int = MOST, default: int | None = None
    ) -> int:
        """Return the whole number under the first of the `names` that is there.

        A list of equal numbers, one for each layer, is one number.

        Raises:
            BadModelConfig: None is there and there is no default, or it is no such number.
        """
        for name in names:
            if name in self._values:
                return self._whole(name, least, most)
        if default is None:
            others = f", or as {', '.join(names[1:])}" if names[1:] else ""
            raise self.bad(names[0], f"needed to know the shapes{others}")
        return default

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a yes or no.

        Raises:
            BadModelConfig: It is neither.
        """
        value = self._values.get(name, default)
        if not isinstance(value, bool):
            raise self.bad(name, "allowed: true or false")
        return value

    def entries(self, name: str) -> list[object]:
        """Return the entries of a list, none if it is absent.

        Raises:
            BadModelConfig: It is no list.
        """
        value = self._values.get(name, [])
        if not isinstance(value, list):
            raise self.bad(name, "allowed: a list")
        return value

    def text(self, name: str) -> str:
        """Return a text, empty if it is absent or something else."""
        value = self._values.get(name, "")
        return value if isinstance(value, str) else ""

    def _whole(self, name: str, least: int, most: int) -> int:
        value = self._values[name]
        if isinstance(value, list) and value and all(entry == value[0] for entry in value):
            value = value[0]
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise self.bad(name, f"allowed: a whole number from {least:,} to {most:,}")
