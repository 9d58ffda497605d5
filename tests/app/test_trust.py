"""The checks that run live: they hold here, they fail where something is wrong, they stop."""

import asyncio
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from aisim import catalog
from aisim.app import trust as trust_module
from aisim.app import trust_measured, trust_queues, trust_runs
from aisim.app.check import CHANCE, NO, YES, Check, exact, verdict_of
from aisim.app.trust import Trust, checks_html, measured_html
from aisim.app.trust_chart import pairs_chart, pairs_frame, pairs_summary
from aisim.app.trust_measured import (
    LEFT_OUT,
    Compared,
    MeasuredChecks,
    band_checks,
    errors_by_test,
    wilson,
)
from aisim.app.trust_queues import QUEUES, LinearTime, plain_end_s, queue_check, stepped_check
from aisim.app.trust_runs import kept_checks, little_ratio, run_checks, study_of
from aisim.results import Interval
from aisim.results.tables import Columns
from aisim.simulation import simulate
from aisim.validation import Pair
from aisim.workload import draw_requests
from tests.theory import queueing


def made(checks):
    """All checks of a generator, and the shares that it told."""
    found = []
    return found, list(checks(found.append))


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(trust_queues, "REPLICATIONS", 4)
    monkeypatch.setattr(trust_queues, "REQUESTS", 300)
    monkeypatch.setattr(trust_runs, "REPLICATIONS", 2)


def test_the_formulas_are_those_of_the_textbook():
    one, even, four = (queue.wait_s for queue in QUEUES)
    assert one == pytest.approx(queueing.mm1_wait_s(0.7, 1.0))
    assert even == pytest.approx(queueing.md1_wait_s(0.7, 1.0))
    assert four == pytest.approx(queueing.mmc_wait_s(4, 2.8, 1.0))


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.what)
def test_a_queue_meets_its_formula_and_no_other(queue):
    (check,), shares = made(lambda found: queue_check(queue, 1, found))
    assert check.verdict in (YES, CHANCE)
    assert (len(shares), shares[-1]) == (trust_queues.REPLICATIONS, 1.0)
    wrong = replace(queue, wait_s=2 * queue.wait_s)
    (check,), _ = made(lambda found: queue_check(wrong, 1, found))
    assert check.verdict == NO


def test_another_seed_is_another_draw():
    (one,), _ = made(lambda found: queue_check(QUEUES[1], 1, found))
    (two,), _ = made(lambda found: queue_check(QUEUES[1], 2, found))
    assert one.found != two.found


def test_the_replica_is_the_plain_count():
    (check,), _ = made(lambda found: stepped_check(3, found))
    assert check.verdict == YES
    assert check.found < 1e-9


def test_a_replica_that_differs_is_found(monkeypatch):
    serve = trust_queues.serve_alone

    def late(*args, **kwargs):
        served = serve(*args, **kwargs)
        return replace(served, last_s=served.last_s + 1e-6)

    monkeypatch.setattr(trust_queues, "serve_alone", late)
    (check,), _ = made(lambda found: stepped_check(3, found))
    assert check.verdict == NO


def test_the_plain_count_by_hand():
    """Two at once: the third waits until the first is through."""
    time_ = LinearTime(1.0, decode_kv_s=0.1, mixed_kv_s=0.5)
    ends = plain_end_s(
        time_, 2, np.array([0.0, 0.5, 0.6]), np.array([10, 20, 30]), np.array([2, 3, 1])
    )
    # 0..1: prompt of the first. 1..7: its second token (10 cached, mixed) and the second's prompt.
    # 7..18: the third's prompt and a token of the second (20 cached, mixed). 18..21.1: 21 cached.
    assert ends == pytest.approx([7.0, 21.1, 18.0])


