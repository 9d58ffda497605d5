"""What can be trusted: aisim against theory, against itself, and against measurements, live."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import chain

import ipywidgets as widgets

from aisim.app.check import NO, Check
from aisim.app.drawn import put
from aisim.app.experiment import Experiment
from aisim.app.style import style
from aisim.app.tables import table_html
from aisim.app.trust_chart import pairs_chart, pairs_frame, pairs_summary
from aisim.app.trust_measured import (
    METRICS,
    SAMPLED,
    MeasuredChecks,
    band_checks,
    errors_by_test,
    test_words,
)
from aisim.app.trust_queues import QUEUES, queue_check, stepped_check
from aisim.app.trust_runs import run_checks
from aisim.app.widgets import LiveCharts
from aisim.language import number, say, tr

#: Charts are drawn anew when there are this many times more points.
MORE = 1.2


class Trust(widgets.VBox):
    """Checks that run when a button is pressed; one that fails is shown as failed.

    Attributes:
        seed: of what is random in the checks against theory.
        theory: the checks against formulas and of what must be kept.
        tests: how many of the measured runs are predicted.
        measured: the checks against measurements.
    """

    def __init__(self) -> None:
        wide = {"description_width": "initial"}
        self._checks: list[Check] = []
        self._compared: MeasuredChecks | None = None
        self._drawn = 0
        self.seed = widgets.BoundedIntText(
            value=1, min=0, max=2**31 - 1, description=tr("Seed of the draws"), style=wide
        )
        self.theory = Experiment(tr("Check against theory"), self._theorise, self._show_theory)
        self.tests = widgets.Dropdown(
            options=[(tr("a sample"), SAMPLED), (tr("all (about a minute)"), None)],
            description=tr("Runs of other kinds"),
            style=wide,
            layout={"width": "max-content"},
        )
        self.measured = Experiment(
            tr("Check against measurements"), self._measure, self._show_measured
        )
        self._theory_table, self._measured_table = widgets.HTML(), widgets.HTML()
        self.charts = LiveCharts()
        super().__init__(
            [
                style(), self.seed, self.theory, self._theory_table,
                self.tests, self.measured, self._measured_table, self.charts,
            ]
        )  # fmt: skip
        self.add_class("aisim-desk")

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks against theory that were made so far."""
        return tuple(self._checks)

    def _theorise(self) -> Iterator[float]:
        self._checks = []
        seed, found = int(self.seed.value), self._checks.append
        works: list[Callable[[], Iterator[float]]] = [
            *(lambda queue=queue: queue_check(queue, seed, found) for queue in QUEUES),
            lambda: stepped_check(seed, found),
            lambda: run_checks(seed, found),
        ]
        shares = [((i + share) / len(works) for share in work()) for i, work in enumerate(works)]
        return chain.from_iterable(shares)

    def _show_theory(self) -> None:
        self._theory_table.value = checks_html(self._checks)

    def _measure(self) -> Iterator[float]:
        self._compared, self._drawn = MeasuredChecks(self.tests.value), 0
        return self._compared.slices()

    def _show_measured(self) -> None:
        """The tables as they grow; the charts now and then, and at the end."""
        if self._compared is None:
            return
        rows, is_over = self._compared.rows, self.measured.cancel.disabled
        if len(rows) == self._drawn or not (is_over or len(rows) > MORE * self._drawn):
            return
        self._drawn = len(rows)
        self._measured_table.value = measured_html(self._compared)
        frames = {metric: pairs_frame(rows, metric) for metric in METRICS}
        put(
            self.charts,
            {
                metric: (pairs_chart(frame, metric), frame, pairs_summary(frame, metric))
                for metric, frame in frames.items()
                if len(frame)
            },
        )


def checks_html(checks: Sequence[Check]) -> str:
    """A table of checks, with a sentence on how many hold; nothing without any."""
    if not checks:
        return ""
    failed = sum(check.verdict == NO for check in checks)
    caption = tr(say("{n} checks, {failed} of them failed", n=len(checks), failed=failed))
    head = [tr("What"), tr("Expected"), tr("Found, with its 95 % interval"), tr("Within?")]
    return table_html(caption, head, [check.cells() for check in checks], is_text=True)


def measured_html(compared: MeasuredChecks) -> str:
    """The checks of stated errors, the errors by kind of test, and what was left out."""
    head = [tr("Measure"), tr("Kind of test"), tr("Runs"), tr("Half are within"),
            tr("9 of 10 within"), tr("Typical error")]  # fmt: skip
    lines = [
        (
            tr(METRICS[metric][0]),
            test_words(test),
            number(errors.n, ",d"),
            number(errors.median_error, ",.0%"),
            number(errors.p90_error, ",.0%"),
            number(errors.bias, "+,.0%"),
        )
        for metric, test, errors in errors_by_test(compared.rows)
    ]
    table = table_html(tr("Errors: predicted / measured - 1"), head, lines, is_text=True)
    return checks_html(band_checks(compared.rows)) + table + _left_out(compared)


def _left_out(compared: MeasuredChecks) -> str:
    """Runs that are not predicted, by reason; to be opened."""
    left = compared.left_out
    if not left:
        return ""
    words = tr(say("{n:,} runs of other kinds are not predicted", n=left.total()))
    lines = "".join(
        f"<li>{number(n, ',d')}: {escape(reason)}</li>" for reason, n in left.most_common()
    )
    return f"<details><summary>{escape(words)}</summary><ul>{lines}</ul></details>"
