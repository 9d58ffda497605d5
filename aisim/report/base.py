"""The best base and the best commitment, in the terminal."""

from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aisim.planning import BaseChoice, ClosedBase, CommitmentChoice, SimulatedBase

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
    """One column a number of own machines that was simulated, the closed form below it."""
    closed = {point.machines: point for point in found.closed_form}
    title = f"{found.study}, {found.candidate}: own machines of {found.own_group}"
    table = Table(title=Text(title), title_justify="left", pad_edge=False)
    table.add_column("Own machines", no_wrap=True)
    for point in found.simulated:
        best = point.machines == found.confirmed
        table.add_column(f"{point.machines:,}", justify="right", style="bold" if best else None)
    for label, shown in _rows(found, closed):
        table.add_row(Text(label), *(shown(point) for point in found.simulated))
    return table


Row = tuple[str, Callable[[SimulatedBase], str | Text]]


def _rows(found: BaseChoice, closed: dict[int, ClosedBase]) -> Iterator[Row]:
    def told(figure: str, form: str) -> Callable[[SimulatedBase], str]:
        return lambda p: _shown(getattr(closed.get(p.machines), figure, None), form)

    yield "USD per month", lambda p: f"{p.usd_per_month:,.0f}"
    yield "  in closed form", told("usd_per_month", "{:,.0f}")
    yield "Promises kept", _kept
    yield "TTFT p95, s", lambda p: _shown(p.ttft_p95_s, "{:.2f}")
    if found.api is None:
        yield (
            f"Machine-hours of {found.rented_group}",
            lambda p: _shown(p.rented_machine_h, "{:,.0f}"),
        )
        yield "  in closed form", told("rented_machine_h", "{:,.0f}")
        yield "  all of them held", lambda p: _shown(p.at_limit_share, "{:.1%}")
    else:
        yield f"Requests to API {found.api}", lambda p: _shown(p.api_requests_share, "{:.1%}")
        yield "  tokens", lambda p: _shown(p.api_tokens_share, "{:.1%}")
        yield "  work, in closed form", told("api_share", "{:.1%}")
        yield "  USD per month", lambda p: _shown(p.api_usd_per_month, "{:,.0f}")
    yield "Own GPUs busy", lambda p: _shown(p.own_busy_share, "{:.0%}")


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
    rented = "" if found.rented_rps is None else f", a rented one at {found.rented_rps:,.3g}"
    yield (
        f"The load is {found.mean_load:,.2f} own machines in the mean, {found.peak_load:,.2f} at "
        f"its peak; one saturates at {found.own_rps:,.3g} requests/s{rented}."
    )
    if found.api is None:
        where, spares = "on rented machines", "spares them for more than {} of the time"
    else:
        where, spares = f"by API {found.api}", "has work for more than {} of the time"
    worth = (
        f"worth it where it {spares.format(f'{found.ratio:.0%}')}"
        if found.ratio <= 1
        else "never worth it by that rule"
    )
    yield (
        f"One more own machine costs {found.own_usd_per_machine_month:,.0f} USD a month, the work "
        f"of one {where} {found.overflow_usd_per_machine_month:,.0f}: {worth}."
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


def _kept(point: SimulatedBase) -> Text:
    if point.overloaded:
        return Text("OVERLOADED", style="bold red")
    if point.promises_kept is None:
        return Text(NOT_DEFINED)
    return Text("yes") if point.promises_kept else Text("NO", style="red")


def _shown(value: float | None, form: str) -> str:
    return NOT_DEFINED if value is None else form.format(value)