def test_whole_runs_keep_what_they_must():
    found, shares = made(lambda found: run_checks(1, found))
    assert len(found) == 9
    assert {check.verdict for check in found} <= {YES, CHANCE}
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.fixture(scope="module")
def one_run():
    study = study_of(1)
    requests = draw_requests(study, 0)
    candidate = study.candidates["queue"]
    return study, requests, simulate(candidate, requests, 1, name="queue", saturate=False)


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("status", "Requests answered"),
        ("output_tokens", "Tokens of the answers"),
        ("wait_link_s", "Waiting and service"),
    ],
)
def test_what_is_lost_is_found(one_run, column, what):
    study, requests, run = one_run
    table = run.requests.copy()
    table.loc[0, column] = "rejected" if column == "status" else table.loc[0, column] + 1
    checks = list(kept_checks(study, requests, replace(run, rows=Columns.of(table))))
    failed = [check.what for check in checks if check.verdict == NO]
    assert any(line.startswith(what) for line in failed)


def test_lost_money_is_found(one_run, monkeypatch):
    frame = trust_runs.ledger_frame
    monkeypatch.setattr(trust_runs, "ledger_frame", lambda *args: frame(*args).iloc[1:])
    failed = [c.what for c in kept_checks(*one_run) if c.verdict == NO]
    assert len(failed) == 1
    assert failed[0].startswith("Cost a month: 71 lines")


def test_little_holds_of_the_right_time_alone(one_run):
    _, _, run = one_run
    assert little_ratio(run, "pool.running", ("service_pool_s",)) == pytest.approx(1, abs=0.02)
    assert little_ratio(run, "pool.running", ("wait_pool_s",)) > 1.1


@pytest.mark.parametrize(
    ("expected", "verdict"), [(1.0, YES), (1.15, CHANCE), (0.7, NO), (1.1, YES)]
)
def test_verdicts(expected, verdict):
    assert verdict_of(expected, Interval(1, 0.9, 1.1), Interval(1, 0.8, 1.2)) == verdict


def test_a_failed_check_is_shown_as_failed_and_escaped():
    random = Check("z", 1, Interval(1, 0, 2), "s", ".1f", YES)
    checks = [exact("<b>x</b>", 1, 1), exact("y", 1, 2), random]
    html = checks_html(checks)
    assert "3 checks, 1 of them failed" in html
    assert "<td>NO</td>" in html
    assert "<b>" not in html
    assert "1.0 [0.0, 2.0] s" in html
    assert checks_html([]) == ""


def compared(predicted, test=LEFT_OUT, metric="tpot_mean_ms", band=0.35, name="m"):
    return Compared(Pair("H100", name, "vllm", test, metric, False, 100.0, predicted), band)


def test_bands_hold_or_do_not():
    good = [compared(100.0 + i) for i in range(20)]
    bad = [compared(300.0, "online_rate") for _ in range(20)]
    untold = [compared(100.0, metric="ttft_mean_ms", band=None)]
    checks = band_checks([*good, *bad, *untold])
    assert [(check.found.mean, check.verdict) for check in checks] == [(1.0, YES), (0.0, NO)]
    assert band_checks([]) == []


def test_wilson():
    """Against the printed interval of 15 in 20."""
    assert wilson(15, 20) == pytest.approx((0.75, 0.531, 0.888), abs=5e-4)
    assert wilson(20, 20).high == 1.0
    assert wilson(0, 20).low == 0.0


def test_errors_by_kind_of_test():
    rows = [compared(110.0), compared(130.0), compared(50.0, "online_rate")]
    (_, first, some), (_, second, other) = errors_by_test(rows)
    assert (first, second) == (LEFT_OUT, "online_rate")
    assert (some.n, some.median_error) == (2, pytest.approx(0.2))
    assert other.bias == pytest.approx(-0.5)


def test_the_chart_has_points_line_and_band():
    rows = [compared(110.0, name="<i>"), compared(300.0, "new_kind", name="far")]
    frame = pairs_frame(rows, "tpot_mean_ms")
    spec = pairs_chart(frame, "tpot_mean_ms").to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["area", "line", "point"]
    scales = [layer["encoding"]["x"]["scale"] for layer in spec["layer"]]
    assert all(scale == {"type": "log", "domain": [50, 500], "nice": False} for scale in scales)
    # what `put` sends has no datasets but the rows
    assert {"sequence"} == {next(iter(layer["data"])) for layer in spec["layer"][:2]}
    assert set(spec["datasets"]) == {"rows"}
    sums = [t["calculate"] for t in spec["layer"][0]["transform"]]
    assert sums == ["datum.end ? 500.0 : 50.0", "datum.same * 0.8", "datum.same * 1.2"]
    said = pairs_summary(frame, "tpot_mean_ms")
    assert "1 of 2 predictions are within 20 %" in said
    assert "far on H100, is +200% off" in said


