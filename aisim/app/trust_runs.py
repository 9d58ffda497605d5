"""Whole simulations: a shared link, Little's law, and nothing that gets lost."""

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from aisim.app.check import WIDE_LEVEL, Check, exact, verdict_of
from aisim.cost import bill, ledger_frame
from aisim.language import mark, say
from aisim.results import Run, mean_interval
from aisim.scenario import Study, parse_study
from aisim.simulation import Simulation
from aisim.workload import Requests, draw_requests

REPLICATIONS, HORIZON_S = 10, 1000.0
RATE_RPS, MEAN_BYTES, BYTES_PER_S = 1.4, 500, 1000
PS = mark("Shared link (M/G/1-PS): mean time of a transfer at load 0.7")
#: What is counted, its column of samples, and the parts of the time there.
LITTLE = (
    (mark("Little's law in the queue: number / (rate x time)"), "pool.waiting", ("wait_pool_s",)),
    (mark("Little's law in the batch"), "pool.running", ("service_pool_s",)),
    (mark("Little's law on the link"), "link.flows_up", ("wait_link_s", "service_link_s")),
)


def study_of(seed: int) -> Study:
    """Poisson traffic over a shared link to one GPU that serves four sequences at once."""
    return parse_study(
        {
            "aisim": 1,
            "name": "trust",
            "workload": {"traffic": {"only": _traffic()}},
            "candidates": {"queue": _candidate()},
            "run": {
                "seed": seed,
                "warm_up_s": HORIZON_S / 10,
                "horizon_s": HORIZON_S,
                "resolution_s": HORIZON_S / 2000,
            },
        }
    )


def _traffic() -> dict[str, Any]:
    """A byte on the link for each token of a prompt, none for the answer."""
    return {
        "service": "chat",
        "arrivals": {"kind": "poisson", "rate_rps": RATE_RPS},
        "sizes": {
            "kind": "quantiles",
            "input_tokens": [100, MEAN_BYTES, 900],
            "output_tokens": [10, 100, 400],
        },
        "prompt_bytes_per_token": 1,
        "answer_bytes_per_token": 0,
    }


def _candidate() -> dict[str, Any]:
    pool = {"machines": "gpu", "model": "llama-3.1-8b", "serves": ["chat"], "max_sequences": 4}
    return {
        "sites": {"region": {"kind": "cloud", "provider": "gcp", "region": "us-east5"}},
        "machines": {"gpu": {"kind": "cloud", "site": "region", "instance": "a2-ultragpu-1g"}},
        "links": {"link": {"bandwidth_gbit_per_s": 8e-9 * BYTES_PER_S}},
        "pools": {"pool": pool},
        "path": {
            "office": {"kind": "transfer", "link": "link"},
            "serving": {"kind": "serve", "pools": ["pool"]},
        },
    }


def run_checks(seed: int, found: Callable[[Check], None]) -> Iterator[float]:
    """Simulate the study several times and check the runs.

    Args:
        seed: of the study.
        found: takes each check, those of the first run as soon as it is there.

    Yields:
        the share of the runs that is done.
    """
    study = study_of(seed)
    transfers: list[float] = []
    ratios: list[tuple[float, ...]] = []
    for i in range(REPLICATIONS):
        requests = draw_requests(study, i)
        simulation = Simulation(study.candidates["queue"], requests, study.run.seed, "queue")
        for done in simulation.slices():
            yield (i + 0.99 * done) / REPLICATIONS
        run = simulation.finish()
        if i == 0:
            for check in kept_checks(study, requests, run):
                found(check)
        transfers.append(_mean_transfer_s(run))
        ratios.append(tuple(little_ratio(run, number, parts) for _, number, parts in LITTLE))
    work_s = MEAN_BYTES / BYTES_PER_S
    found(_of_means(PS, work_s / (1 - RATE_RPS * work_s), transfers, "s"))
    for (what, _, _), values in zip(LITTLE, zip(*ratios, strict=True), strict=True):
        found(_of_means(what, 1.0, values, ""))
    yield 1.0


def _of_means(what: str, truth: float, values: Any, unit: str) -> Check:
    interval, wide = mean_interval(values), mean_interval(values, WIDE_LEVEL)
    return Check(what, truth, interval, unit, ".4f", verdict_of(truth, interval, wide))


def _mean_transfer_s(run: Run) -> float:
    """Of the requests that came after the warm-up; sharing counts as waiting."""
    table = run.requests[run.requests["arrival_s"] >= run.settings.warm_up_s]
    return float((table["wait_link_s"] + table["service_link_s"]).mean())


def little_ratio(run: Run, number: str, parts: tuple[str, ...]) -> float:
    """Mean number in the samples over rate times mean time; from empty to empty it is 1.

    Args:
        run: of which every request was answered.
        number: column of the samples.
        parts: columns of the time that a request spends there.
    """
    present_s = float(run.series[number].sum()) * run.settings.resolution_s
    return present_s / float(sum(run.requests[part].sum() for part in parts))


def kept_checks(study: Study, requests: Requests, run: Run) -> Iterator[Check]:
    """What came in is what went out: requests, tokens, seconds, money.

    Args:
        study: with one candidate.
        requests: that were drawn for it.
        run: what became of them.
    """
    table = run.requests
    done = table[table["status"] == "completed"]
    yield exact(mark("Requests answered, of those that were sent"), len(requests), len(done))
    drawn = int(requests.output_tokens.sum())
    yield exact(mark("Tokens of the answers"), drawn, int(done["output_tokens"].sum()))
    parts = [name for name in map(str, table) if name.startswith(("wait_", "service_"))]
    lasted_s = float((done["last_token_s"] - done["arrival_s"]).sum())
    spent_s = float(done[parts].to_numpy().sum())
    yield exact(mark("Waiting and service at all components against time from end to end"),
                lasted_s, spent_s, "s", ",.3f")  # fmt: skip
    yield exact(mark("Time of the GPU: busy and idle together"),
                run.end_s, _replica_s(run.usage), "s", ",.3f")  # fmt: skip
    yield from _money(study, run)


def _replica_s(usage: pd.DataFrame) -> float:
    replica = usage[usage["kind"] == "replica"]
    return float((replica["to_s"] - replica["from_s"]).sum())


def _money(study: Study, run: Run) -> Iterator[Check]:
    """The dated lines of the ledger against the headline of the bill."""
    account = bill(run, study.candidates["queue"], study.economics)
    lines = ledger_frame("queue", account.charges, study.economics)
    months = 12 * study.economics.years
    what = say("Cost a month: {n} lines of the ledger against the headline", n=len(lines))
    monthly = float(lines["EffectiveCost"].sum()) / months
    yield exact(what, account.usd_per_month or 0.0, monthly, "USD", ",.2f")
