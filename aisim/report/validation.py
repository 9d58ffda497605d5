"""Predicted against measured, as a table for a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aisim.validation import METRICS, Validation

_HEADS = ("hardware\nmodel", "engine\nphase", "metric")
_SEEN = {False: "Rows that the fit has not seen", True: "Rows that the fit has seen"}


def print_validation(validation: Validation, console: Console) -> None:
    """Print unseen and fitted rows apart, the metrics in all, and what was not predicted."""
    groups = validation.groups()
    for fitted, title in _SEEN.items():
        rows = [group for group in groups if group["fitted"] == fitted]
        if rows:
            table = _table(title, _HEADS)
            for row in rows:
                what = f"{row['hardware']}\n{row['model']}", f"{row['engine']}\n{row['phase']}"
                table.add_row(*map(escape, what), row["metric"], *_errors(row))
            console.print(table)
    console.print(_overall(validation))
    if validation.not_predicted:
        table = Table("Not predicted, because", title_justify="left")
        table.add_column("rows", justify="right")
        for reason, n in validation.not_predicted.items():
            table.add_row(escape(reason), f"{n:,}")
        console.print(table)


def _overall(validation: Validation) -> Table:
    table = _table("In all", ("rows", "metric"))
    for fitted, words in ((False, "unseen"), (True, "fitted")):
        errors = validation.overall(fitted)
        for metric in METRICS:
            if metric in errors:
                table.add_row(words, metric, *_errors(errors[metric]))
    return table


def _table(title: str, heads: tuple[str, ...]) -> Table:
    table = Table(*heads, title=title, title_justify="left")
    for head in ("n", "median", "p90", "bias"):
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _errors(row: dict[str, float]) -> tuple[str, ...]:
    return (
        f"{row['n']:,}",
        f"{row['median_error']:.1%}",
        f"{row['p90_error']:.1%}",
        f"{row['bias']:+.1%}",
    )
