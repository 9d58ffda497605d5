"""`aisim run`: simulate and price the candidates of a study."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from aisim.cli import arguments
from aisim.cli.comparing import compared, picture_of, pictured
from aisim.cli.exits import OK, STOPPED
from aisim.planning import Comparison
from aisim.report import print_answer, write_answer, write_files
from aisim.report.page_file import check_report_file, write_report
from aisim.scenario import Fault, InvalidStudy, Study, load_study, shipped_studies


def add(commands: Any) -> None:
    """Add `aisim run`."""
    run = commands.add_parser("run", help="simulate and price the candidates of a study")
    arguments.add_study(run, shipped_studies())
    run.add_argument("--json", action="store_true", help="print the answer as JSON")
    run.add_argument(
        "--out", type=Path, metavar="DIR", help="write tables, ledger and manifest to a folder"
    )
    run.add_argument(
        "--report", type=Path, metavar="FILE", help="write all of it as one page: .html"
    )
    run.add_argument(
        "--candidate", action="append", default=[], metavar="NAME", help="only this; repeatable"
    )
    run.add_argument(
        "--replications",
        type=arguments.count,
        default=1,
        metavar="N",
        help="draw N times, in parallel, and give 95 %% intervals",
    )
    run.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    study = load_study(options.study, arguments.study_settings(options))
    if options.out is not None:
        _make_folder(options.out)
    if options.report is not None:
        check_report_file(options.report)
    comparison = None
    if options.replications > 1:
        picture = pictured(study, options)
        answer = picture.answer
    else:
        comparison = compared(study, options.candidate)
        picture, answer = picture_of(comparison), comparison.answer()
    _show(answer, study.economics.currency, options)
    if options.report is not None and picture.outcomes:
        write_report(picture, options.report)
        print(f"wrote {options.report}", file=sys.stderr)
    if options.out is not None:
        _write_files(comparison, study, answer, options)
    return STOPPED if answer["partial"] else OK


def _write_files(
    comparison: Comparison | None,
    study: Study,
    answer: dict[str, Any],
    options: argparse.Namespace,
) -> None:
    if comparison is None:
        # The tables of many replications are those of the first; none once it was stopped.
        stopped = answer["partial"]
        comparison = Comparison(study) if stopped else compared(study, options.candidate)
    written = write_files(comparison, answer, options.out)
    print(f"wrote {', '.join(p.name for p in written)} to {options.out}", file=sys.stderr)


def _make_folder(folder: Path) -> None:
    """Make the folder before an hour of simulation is spent on nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError as error:
        raise InvalidStudy([Fault("--out", str(folder), error.strerror or str(error))]) from None
    if not writable:
        raise InvalidStudy([Fault("--out", str(folder), "cannot be written")])


def _show(answer: dict[str, Any], currency: str, options: argparse.Namespace) -> None:
    if options.json:
        print(write_answer(answer))
        return
    print_answer(answer, Console(), currency)
