"""Values of strangers' files: a number or a word, or a short reason why not."""

import csv
import math
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, TypeVar

from aisim.validation.measured_records import BadMeasurements

MAX_BYTES = 200_000_000
LARGEST = 1e12

T = TypeVar("T")


class BadValue(ValueError):
    """A value that makes its row unusable; the message names the column and not the value."""


def number(value: object, name: str) -> float | None:
    """A number, from text too; None where there is nothing. It may be infinite.

    Raises:
        BadValue: it is something else, or nan.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = math.nan
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        # Python reads 1_000 as a number; no table means that.
        text = value if not isinstance(value, str) or "_" not in value else ""
        try:
            found = float(text)
        except OverflowError:
            found = math.inf
        except ValueError:
            found = math.nan
    if math.isnan(found):
        raise BadValue(f"{name}: not a number")
    return found


def amount(value: object, name: str, zero: bool = False) -> float | None:
    """A number above 0 (or 0 too) and below 1e12; None where there is nothing."""
    found = number(value, name)
    if found is None:
        return None
    if found < 0:
        raise BadValue(f"{name}: negative")
    if found == 0 and not zero:
        raise BadValue(f"{name}: zero")
    if found > LARGEST:
        raise BadValue(f"{name}: too large")
    return found


def rate(value: object, name: str) -> float | None:
    """Like `amount`, and inf means all at once."""
    return math.inf if number(value, name) == math.inf else amount(value, name)


def whole(value: object, name: str) -> int | None:
    """A whole number of 1 or more; None where there is nothing."""
    found = amount(value, name)
    if found is None:
        return None
    if found % 1:
        raise BadValue(f"{name}: not whole")
    return int(found)


def words(value: object, name: str) -> str:
    """Text without the blanks around it; "" where there is nothing."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadValue(f"{name}: not text")
    return value.strip()


def needed(value: T | None, name: str) -> T:
    """The value, which must be there."""
    if value is None or value == "":
        raise BadValue(f"{name}: blank")
    return value


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The file as text; whatever goes wrong with reading it is one line.

    Raises:
        BadMeasurements: no such file, a folder, empty, too large, binary, not UTF-8, not a CSV.
    """
    try:
        _look_at(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except OSError as error:
        raise BadMeasurements(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BadMeasurements(f"{path}: not text in UTF-8") from None
    except csv.Error as error:
        raise BadMeasurements(f"{path}: not a CSV table: {error}") from None


def _look_at(path: Path) -> None:
    """Refuse what would be pointless or dangerous to read."""
    try:
        found = path.stat()
    except ValueError:
        raise BadMeasurements(f"{str(path)!r}: not the name of a file") from None
    if stat.S_ISDIR(found.st_mode):
        raise BadMeasurements(f"{path}: a folder, not a file")
    if not stat.S_ISREG(found.st_mode):
        raise BadMeasurements(f"{path}: not a file")
    if found.st_size > MAX_BYTES:
        raise BadMeasurements(f"{path}: larger than {MAX_BYTES:,} bytes")
    with path.open("rb") as file:
        start = file.read(65536)
    if not start.strip():
        raise BadMeasurements(f"{path}: empty")
    if b"\0" in start:
        raise BadMeasurements(f"{path}: binary, not text in UTF-8")
