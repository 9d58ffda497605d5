"""The bill of a candidate: its ledger, the headline figures, and what is left out."""

from dataclasses import dataclass

from aisim.cost import cloud, owned
from aisim.cost.ledger import CATEGORIES, Line
from aisim.results import Run, completed_in_window
from aisim.scenario.candidate import Candidate
from aisim.scenario.economics import Economics
from aisim.scenario.machines import CloudMachines, OwnMachines
from aisim.scenario.study import HOUR_S, MONTH_H


@dataclass(frozen=True)
class Bill:
    """The cost of one month of 730 h like the measured time.

    Attributes:
        lines: the ledger.
        usd_per_month: sum over the ledger; None when nothing was measured or nothing is paid for.
        usd_per_million_output_tokens: the month by its completed output tokens; None without any.
        usd_per_1000_requests: the month by its completed requests; None without any.
        excluded: categories that are not in the ledger, with the site where only there.
        included: categories that are within the price of another line, by site.
    """

    lines: tuple[Line, ...]
    usd_per_month: float | None
    usd_per_million_output_tokens: float | None
    usd_per_1000_requests: float | None
    excluded: tuple[str, ...]
    included: dict[str, tuple[str, ...]]


def bill(run: Run, candidate: Candidate, economics: Economics) -> Bill:
    """Price what a run used."""
    included = _included(candidate)
    if run.window_s <= 0 or not candidate.machines:
        return Bill((), None, None, None, CATEGORIES, included)
    lines = (
        *cloud.cloud_lines(run, candidate),
        *owned.owned_lines(run, candidate, economics),
    )
    month = sum(line.usd for line in lines)
    done = completed_in_window(run)
    scale = MONTH_H * HOUR_S / run.window_s
    tokens = float(run.requests["output_tokens"].to_numpy()[done].sum()) * scale
    requests = float(done.sum()) * scale
    return Bill(
        lines=lines,
        usd_per_month=month,
        usd_per_million_output_tokens=month / tokens * 1e6 if tokens else None,
        usd_per_1000_requests=month / requests * 1e3 if requests else None,
        excluded=_excluded(lines, included),
        included=included,
    )


def _included(candidate: Candidate) -> dict[str, tuple[str, ...]]:
    """What the price of each site's machines holds, beside their own lines."""
    held: dict[str, tuple[str, ...]] = {}
    for group in candidate.machines.values():
        match group:
            case CloudMachines():
                held[group.site] = cloud.INCLUDED
            case OwnMachines():
                held[group.site] = owned.INCLUDED
    return held


def _excluded(lines: tuple[Line, ...], included: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Categories without a line: at every site, or named with the sites where they are missing."""
    excluded = []
    for category in CATEGORIES:
        missing = [
            site
            for site, held in included.items()
            if category not in held
            and not any(line.category == category and line.site == site for line in lines)
        ]
        if missing and len(missing) == len(included):
            excluded.append(category)
        elif missing:
            excluded.append(f"{category} ({', '.join(missing)})")
    return tuple(excluded)
