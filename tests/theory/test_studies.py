"""Whole studies that are queues, simulated like any other."""

from itertools import pairwise

import pytest

from aisim.performance.placement import plan_pools
from tests.theory import queueing as theory
from tests.theory.replications import assert_tells, replicate, replicate_all
from tests.theory.studies import measured, run, study

PROMPT, ANSWER = 400, 40
CONSTANT = {"kind": "constant", "input_tokens": PROMPT, "output_tokens": ANSWER}
ONE_BY_ONE = {
    "pool": {"machines": "gpu", "model": "llama-3.1-8b", "serves": ["chat"], "max_sequences": 1}
}
SERVE = {"serving": {"kind": "serve", "pools": ["pool"]}}


def alone_s(candidate) -> float:
    """Time of a prompt and its answer alone on a replica, iteration by iteration."""
    time = plan_pools(candidate)["pool"].time
    decodes = (time.tokens_s(1) + k * time.decode_kv_s for k in range(PROMPT, PROMPT + ANSWER - 1))
    return time.mixed_tokens_s(PROMPT) + time.prompt_s(PROMPT, 0) + sum(decodes)


def poisson(rate_rps: float) -> dict[str, object]:
    return {"kind": "poisson", "rate_rps": rate_rps}


def test_stages_in_a_row():
    """Link and device are M/D/1 with sharing, whose departures are Poisson again (Kelly,
    Reversibility and Stochastic Networks, 1979, section 3.3); the replica is M/D/1.
    """
    link_bit_per_s, prompt_bytes_per_token = 1e6, 100.0
    candidate = {
        "pools": ONE_BY_ONE,
        "links": {"link": {"bandwidth_gbit_per_s": link_bit_per_s / 1e9, "latency_s": 0.1}},
        "storage": {"disk": {"bandwidth_gb_per_s": 1, "operations_per_s": 100}},
        "path": {
            "office": {"kind": "transfer", "link": "link"},
            "documents": {"kind": "read", "storage": "disk"},
            **SERVE,
        },
    }
    link_s, disk_s = PROMPT * prompt_bytes_per_token * 8 / link_bit_per_s, 30 / 100
    probe = study(candidate, poisson(1), CONSTANT, 1)
    replica_s = alone_s(probe.candidates["queue"])
    rate = 0.7 / max(link_s, disk_s, replica_s)
    loaded = study(
        candidate, poisson(rate), CONSTANT, 2500 / rate,
        prompt_bytes_per_token=prompt_bytes_per_token, answer_bytes_per_token=0,
        retrieval={"documents": 30, "document_bytes": 1000},
    )  # fmt: skip

    def waits(i: int) -> tuple[float, ...]:
        table = measured(run(loaded, i))
        assert table["service_pool_s"].to_numpy() == pytest.approx(replica_s, rel=1e-6)
        columns = ["wait_link_s", "wait_disk_s", "wait_pool_s", "sojourn_s"]
        return tuple(table[columns].mean())

    link, disk, replica, sojourn = replicate_all(waits)
    shared = [theory.ps_sojourn_s(rate, alone) - alone for alone in (link_s, disk_s)]
    queued = [theory.md1_wait_s(rate, alone) for alone in (link_s, disk_s, replica_s)]
    assert_tells(link, shared[0], first_come_first_served=queued[0])
    assert_tells(disk, shared[1], first_come_first_served=queued[1])
    assert_tells(replica, queued[2], wait_of_mm1=theory.mm1_wait_s(rate, replica_s))
    services = link_s + disk_s + replica_s + 2 * 0.1
    assert_tells(
        sojourn,
        sum(shared) + queued[2] + services,
        first_come_first_served=sum(queued) + services,
        no_waiting=services,
    )


def test_full_duplex():
    """Answers that go down a link do not disturb prompts that go up, however uneven they are."""
    latency_s = 0.3
    candidate = {
        "links": {"link": {"bandwidth_gbit_per_s": 8e-6, "latency_s": latency_s}},
        "path": {"office": {"kind": "transfer", "link": "link"}},
    }
    uneven = [100] * 9 + [3200]
    sizes = {"kind": "quantiles", "input_tokens": uneven, "output_tokens": [400, 800]}
    up_s = sum(a + b for a, b in pairwise(uneven)) / 2 / 9 / 1000
    loaded = study(
        candidate, poisson(1.0), sizes, 3000,
        prompt_bytes_per_token=1, answer_bytes_per_token=1,
    )  # fmt: skip
    up, down = theory.ps_sojourn_s(1.0, up_s), theory.ps_sojourn_s(1.0, 0.6)
    assert_tells(
        replicate(lambda i: measured(run(loaded, i))["sojourn_s"].mean()),
        up + down + 2 * latency_s,
        prompts_alone=up + 0.6 + 2 * latency_s,
        latency_once=up + down + latency_s,
        half_duplex=theory.ps_sojourn_s(1.0, up_s + 0.6) + 2 * latency_s,
    )


def test_closed_loop():
    """Clients that think and send over one link, by mean value analysis."""
    clients, think_s, latency_s = 8, 5.0, 0.5
    candidate = {
        "links": {"link": {"bandwidth_gbit_per_s": 8e-6, "latency_s": latency_s}},
        "path": {"office": {"kind": "transfer", "link": "link"}},
    }
    looped = study(
        candidate,
        {"kind": "clients", "clients": clients, "think_time_s": think_s},
        {"kind": "constant", "input_tokens": 1000, "output_tokens": 1},
        2000,
        prompt_bytes_per_token=1,
        answer_bytes_per_token=0,
    )
    away_s = think_s + 2 * latency_s
    assert_tells(
        replicate(lambda i: measured(run(looped, i))["sojourn_s"].mean()),
        theory.closed_sojourn_s(clients, away_s, 1.0) + 2 * latency_s,
        saturated=clients * 1.0 - away_s + 2 * latency_s,
        latency_not_part_of_the_loop=theory.closed_sojourn_s(clients, think_s, 1.0) + 2 * latency_s,
        one_client_fewer=theory.closed_sojourn_s(clients - 1, away_s, 1.0) + 2 * latency_s,
    )
