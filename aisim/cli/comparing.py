"""Candidates simulated and priced with progress, once or many times; Ctrl-C stops it."""

import argparse
from collections.abc import Sequence
from typing import Any

from aisim.cli.stopping import asked_to_stop
from aisim.planning import Comparison, compare, replicate
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
