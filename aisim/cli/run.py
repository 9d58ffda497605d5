"""`aisim run`: simulate and price the candidates of a study."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from aisim.cli import arguments
from aisim.cli.comparing import compared, replicated
from aisim.cli.exits import OK, STOPPED
from aisim.planning import Comparison
from aisim.report import print_answer, write_answer, write_files
from aisim.scenario import Fault, InvalidStudy, load_study, shipped_studies


def add(commands: Any) -> None:
    """Add `aisim run`."""
    run = commands.add_parser("run", help="simulate and price the candidates of a study")
    arguments.add_study(run, shipped_studies())
    run.add_argument("--json", action="store_true", help="print the answer as JSON")
    run.add_argument(
        "--out", type=Path, metavar="DIR", help="write tables, ledger and manifest to a folder"
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
    comparison = None
    if options.replications > 1:
        answer = replicated(study, options)
    else:
        comparison = compared(study, options.candidate)
        answer = comparison.answer()
    _show(answer, options)
    if options.out is not None:
        if comparison is None:
            # The tables of many replications are those of the first; none once it was stopped.
            stopped = answer["partial"]
            comparison = Comparison(study) if stopped else compared(study, options.candidate)
        written = write_files(comparison, answer, options.out)
        print(f"wrote {', '.join(p.name for p in written)} to {options.out}", file=sys.stderr)
    return STOPPED if answer["partial"] else OK


def _make_folder(folder: Path) -> None:
    """Make the folder before an hour of simulation is spent on nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError as error:
        raise InvalidStudy([Fault("--out", str(folder), error.strerror or str(error))]) from None
    if not writable:
        raise InvalidStudy([Fault("--out", str(folder), "cannot be written")])


def _show(answer: dict[str, Any], options: argparse.Namespace) -> None:
    if options.json:
        print(write_answer(answer))
        return
    print_answer(answer, Console())
