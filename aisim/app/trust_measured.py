"""Measured serving runs that no fit has seen, and what aisim predicts of them."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, product
from math import sqrt
from time import sleep
from typing import Any

from aisim import catalog
from aisim.app.check import NO, YES, Check
from aisim.language import mark, say, tr
from aisim.performance import gpu_fit
from aisim.results import Interval
from aisim.validation.fitted import is_fitted
from aisim.validation.measured import ServingRun
from aisim.validation.serving import Serving, spread_of
from aisim.validation.setups import NotPredicted
from aisim.validation.shipped import shipped_products, shipped_runs, shipped_steps
from aisim.validation.splits import serving_splits
from aisim.validation.validate import Errors, Pair, errors_of

#: What is compared: its words and its unit.
TPOT = "tpot_mean_ms"
METRICS: Mapping[str, tuple[str, str]] = {
    "output_tok_s": (mark("Output rate"), mark("tokens/s")),
    TPOT: (mark("Time per token (TPOT), mean"), "ms"),
    "ttft_mean_ms": (mark("Time to first token (TTFT), mean"), "ms"),
}
#: Kinds of tests, as the files of the measurements call them.
TESTS: Mapping[str, str] = {
    "mlperf_offline": mark("MLPerf, all requests at once"),
    "mlperf_server": mark("MLPerf, requests at a rate"),
    "offline_max_load": mark("all requests at once"),
    "offline_fixed_batch": mark("batches of one size"),
    "online_rate": mark("requests at a rate"),
    "first_token_latency": mark("first tokens alone"),
}
#: Runs of each accelerator and kind of test in a sample.
SAMPLED = 1
#: The kernel answers while a prediction is made beside it.
LOOK_S = 0.01
#: The thread that predicts gives way this often; by default it is too seldom for a quick stop.
SWITCH_S = 0.0005
Z_95 = 1.96
#: Of the predictions are within the stated band.
CLAIMED = 0.9
#: Share of the progress at which the left-out models are through.
HALF = 0.6
#: Kind of test of the runs whose model was left out of the fit.
LEFT_OUT = mark("closed loop, model left out")


@dataclass(frozen=True)
class Compared:
    """One measure of one run.

    Attributes:
        pair: predicted beside measured; its phase is the kind of test.
        band: 90 % of such predictions should be nearer than this; None where none is stated.
    """

    pair: Pair
    band: float | None

    @property
    def is_left_out(self) -> bool:
        """Whether the fit has seen such runs, but of other models."""
        return self.pair.phase == LEFT_OUT

    @property
    def is_near(self) -> bool:
        """Whether the error is within the band."""
        return self.band is not None and abs(self.pair.error) <= self.band


class MeasuredChecks:
    """Predicts runs one after the other.

    Args:
        most: runs of each accelerator and kind of test; None: all.

    Attributes:
        rows: what was compared so far.
        left_out: runs that aisim does not predict, by reason.
    """

    def __init__(self, most: int | None = SAMPLED) -> None:
        self.rows: list[Compared] = []
        self.left_out: Counter[str] = Counter()
        self._most = most
        self._serving = Serving()

    def slices(self) -> Iterator[float]:
        """Compare, the left-out models first; yields the share that is done, often."""
        with_one, usual_s = ThreadPoolExecutor(max_workers=1), sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        try:
            yield from self._left_out_models(with_one)
            yield from self._other_tests(with_one)
        finally:
            sys.setswitchinterval(usual_s)
            with_one.shutdown(wait=False, cancel_futures=True)
        yield 1.0

    def _left_out_models(self, with_one: ThreadPoolExecutor) -> Iterator[float]:
        """Each model of the closed-loop runs in turn: predicted by a fit to all others."""
        band = catalog.error_bands()[f"fitted / {TPOT}"]
        data = (shipped_runs().runs, shipped_steps().steps, shipped_products())
        splits, n = serving_splits(*data), 0
        while n < (band.rows or 1):
            made = with_one.submit(next, splits)
            yield from _while(made, HALF * n / (band.rows or 1))
            split, pairs = made.result()
            if split.held_out != "model":
                return
            n += len(pairs)
            self.rows += [Compared(p._replace(phase=LEFT_OUT), band.p90_error) for p in pairs]

    def _other_tests(self, with_one: ThreadPoolExecutor) -> Iterator[float]:
        """Runs that no fit has seen, of kinds that no fit uses."""
        runs = [run for group in self._groups() for run in _spread(group, self._most)]
        for i, run in enumerate(runs):
            made = with_one.submit(self._compare, run)
            yield from _while(made, HALF + (1 - HALF) * i / len(runs))
            self.rows += made.result()

    def _groups(self) -> list[list[ServingRun]]:
        """Runs that no fit has seen and that can be predicted, by accelerator and test."""
        unseen = [run for run in shipped_runs().runs if not is_fitted(run) and self._can(run)]
        unseen.sort(key=_group)
        return [list(runs) for _, runs in groupby(unseen, key=_group)]

    def _can(self, run: ServingRun) -> bool:
        try:
            spread_of(run)
        except NotPredicted as reason:
            self.left_out[str(reason)] += 1
            return False
        return True

    def _compare(self, run: ServingRun) -> list[Compared]:
        setup = run.setup
        try:
            made = self._serving.predicted(run)
        except NotPredicted as reason:
            self.left_out[str(reason)] += 1
            return []
        named = (setup.hardware, setup.model, setup.engine, run.scenario or "serving")
        return [
            Compared(
                Pair(*named, metric, False, run.measured[metric], made[metric]),
                _band(run, metric),
            )
            for metric in METRICS
            if metric in made
        ]


def test_words(test: str) -> str:
    """A kind of test in words, in the language in use."""
    return tr(TESTS.get(test, test))


def band_checks(rows: Sequence[Compared]) -> list[Check]:
    """Whether 90 % of the predictions are as near as aisim says of such predictions.

    Args:
        rows: what was compared; measures without a stated band are passed over.
    """
    found = []
    known = [row for row in rows if row.band is not None]
    for metric, is_left_out in product(METRICS, (True, False)):
        some = [r for r in known if r.pair.metric == metric and r.is_left_out == is_left_out]
        if some:
            share = wilson(sum(row.is_near for row in some), len(some))
            words = _left_out_models if is_left_out else _other_kinds
            what = words(tr(METRICS[metric][0]), len(some))
            verdict = YES if share.high >= CLAIMED else NO
            found.append(Check(what, CLAIMED, share, "", ".0%", verdict))
    return found


def _left_out_models(metric: str, n: int) -> str:
    return say(
        "{metric}: {n:,} runs of models that the fit has not seen, share within the stated error",
        metric=metric,
        n=n,
    )


def _other_kinds(metric: str, n: int) -> str:
    return say(
        "{metric}: {n:,} runs of kinds that no fit uses, share within the stated error",
        metric=metric,
        n=n,
    )


def wilson(inside: int, n: int) -> Interval:
    """A share and its 95 % interval (Wilson), as if the runs did not depend on each other."""
    share, z2 = inside / n, Z_95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def errors_by_test(rows: Sequence[Compared]) -> list[tuple[str, str, Errors]]:
    """The errors by measure and kind of test: metric, test, errors."""
    found = []
    for metric in METRICS:
        pairs = sorted((r.pair for r in rows if r.pair.metric == metric), key=lambda p: p.phase)
        for test, some in groupby(pairs, key=lambda p: p.phase):
            found.append((metric, test, errors_of(some)))
    return found


def _group(run: ServingRun) -> tuple[str, str]:
    return run.setup.hardware, run.scenario


def _spread(runs: Sequence[ServingRun], most: int | None) -> Sequence[ServingRun]:
    """So many of them, evenly through the list."""
    if most is None or len(runs) <= most:
        return runs
    return [runs[(2 * i + 1) * len(runs) // (2 * most)] for i in range(most)]


def _band(run: ServingRun, metric: str) -> float | None:
    """The stated error of such predictions: 90 % are nearer."""
    ran = spread_of(run)
    provenance = gpu_fit(ran.device, ran.engine, ran.precision).provenance
    row = catalog.error_bands().get(f"{provenance} / {metric}")
    return None if row is None else row.p90_error


def _while(made: "Future[Any]", done: float) -> Iterator[float]:
    """Say again and again how much is done, until the prediction is made."""
    yield done
    while not made.done():
        sleep(LOOK_S)
        yield done
