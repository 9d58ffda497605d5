"""Candidates simulated and priced with progress, once or many times; Ctrl-C stops it."""

import argparse
from collections.abc import Sequence
from typing import Any

from aisim.cli.stopping import asked_to_stop
from aisim.planning import Comparison, Picture, compare, replicate
from aisim.planning.replicate import replicated_outcomes
from aisim.report import Progress
from aisim.scenario import Study


def compared(study: Study, candidates: Sequence[str]) -> Comparison:
    """Simulate once."""
    with asked_to_stop() as stop, Progress() as progress:
        return compare(study, candidates=candidates, on_progress=progress.candidate, cancelled=stop)


def replicated(study: Study, options: argparse.Namespace) -> dict[str, Any]:
    """Draw as often as the options say, in parallel."""
    with Progress() as progress:
        return replicate(
            study,
            options.replications,
            candidates=options.candidate,
            on_progress=lambda done: progress.replications(done, options.replications),
        )


def pictured(study: Study, options: argparse.Namespace) -> Picture:
    """The same, with all that there is to see of it."""
    with Progress() as progress:
        draws = replicated_outcomes(
            study,
            options.replications,
            candidates=options.candidate,
            on_progress=lambda done: progress.replications(done, options.replications),
        )
    outcomes = {name: [draw[name] for draw in draws] for name in (draws[0] if draws else ())}
    return Picture(study, outcomes, options.replications, stopped=len(draws) < options.replications)


def picture_of(comparison: Comparison) -> Picture:
    """What there is to see of one draw."""
    outcomes = {name: [outcome] for name, outcome in comparison.outcomes().items()}
    return Picture(comparison.study, outcomes, 1, stopped=comparison.stopped)
