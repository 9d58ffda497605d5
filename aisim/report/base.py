"""The best base and the best commitment, in the terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aisim.planning import BaseChoice, CommitmentChoice

NOT_DEFINED = "-"
#: Numbers of machines committed that are shown about the optimum.
NEIGHBOURS = 2


def print_base(found: BaseChoice, console: Console) -> None:
    """Print what was simulated beside the closed form, the verdict and notes."""
    if found.simulated:
        console.print(base_table(found))
    for line in (*_base_verdict(found), *_rule(found)):
        console.print(line, markup=False, highlight=False)
    if found.commitment is not None:
        console.print(commitment_verdict(found.commitment), markup=False, highlight=False)
    _print_notes(found.notes, console, partial=found.partial)


def base_table(found: BaseChoice) -> Table:
    """One row a number of own machines that was simulated, the closed form beside it."""
    closed = {point.machines: point for point in found.closed_form}
    title = f"{found.study}, {found.candidate}: own machines of {found.own_group}"
    table = Table(title=Text(title), title_justify="left", pad_edge=False)
    rented = f"{found.rented_group}, machine-h"
    columns = (
        "Own", "USD per month", "closed form", "Promises kept", "TTFT p95, s", rented,
        "closed form", "at its limit", "Own busy",
    )  # fmt: skip
    for column in columns:
        table.add_column(Text(column), justify="right")
    for point in found.simulated:
        told = closed.get(point.machines)
        table.add_row(
            f"{point.machines:,}",
            f"{point.usd_per_month:,.0f}",
            _shown(None if told is None else told.usd_per_month, "{:,.0f}"),
            _kept(point.promises_kept, overloaded=point.overloaded),
            _shown(point.ttft_p95_s, "{:.2f}"),
            f"{point.rented_machine_h:,.0f}",
            _shown(None if told is None else told.rented_machine_h, "{:,.0f}"),
            f"{point.at_limit_share:.1%}",
            _shown(point.own_busy_share, "{:.0%}"),
            style="bold" if point.machines == found.confirmed else None,
        )
    return table


def _base_verdict(found: BaseChoice) -> Iterator[str]:
    so_far = "So far: " if found.partial else ""
    if found.named is None or found.confirmed is None:
        yield f"{so_far}nothing is confirmed yet."
        return
    assert found.simulated_usd_per_month is not None
    yield (
        f"{so_far}{found.confirmed} own, {found.simulated_usd_per_month:,.0f} USD a month, cost "
        f"least of what was simulated; declared: {found.declared}."
    )
    if found.named == found.confirmed:
        yield f"The closed form names {found.named} too."
    else:
        more = found.regret_usd_per_month or 0.0
        yield (
            f"The closed form names {found.named}: simulated, that costs {abs(more):,.0f} USD a "
            f"month {'more' if more >= 0 else 'less, and breaks a promise'}."
        )


def _rule(found: BaseChoice) -> Iterator[str]:
    if found.ratio is None:
        return
    yield (
        f"The load is {found.mean_load:,.2f} own machines in the mean, {found.peak_load:,.2f} at "
        f"its peak; one saturates at {found.own_rps:,.3g} requests/s, a rented one at "
        f"{found.rented_rps:,.3g}."
    )
    worth = (
        f"worth it where it spares them for more than {found.ratio:.0%} of the time"
        if found.ratio <= 1
        else "never worth it by that rule"
    )
    yield (
        f"One more own machine costs {found.own_usd_per_machine_month:,.0f} USD a month, the work "
        f"of one on rented machines {found.rented_usd_per_machine_month:,.0f}: {worth}."
    )


def print_commitment(found: CommitmentChoice, console: Console) -> None:
    """Print the cost at the optimum of each term and beside it, the verdict and notes."""
    if found.terms:
        console.print(commitment_table(found))
    console.print(commitment_verdict(found), markup=False, highlight=False)
    _print_notes(found.notes, console, partial=found.partial)


def commitment_table(found: CommitmentChoice) -> Table:
    """One row a number of machines committed, none, all and those about the optima."""
    title = f"{found.study}, {found.candidate}: {found.group}, USD per month by machines committed"
    table = Table(title=Text(title), title_justify="left", pad_edge=False)
    table.add_column("Committed", justify="right")
    table.add_column("Held for", justify="right")
    for term in found.terms:
        table.add_column(term.level, justify="right")
    usd = [dict(zip(t.at_machines, t.at_usd_per_month, strict=True)) for t in found.terms]
    near = {0, found.count} | {
        k
        for term in found.terms
        for k in range(term.machines - NEIGHBOURS, term.machines + NEIGHBOURS + 1)
    }
    for k in sorted(near & {k for at in usd for k in at}):
        cells = [_shown(at.get(k), "{:,.0f}") for at in usd]
        best = [
            Text(cell, style="bold" if term.machines == k else "")
            for cell, term in zip(cells, found.terms, strict=True)
        ]
        table.add_row(f"{k:,}", f"{found.shares[k - 1]:.1%}" if k else NOT_DEFINED, *best)
    return table


def commitment_verdict(found: CommitmentChoice) -> str:
    """What to commit, and from which share of the time on it is worth it."""
    so_far = "So far: " if found.partial else ""
    rules = ", ".join(f"{t.level} {t.ratio:.0%}" for t in found.terms) or "no price"
    rule = f"worth it for machines held for a greater share of the time than {rules}"
    if not found.machines:
        return f"{so_far}Commit none of {found.group} ({rule})."
    term = next(term for term in found.terms if term.level == found.level)
    return (
        f"{so_far}Commit {found.machines} of {found.count} of {found.group} at {found.level}: "
        f"{term.usd_per_month:,.0f} USD a month, {term.saved_usd_per_month:,.0f} less than on "
        f"demand ({rule})."
    )


def _print_notes(notes: tuple[str, ...], console: Console, *, partial: bool) -> None:
    for note in notes:
        console.print(f"Note: {note}", markup=False, highlight=False)
    if partial:
        console.print("PARTIAL: stopped before its end", markup=False, highlight=False)


def _kept(kept: bool | None, *, overloaded: bool) -> Text:
    if overloaded:
        return Text("OVERLOADED", style="bold red")
    if kept is None:
        return Text(NOT_DEFINED)
    return Text("yes") if kept else Text("NO", style="red")


def _shown(value: float | None, form: str) -> str:
    return NOT_DEFINED if value is None else form.format(value)
