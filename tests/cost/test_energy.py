"""Energy of owned machines: idle, by phase, and the host."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim import catalog
from aisim.cost import bill
from aisim.cost.energy import (
    Work,
    group_joules,
    machine_watts,
    owned_watts,
    standing_energy,
)
from aisim.performance.machines import Shape
from aisim.performance.power import power_draw
from aisim.results import BusyTime
from aisim.scenario import parse_study
from aisim.simulation import simulate
from aisim.workload import draw_requests
from tests.cost.hand import candidate_of, month_of
from tests.small import small_data

GPU = catalog.accelerator("H100-SXM-80")
SHAPE = Shape(GPU, 8)
WATTS = (2400.0, 10200.0)
seconds = st.floats(0, 1e6)


def joules(prefill_s, decode_s, sequences=1.0, held_s=1e7, shape=SHAPE):
    busy = BusyTime(prefill_s, decode_s, decode_s * sequences)
    draw = power_draw(shape.accelerator, busy.decode_sequences)
    return group_joules(held_s, WATTS, shape, [Work("pool", busy, 2, draw)])


def test_by_hand():
    row = catalog.power_shares(GPU)
    host_w = (10200 - 2400 - 8 * (700 - 70)) / 4
    prefill_w = 2 * (700 * row.prefill_share - 70) + host_w
    decode_w = 2 * (700 * row.many_decode_share - 70) + host_w
    expected = 1000 * 2400 + 30 * prefill_w + 50 * decode_w
    assert joules(30, 50, sequences=row.many_sequences, held_s=1000) == pytest.approx(expected)


def test_idle_machines_draw_their_idle_watts():
    assert joules(0, 0, held_s=5) == 5 * 2400


def test_a_second_of_prefill_draws_more_than_one_of_decoding():
    assert joules(2, 1) > joules(1, 2)


def test_decoding_many_draws_more_than_decoding_one():
    assert joules(0, 1, sequences=64) > joules(0, 1, sequences=1)


def test_without_a_power_limit_the_machine_goes_from_idle_to_most():
    tpu = Shape(catalog.accelerator("TPUv5e-16"), 8)
    assert joules(3, 1, held_s=0, shape=tpu) == pytest.approx(4 * 2 / 8 * (10200 - 2400))


@given(seconds, seconds, st.floats(1, 300), seconds, st.floats(1, 300), st.booleans())
def test_energy_never_falls_when_busy_time_grows(prefill, decode, sequences, more, joined, prompts):
    """More seconds of either phase, at whatever batch, cost more."""
    before = joules(prefill, decode, sequences)
    if prompts:
        after = joules(prefill + more, decode, sequences)
    else:
        total = decode + more
        mean = (decode * sequences + more * joined) / total if total else 1.0
        after = joules(prefill, total, mean)
    assert after >= before * (1 - 1e-12)


def test_the_line_says_its_watts_and_where_they_come_from():
    study = parse_study(small_data())
    owned = study.candidates["owned"]
    run = simulate(owned, draw_requests(study), 1, saturate=False)
    account = bill(run, owned, study.economics)
    (charge,) = [x for x in account.charges if x.category == "energy"]
    assert "W in prefill" in charge.description
    assert "row ALL" in charge.description
    assert catalog.power_rows()["ALL"].source in charge.description
    assert charge.quality == "estimate"


def test_a_model_served_by_cpus_alone_is_simulated_and_billed():
    data = small_data()
    parts = {"2x Xeon 8480+ CPU server, 1 TB": 1}
    data["candidates"]["owned"]["machines"]["server"]["parts"] = parts
    data["workload"]["traffic"]["chat"]["arrivals"]["rate_rps"] = 0.05
    study = parse_study(data)
    owned = study.candidates["owned"]
    run = simulate(owned, draw_requests(study), 1, saturate=False)
    account = bill(run, owned, study.economics)
    assert (run.requests["status"] == "completed").all()
    assert run.pools["pool"].accelerator == "Xeon-8480+"
    assert 0 < month_of(account, "energy") < account.usd_per_month


def test_a_standing_month_lies_between_idle_and_most():
    candidate = candidate_of("owned", machines={"count": 3})
    idle, most = machine_watts(candidate, "server")
    assert (idle, most) == owned_watts(candidate.machines["server"]) == (550, 2400)
    assert standing_energy(candidate, "server", 0.0).kwh == pytest.approx(3 * 0.73 * idle)
    assert standing_energy(candidate, "server", 1.0).kwh == pytest.approx(3 * 0.73 * most)
    assert standing_energy(candidate, "server", 0.2).kwh == pytest.approx(3 * 0.73 * 920)


def test_a_rented_machine_is_its_gpus_and_a_host_in_proportion():
    idle, most = machine_watts(candidate_of("rented"), "gpu")
    gpu = catalog.accelerator("L40S-48")
    host = gpu.tdp_w * catalog.assumption("cloud_host_share").value
    assert most == pytest.approx(gpu.tdp_w + host)
    idle_host = host * catalog.assumption("cloud_host_idle_share").value
    assert idle == pytest.approx(gpu.idle_w + idle_host)
