"""`aisim validate`: predicted against measured."""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from aisim.cli.exits import OK, STOPPED
from aisim.cli.stopping import asked_to_stop
from aisim.report import Progress
from aisim.report.validation import print_validation
from aisim.validation import read_any, shipped, together, validate


def add(commands: Any) -> None:
    """Add `aisim validate`."""
    parser = commands.add_parser(
        "validate", help="predict measurements and show how far off aisim is"
    )
    parser.add_argument(
        "--data",
        type=Path,
        action="append",
        metavar="FILE",
        help="a table of iterations, serving runs, requests or training steps, a result of a "
        "benchmark tool, or a folder of them; repeatable; left out, the measurements that ship",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(command=_validate)


def _validate(options: argparse.Namespace) -> int:
    measurements = together(map(read_any, options.data)) if options.data else shipped()
    with asked_to_stop() as stopped, Progress() as progress:
        found = validate(
            measurements,
            on_progress=progress.rows,
            cancelled=stopped,
        )
    if options.json:
        print(json.dumps(found.as_dict(), indent=2, allow_nan=False))
    else:
        print_validation(found, Console())
    return STOPPED if "stopped" in found.not_predicted else OK
