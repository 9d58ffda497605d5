"""`aisim base`: how many own machines under a hybrid, and how many rented ones to commit."""

import argparse
from typing import Any

from rich.console import Console

from aisim.cli.exits import OK, STOPPED
from aisim.cli.stopping import asked_to_stop
from aisim.planning import BadInput, optimal_base, optimal_commitment
from aisim.planning.hybrid import is_hybrid
from aisim.report import Progress, print_base, print_commitment, write_answer
from aisim.scenario import Study, load_study, shipped_studies
from aisim.scenario.machines import CloudMachines


def add(commands: Any) -> None:
    """Add `aisim base`."""
    base = commands.add_parser(
        "base",
        help="the best number of own machines under a hybrid, and of rented ones to commit",
    )
    base.add_argument(
        "study",
        help=f"path of a study, or a shipped one: {', '.join(shipped_studies())}",
    )
    base.add_argument(
        "--candidate",
        metavar="NAME",
        help="a hybrid: own machines and, behind them, rented ones on demand or an external API; "
        "or one with rented machines alone: then what to commit; left out, the only hybrid of "
        "the study, or the only one with rented machines",
    )
    base.add_argument(
        "--group", metavar="NAME", help="only what to commit of these rented machines"
    )
    base.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="set a field of the study, for instance run.horizon_s=7200; repeatable",
    )
    base.add_argument("--json", action="store_true", help="print JSON")
    base.set_defaults(command=_base)


def _base(options: argparse.Namespace) -> int:
    study = load_study(options.study, options.set)
    name = options.candidate or _only_one(study)
    if name in study.candidates and is_hybrid(study, name) and options.group is None:
        return _own_machines(study, name, options)
    return _committed(study, name, options)


def _own_machines(study: Study, name: str, options: argparse.Namespace) -> int:
    with asked_to_stop() as stop, Progress() as progress:
        found = optimal_base(study, name, on_progress=progress.candidate, cancelled=stop)
    if options.json:
        print(write_answer({"kind": "base", **found.as_dict()}))
    else:
        print_base(found, Console())
    return STOPPED if found.partial else OK


def _committed(study: Study, name: str, options: argparse.Namespace) -> int:
    with asked_to_stop() as stop, Progress() as progress:
        found = optimal_commitment(
            study, name, options.group, on_progress=progress.candidate, cancelled=stop
        )
    if options.json:
        print(write_answer({"kind": "commitment", **found.as_dict()}))
    else:
        print_commitment(found, Console())
    return STOPPED if found.partial else OK


def _only_one(study: Study) -> str:
    """The candidate that is meant where none is named.

    Raises:
        BadInput: there is no hybrid and none with rented machines, or there are several.
    """
    rented = [
        name
        for name, candidate in study.candidates.items()
        if any(isinstance(group, CloudMachines) for group in candidate.machines.values())
    ]
    several = [name for name in study.candidates if is_hybrid(study, name)] or rented
    if not several:
        raise BadInput(f"{study.name}: no candidate is a hybrid or has rented machines")
    if len(several) > 1:
        raise BadInput(f"{study.name}: say which with --candidate: {', '.join(several)}")
    return several[0]
