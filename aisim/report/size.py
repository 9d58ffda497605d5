"""Ways to serve a load, side by side in the terminal."""

from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aisim.planning import Sized, Sizing

NOT_DEFINED = "-"


def print_sizing(found: Sizing, console: Console) -> None:
    """Print the options of a sizing, its verdict and notes; plain words are never mark-up."""
    if found.options:
        console.print(sizing_table(found))
    for line in (*_verdict(found), *_worth(found), *_dropped(found), *_notes(found)):
        console.print(line, markup=False, highlight=False)


def sizing_table(found: Sizing) -> Table:
    """One column an option, cheapest first, one row a figure with its unit."""
    title = (
        f"{found.model} at {found.rps:g} requests/s, {found.input_tokens:,} tokens in, "
        f"{found.output_tokens:,} out, {found.engine}"
    )
    table = Table(title=Text(title), title_justify="left", pad_edge=False)
    table.add_column("", no_wrap=True)
    for option in found.options:
        table.add_column(Text(option.accelerator), justify="right")
    for group in _groups(found):
        for label, shown in group:
            table.add_row(label, *(Text(shown(option)) for option in found.options))
        table.add_section()
    return table


Row = tuple[str, Callable[[Sized], str]]


def _groups(found: Sizing) -> Iterator[list[Row]]:
    yield [
        ("Where", lambda o: o.provider or "own"),
        ("Region", lambda o: o.region or NOT_DEFINED),
        ("Machine", lambda o: o.machine),
    ]
    yield [
        ("GPUs per replica", lambda o: f"TP{o.tensor_parallel}"),
        ("Weights", lambda o: o.weights),
        ("Replicas", lambda o: f"{o.replicas:,}"),
        ("Machines", lambda o: f"{o.machines:,}"),
        ("GPUs idle / paid", lambda o: f"{o.gpus_idle:,} / {o.gpus:,}"),
    ]
    yield [
        (
            f"TTFT p95, s (limit {found.ttft_p95_limit_s:g})",
            lambda o: _or_dash(o.ttft_p95_s, "{:.2f}"),
        ),
        (
            f"TPOT p95, ms (limit {found.tpot_p95_limit_s * 1e3:g})",
            lambda o: _or_dash(o.tpot_p95_s and o.tpot_p95_s * 1e3, "{:.1f}"),
        ),
        ("Load, of saturation", lambda o: _or_dash(o.load, "{:.0%}")),
    ]
    yield _cost_rows()


def _cost_rows() -> list[Row]:
    return [
        ("USD per month", lambda o: f"{o.usd_per_month:,.0f}"),
        (
            "USD per million output tokens",
            lambda o: _or_dash(o.usd_per_million_output_tokens, "{:,.2f}"),
        ),
        ("Provenance of the times", lambda o: o.provenance),
        ("  rate off by (p90)", lambda o: f"{o.rate_error_p90:.0%}"),
        ("  then replicas", lambda o: f"{o.replicas_low:,} - {o.replicas_high:,}"),
        (
            "  then USD per month",
            lambda o: f"{o.usd_per_month_low:,.0f} - {o.usd_per_month_high:,.0f}",
        ),
    ]


def _or_dash(value: float | None, form: str) -> str:
    return NOT_DEFINED if value is None else form.format(value)


def _verdict(found: Sizing) -> Iterator[str]:
    so_far = "So far: " if found.partial else ""
    confirmed = [option for option in found.options if option.confirmed]
    if confirmed:
        best = confirmed[0]
        where = best.provider or "own"
        yield (
            f"{so_far}the least: {best.replicas} x {best.accelerator} TP{best.tensor_parallel} "
            f"{best.weights} on {best.machines} x {best.machine} ({where}), "
            f"{best.usd_per_month:,.0f} USD a month."
        )
    elif found.options:
        yield f"{so_far}in closed form alone; no simulation was through."
    elif found.partial:
        yield "Stopped before there was anything to show."
    else:
        yield "Nothing keeps the limits."
    if found.nearest is not None:
        near = found.nearest
        yield (
            f"Nearest: {near.option} with one request alone: TTFT {near.ttft_s:.3g} s, "
            f"TPOT {near.tpot_s * 1e3:.3g} ms. What would do: {near.would_do}."
        )
    elif not found.considered and not found.partial:
        yield "No machine holds the model: narrower weights or more accelerators would be needed."


def _worth(found: Sizing) -> Iterator[str]:
    if any(option.confirmed for option in found.options):
        yield (
            f"Simulated: {found.simulated_s:,.0f} s of Poisson arrivals, seed {found.seed}. "
            f"{found.ranked:,} options keep the limits in closed form; the cheapest of each "
            "accelerator, rented or own, come first."
        )


def _dropped(found: Sizing) -> Iterator[str]:
    for dropped in found.dropped:
        yield f"Dropped: {dropped.option}: {dropped.reason}"


def _notes(found: Sizing) -> Iterator[str]:
    for option in found.options:
        for note in option.notes:
            yield f"Note, {option.accelerator}: {note}"
    yield from (f"Note: {note}" for note in found.notes)
    if found.partial:
        yield "PARTIAL: stopped before its end"
