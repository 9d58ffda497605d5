"""`aisim size`: which accelerators, and how many, serve a load at what cost."""

import argparse
from typing import Any

from rich.console import Console

from aisim.cli import arguments
from aisim.cli.exits import OK, STOPPED
from aisim.cli.predict import add_lengths, add_precisions
from aisim.cli.stopping import asked_to_stop
from aisim.planning import size
from aisim.report import Progress, print_sizing, write_answer


def add(commands: Any) -> None:
    """Add `aisim size`."""
    command = commands.add_parser(
        "size", help="rank accelerators and replicas that serve a load within its limits, by cost"
    )
    command.add_argument("model", help="catalog name, Hugging Face name or path of a config.json")
    command.add_argument(
        "--rps", type=arguments.positive, required=True, help="requests per second"
    )
    add_lengths(command)
    _add_limits(command)
    _add_choices(command)
    add_precisions(command, several=True)
    command.add_argument("--top", type=arguments.count, default=5, metavar="N", help="default: 5")
    command.add_argument("--seed", type=arguments.seed, default=1, help="default: 1")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(command=_size)


def _add_limits(command: argparse.ArgumentParser) -> None:
    for measure, words in (("ttft", "time to the first token"), ("tpot", "time per token after")):
        command.add_argument(
            f"--{measure}-p95",
            type=arguments.positive,
            required=True,
            metavar="S",
            help=f"limit of the 95th percentile of the {words}, seconds",
        )


def _add_choices(command: argparse.ArgumentParser) -> None:
    for name, words in (("accelerator", "accelerator"), ("provider", "cloud provider")):
        command.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar="NAME",
            help=f"only this {words}; repeatable",
        )
    where = command.add_mutually_exclusive_group()
    where.add_argument("--own", action="store_true", help="machines to buy alone")
    where.add_argument("--cloud", action="store_true", help="machines for rent alone")


def _size(options: argparse.Namespace) -> int:
    kinds = [kind for kind in ("cloud", "own") if getattr(options, kind)]
    with asked_to_stop() as stop, Progress() as progress:
        found = size(
            options.model,
            rps=options.rps,
            ttft_p95_s=options.ttft_p95,
            tpot_p95_s=options.tpot_p95,
            input_tokens=options.input,
            output_tokens=options.output,
            accelerators=options.accelerator,
            engine=options.engine,
            weights=options.weights,
            kv_cache=options.kv_cache,
            providers=options.provider,
            kinds=kinds,
            top=options.top,
            seed=options.seed,
            on_progress=progress.candidate,
            cancelled=stop,
        )
    if options.json:
        print(write_answer(found.as_dict()))
    else:
        print_sizing(found, Console())
    return STOPPED if found.partial else OK
