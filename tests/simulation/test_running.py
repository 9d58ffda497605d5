"""Machines that come and go, usage in the middle of a run, and requests too long for a model."""

import pytest

from aisim.scenario import InvalidStudy, parse_study
from aisim.simulation import Simulation
from aisim.simulation.saturation import saturation_rps
from aisim.workload import draw_requests
from tests.scenario.small import small
from tests.simulation.journeys import BIG_WAN, candidate, intervals, requests, sent, study
from tests.simulation.test_ends import link_bound, storage_bound
from tests.simulation.test_serving import HOUR, by_hours, hybrid, on_demand


def test_link_and_pool_of_one_name():
    data = small()
    c = data["candidates"]["site"]
    c["links"] = {"llm": c["links"]["wan"]}
    c["path"]["office"]["link"] = "llm"
    with pytest.raises(InvalidStudy, match=r"links\.llm has that name too"):
        parse_study(data)


def test_a_light_load_starts_one_machine():
    world = on_demand(machines__box__count=4, pools__llm__replicas=4, sites__room={"kind": "own"})
    run = sent(world, [0.0, 80.0, 90.0, 100.0, 110.0])  # one at a time, the machine is up at 60
    assert set(run.usage["resource"][run.usage["kind"] == "machine"]) == {"box/0"}


def test_nobody_waits_for_the_morning_while_a_machine_starts():
    world = hybrid(
        {},
        pools__llm__runs={"kind": "hours", "hours": ["mon 07:00-19:00"]},
        pools__burst__runs={"kind": "on_demand"},
        machines__more__boot_s=60.0,
        run__horizon_s=36000.0,
    )
    run = sent(world, [10.0, 20.0])
    assert run.requests["wait_llm_s"].max() + run.requests["wait_burst_s"].max() < 120


def test_a_machine_that_is_asked_for_twice_at_once_starts_once():
    world = hybrid(
        {},
        pools__llm__runs={"kind": "hours", "hours": ["mon 07:00-19:00"]},
        pools__burst__runs={"kind": "on_demand"},
        machines__more__boot_s=60.0,
        run__horizon_s=3600.0,
    )
    run = sent(world, [10.0])
    states = [state for state, *_ in intervals(run, "burst/0")]
    assert states[:2] == ["starting", "busy"]


def test_the_night_shift_is_on_at_midnight_on_monday():
    run = sent(by_hours("mon-sun 22:00-06:00"), [0.0])
    assert intervals(run, "box/0")[0] == ("reserved", 0, 6 * HOUR)


def test_always_open_is_never_restarted():
    run = sent(by_hours("mon-sun 00:00-24:00", start="sun 12:00", days=2), [0.0])
    assert [state for state, *_ in intervals(run, "box/0")] == ["reserved"]


def test_a_machine_that_was_starting_at_closing_time_stops():
    run = sent(by_hours("mon 01:00-01:30", machines__box__boot_s=HOUR), [0.0])
    assert intervals(run, "box/0")[-1][2] < 3 * HOUR


def test_finish_in_the_middle_loses_no_usage():
    world = study(links__wan=BIG_WAN)
    table = requests(world, [1.0, 990.0])
    simulation = Simulation(candidate(world), table, 1)
    slices = simulation.slices()
    for _ in range(5):
        next(slices)
    simulation.finish()
    list(slices)
    usage = simulation.finish().usage
    machine = usage[usage["kind"] == "machine"]
    assert (machine["to_s"] - machine["from_s"]).sum() > 990


def test_saturation_grows_with_the_replicas():
    def per_replica(n):
        world = study(links__wan=BIG_WAN, machines__box__count=n, pools__llm__replicas=n)
        return saturation_rps(candidate(world), requests(world, [0.0]), 1) / n

    assert per_replica(64) == pytest.approx(per_replica(1), rel=0.1)


def test_a_model_has_a_longest_context():  # catalog max_context is never read
    world = study(links__wan=BIG_WAN, pools__llm__model="llama-2-7b")
    assert sent(world, [0.0], input_tokens=[6000]).requests["status"][0] == "rejected"


@pytest.mark.parametrize("bound", [link_bound, storage_bound])
def test_saturation_is_what_link_and_storage_allow(bound):
    world, allowed = bound()
    found = saturation_rps(candidate(world), draw_requests(world), 1)
    assert found == pytest.approx(allowed, rel=0.05)
