"""The command line: `aisim run` and the other commands, a file for each.

`compare`, `base`, `explain`, `predict`, `size`, `validate`, `calibrate`, `prices`, `schema`,
`catalog`.

Exit status: 0 done, 1 a run failed, 2 bad input, 130 stopped by Ctrl-C.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from aisim import __version__
from aisim.catalog import UnknownName
from aisim.catalog.model_config import BadModelConfig
from aisim.cli import base, calibrate, compare, explain, facts, predict, prices, run, size, validate
from aisim.cli.exits import BAD_INPUT, FAILED, OK, STOPPED
from aisim.planning import BadInput
from aisim.scenario import InvalidStudy
from aisim.validation import BadMeasurements
from aisim.workload import BadTrace, TooManyRequests

BAD = (BadTrace, TooManyRequests, UnknownName, BadModelConfig, BadInput, BadMeasurements)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except InvalidStudy as invalid:
        for fault in invalid.faults:
            print(fault, file=sys.stderr)
        return BAD_INPUT
    except BAD as problem:
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
    for command in (
        run.add,
        compare.add,
        base.add,
        explain.add,
        predict.add,
        size.add,
        validate.add,
        calibrate.add,
        prices.add,
        facts.add_schema,
        facts.add_catalog,
    ):
        command(commands)
    return parser
