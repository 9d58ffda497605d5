"""`aisim explain`: a figure, taken apart."""

import argparse
from typing import Any

from rich.console import Console

from aisim.cli import arguments
from aisim.cli.comparing import compared
from aisim.cli.exits import OK, STOPPED
from aisim.planning import check_figure, explain, explained_figures
from aisim.planning.compare import chosen_candidates
from aisim.report import write_answer
from aisim.report.explain import explanation_data, print_explanations
from aisim.scenario import load_study, shipped_studies

LIST = "list"


def add(commands: Any) -> None:
    """Add `aisim explain`."""
    parser = commands.add_parser("explain", help="the formula, inputs and sources of a figure")
    arguments.add_study(parser, shipped_studies())
    arguments.add_years(parser)
    parser.add_argument(
        "figure",
        help="path such as ttft_s.p95, cost.usd_per_million_output_tokens, cost.by_category.energy "
        "or against.OTHER.commit_1y.npv_usd; `list` lists all that can be explained",
    )
    parser.add_argument("--candidate", required=True, metavar="NAME", help="whose figure it is")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(command=_explain)


def _explain(options: argparse.Namespace) -> int:
    study = load_study(options.study, arguments.study_settings(options))
    chosen_candidates(study, [options.candidate])
    if options.figure != LIST:
        check_figure(options.figure)
    comparison = compared(study, _needed(options))
    if comparison.partial:
        return STOPPED
    if options.figure == LIST:
        print("\n".join(explained_figures(comparison, options.candidate)))
        return OK
    found = explain(comparison, options.candidate, options.figure)
    if options.json:
        print(write_answer([explanation_data(explanation) for explanation in found]))
    else:
        print_explanations(found, options.candidate, Console())
    return OK


def _needed(options: argparse.Namespace) -> list[str]:
    """All candidates where one is held against another, else the one that is asked for."""
    figure = options.figure
    return [] if figure == LIST or figure.startswith("against.") else [options.candidate]
