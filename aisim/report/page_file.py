"""A report as a file, written beside its target and then renamed."""

import os
from pathlib import Path

from aisim.planning import BadInput, Picture
from aisim.report.page import report_page
from aisim.report.pictures import all_charts, check_charts

SUFFIXES = (".html", ".htm")


def check_report_file(path: Path) -> None:
    """See that a report can be written to a file, before an hour of simulation is spent.

    Raises:
        BadInput: its ending is not .html, a library misses, or it cannot be written there.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(f"{path}: got {path.suffix or 'no ending'!r}, allowed: .html")
    check_charts()
    if not path.parent.is_dir():
        raise BadInput(f"{path}: no folder {str(path.parent)!r}")
    if path.is_dir():
        raise BadInput(f"{path}: a folder, not a file")
    if not os.access(path.parent, os.W_OK):
        raise BadInput(f"{path}: cannot be written")


def write_report(picture: Picture, path: Path) -> None:
    """Write the report of a picture, with all charts.

    Raises:
        OSError: the file cannot be written.
    """
    beside = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        beside.write_text(report_page(picture, all_charts()), encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