@pytest.fixture
def few(monkeypatch):
    """One model left out, and a handful of runs of other kinds."""
    pairs = [Pair("H100-SXM-80", "a", "vllm", "", "tpot_mean_ms", False, 10.0, 9.0)] * 3
    split = SimpleNamespace(held_out="model")
    other = SimpleNamespace(held_out="accelerator")
    monkeypatch.setattr(
        trust_measured, "serving_splits", lambda *_: iter([(split, pairs), (other, pairs)])
    )
    runs = trust_measured.shipped_runs()
    kept = [run for run in runs.runs if run.scenario in ("first_token_latency", "online_rate")]
    refused = [run for run in runs.runs if run.disaggregated][:5]
    monkeypatch.setattr(
        trust_measured, "shipped_runs", lambda: replace(runs, runs=(*kept, *refused))
    )


def test_measured_runs_are_those_that_no_fit_has_seen(few):
    checks = MeasuredChecks()
    shares = list(checks.slices())
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert sum(row.is_left_out for row in checks.rows) == 3
    others = [row.pair for row in checks.rows if not row.is_left_out]
    assert {pair.phase for pair in others} == {"first_token_latency", "online_rate"}
    assert checks.left_out["disaggregated serving"] == 5
    band = catalog.error_bands()["fitted / tpot_mean_ms"].p90_error
    assert {row.band for row in checks.rows if row.is_left_out} == {band}
    more = MeasuredChecks(None)
    list(more.slices())
    assert len(more.rows) > len(checks.rows)
    html = measured_html(checks)
    assert "5 runs of other kinds are not predicted" in html
    assert "first tokens alone" in html


def test_a_run_that_turns_out_not_to_be_predicted_is_counted(few, monkeypatch):
    def refuse(self, run):
        raise trust_measured.NotPredicted("no <reason>")

    monkeypatch.setattr(trust_measured.Serving, "predicted", refuse)
    checks = MeasuredChecks()
    list(checks.slices())
    assert all(row.is_left_out for row in checks.rows)
    assert checks.left_out["no <reason>"] > 0
    assert "no &lt;reason&gt;" in measured_html(checks)


def test_the_button_makes_all_checks(quick):
    trust = Trust()
    assert trust.checks == ()
    trust.theory.button.click()
    assert len(trust.checks) == 13
    assert "13 checks" in trust._theory_table.value
    trust.seed.value = 5
    first = trust.checks
    trust.theory.button.click()
    assert trust.checks[0] != first[0]


def test_the_other_button_shows_tables_and_charts(few):
    trust = Trust()
    trust._show_measured()
    assert trust._measured_table.value == ""
    trust.measured.button.click()
    assert set(trust.charts.specs) == set(trust_measured.METRICS)
    assert all(trust.charts.summaries.values())
    assert "Errors: predicted / measured" in trust._measured_table.value


@pytest.mark.parametrize("which", ["theory", "measured"])
def test_stop_ends_it_soon_and_keeps_what_there_is(which):
    async def stopped():
        trust = Trust()
        experiment = getattr(trust, which)
        experiment.button.click()
        task = experiment.task
        await asyncio.sleep(1.0)
        assert not task.done()
        began = time.perf_counter()
        experiment.cancel.click()
        await task
        return trust, time.perf_counter() - began

    trust, took_s = asyncio.run(stopped())
    assert took_s < 2  # half a second where nothing else runs
    assert getattr(trust, which).button.disabled is False
    assert len(trust.checks) < 13


def test_a_fault_of_aisim_is_said(monkeypatch):
    def broken(*_):
        raise RuntimeError("lost")
        yield

    monkeypatch.setattr(trust_module, "run_checks", broken)
    monkeypatch.setattr(trust_module, "QUEUES", ())
    trust = Trust()
    trust.theory.button.click()
    assert "RuntimeError: lost" in trust.theory._problem.value
    assert len(trust.checks) == 1
