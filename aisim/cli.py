"""The command line: `aisim run`, `aisim schema`, `aisim catalog`.

Exit status: 0 done, 1 a run failed, 2 bad input, 130 stopped by Ctrl-C.
"""

import argparse
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from aisim import __version__
from aisim.catalog import UnknownName
from aisim.catalog.tables import table_names
from aisim.planning import Comparison, compare, replicate
from aisim.report import (
    Progress,
    catalog_list,
    catalog_rows,
    catalog_text,
    print_answer,
    write_answer,
    write_files,
)
from aisim.scenario import Fault, InvalidStudy, Study, load_study, shipped_studies, study_schema
from aisim.workload import BadTrace, TooManyRequests

OK, FAILED, BAD_INPUT, STOPPED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except InvalidStudy as invalid:
        for fault in invalid.faults:
            print(fault, file=sys.stderr)
        return BAD_INPUT
    except (BadTrace, TooManyRequests, UnknownName) as problem:
        print(f"aisim: {problem}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # Whoever read us has enough; Python must not complain again while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        print("aisim: stopped before there was anything to show", file=sys.stderr)
        return STOPPED
    except Exception as error:  # a fault of aisim: say so, keep the trace for a report
        print(f"aisim: the run failed: {type(error).__name__}: {error}", file=sys.stderr)
        if os.environ.get("AISIM_TRACEBACK"):
            traceback.print_exc()
        else:
            print("aisim: set AISIM_TRACEBACK=1 to see where", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aisim", description="Plan AI infrastructure: simulate candidates and price them."
    )
    parser.add_argument("--version", action="version", version=f"aisim {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="simulate and price the candidates of a study"))
    schema = commands.add_parser("schema", help="print the JSON Schema of a study")
    schema.set_defaults(command=_schema)
    catalog = commands.add_parser("catalog", help="list the tables of facts, or show one")
    catalog.add_argument("table", nargs="?", help="name of a table; without it, all are listed")
    catalog.add_argument("--json", action="store_true", help="print JSON")
    catalog.set_defaults(command=_catalog)
    return parser


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "study",
        help=f"path of a study, or a shipped one: {', '.join(shipped_studies())}",
    )
    run.add_argument("--json", action="store_true", help="print the answer as JSON")
    run.add_argument(
        "--out", type=Path, metavar="DIR", help="write tables, ledger and manifest to a folder"
    )
    run.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="set a field of the study, for instance run.horizon_s=7200; repeatable",
    )
    run.add_argument("--seed", type=_seed, help="seed instead of the study's")
    run.add_argument(
        "--candidate", action="append", default=[], metavar="NAME", help="only this; repeatable"
    )
    run.add_argument(
        "--replications",
        type=_count,
        default=1,
        metavar="N",
        help="draw N times, in parallel, and give 95 %% intervals",
    )
    run.set_defaults(command=_run)


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: 1 to 10000")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdigit() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: whole numbers from 0")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    seed = [] if options.seed is None else [f"run.seed={options.seed}"]
    study = load_study(options.study, [*options.set, *seed])
    if options.out is not None:
        _make_folder(options.out)
    comparison = None
    if options.replications > 1:
        answer = _replicated(study, options)
    else:
        comparison = _compared(study, options)
        answer = comparison.answer()
    _show(answer, options)
    if options.out is not None:
        if comparison is None:
            # The tables of many replications are those of the first; none once it was stopped.
            stopped = answer["partial"]
            comparison = Comparison(study) if stopped else _compared(study, options)
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


def _compared(study: Study, options: argparse.Namespace) -> Comparison:
    """Simulate once; the first Ctrl-C asks for what there is, a second one ends at once."""
    stop = False

    def ask_to_stop(_signal: int, _frame: Any) -> None:
        nonlocal stop
        stop = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, ask_to_stop)
    try:
        with Progress() as progress:
            return compare(
                study,
                candidates=options.candidate,
                on_progress=progress.candidate,
                cancelled=lambda: stop,
            )
    finally:
        signal.signal(signal.SIGINT, before)


def _replicated(study: Study, options: argparse.Namespace) -> dict[str, Any]:
    with Progress() as progress:
        return replicate(
            study,
            options.replications,
            candidates=options.candidate,
            on_progress=lambda done: progress.replications(done, options.replications),
        )


def _show(answer: dict[str, Any], options: argparse.Namespace) -> None:
    if options.json:
        print(write_answer(answer))
        return
    print_answer(answer, Console())


def _schema(_options: argparse.Namespace) -> int:
    print(json.dumps(study_schema(), indent=2))
    return OK


def _catalog(options: argparse.Namespace) -> int:
    if options.table is None and options.json:
        print(json.dumps(list(table_names()), indent=2))
    elif options.table is None:
        Console().print(catalog_list())
    elif options.json:
        print(json.dumps(catalog_rows(options.table), indent=2, allow_nan=False))
    else:
        print(catalog_text(options.table))
    return OK


if __name__ == "__main__":
    sys.exit(main())
