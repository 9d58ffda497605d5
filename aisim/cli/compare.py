"""`aisim compare`: the candidates of a study in money, over years."""

import argparse
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from aisim.cli import arguments
from aisim.cli.comparing import compared, replicated
from aisim.cli.exits import OK, STOPPED
from aisim.planning import money, price_map
from aisim.planning.compare import chosen_candidates
from aisim.report import print_money, write_answer
from aisim.report.ledger import check_ledger_file, comparison_ledger, write_ledger
from aisim.report.price_map import price_map_data, price_map_table
from aisim.scenario import load_study, shipped_studies


def add(commands: Any) -> None:
    """Add `aisim compare`."""
    parser = commands.add_parser("compare", help="the candidates of a study in money, over years")
    arguments.add_study(parser, shipped_studies())
    arguments.add_years(parser)
    parser.add_argument("--currency", metavar="CODE", help="currency of the tables, as EUR")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON, in USD")
    parser.add_argument(
        "--ledger", type=Path, metavar="FILE", help="write the dated lines: .csv, .parquet, .xlsx"
    )
    parser.add_argument(
        "--candidate", action="append", default=[], metavar="NAME", help="only this; repeatable"
    )
    parser.add_argument(
        "--replications",
        type=arguments.count,
        default=1,
        metavar="N",
        help="draw N times, in parallel: 95 %% intervals of each candidate's own figures",
    )
    parser.add_argument(
        "--heat-map",
        nargs=2,
        metavar=("OWN", "OTHER"),
        help="also what OWN saves against OTHER over the ranges of the two prices that matter most",
    )
    parser.set_defaults(command=_compare)


def _compare(options: argparse.Namespace) -> int:
    study = load_study(options.study, arguments.study_settings(options))
    if options.heat_map is not None:
        chosen_candidates(study, options.heat_map)
        options.candidate += options.heat_map if options.candidate else []
    if options.ledger is not None:
        check_ledger_file(options.ledger)
    comparison = compared(study, options.candidate)
    answer = comparison.answer()
    if options.replications > 1 and not comparison.partial:
        answer = replicated(study, options)
    answer["money"] = money(comparison)
    asked = options.heat_map is not None and not comparison.partial
    heat = price_map(comparison, *options.heat_map) if asked else None
    if heat is not None:
        answer["money"]["heat_map"] = price_map_data(heat)
    if options.json:
        print(write_answer(answer))
    else:
        print_money(answer, Console())
        if heat is not None:
            code = answer["money"]["currency"]
            Console().print(price_map_table(heat, code["code"], code["usd_per_unit"]))
    if options.ledger is not None and comparison.bills:
        write_ledger(comparison_ledger(comparison), options.ledger)
        print(f"wrote {options.ledger}", file=sys.stderr)
    return STOPPED if answer["partial"] else OK
