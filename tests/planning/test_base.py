"""The best base of a hybrid: the closed form, and what a simulation makes of it."""

import json
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.cost.used import Served, Used
from aisim.planning import (
    BadInput,
    base_choice,
    commitment,
    compare,
    optimal_base,
    optimal_commitment,
)
from aisim.planning.base_answer import base_answer
from aisim.planning.base_curve import closed_form, own_usd
from aisim.planning.base_found import Found
from aisim.planning.base_overflow import Rented
from aisim.planning.hybrid import alone, at_base, hybrid_of, is_hybrid
from aisim.results.load import LoadCurve
from aisim.scenario import parse_study
from aisim.scenario.study import MONTH_H
from tests.numbers import finite_or_null
from tests.small import small_data

#: Three hours, in the middle of which four times as much comes as at the edges.
HOURS = [0.25, 1.0, 0.5, *(21 * [0.25])]
PART = "CPU node 2x 64c, 768 GB, 15 TB NVMe"


def hybrid_data(rate_rps=3.0, usd_per_hour=None, count=1):
    """An 8B model on one L40S in each machine, own or rented; a day of three hours."""
    data = small_data()
    traffic = data["workload"]["traffic"]["chat"]
    mean = sum(HOURS) / 24
    traffic["arrivals"] = {"kind": "shaped", "rate_rps": rate_rps * mean, "by_hour": HOURS}
    traffic["service_level"] = {"ttft_s": {"limit_s": 5.0}}
    rented, owned = (data["candidates"][name] for name in ("rented", "owned"))
    machines = {
        "own": {"kind": "own", "site": "house", "count": count, "parts": {PART: 1, "L40S 48GB": 1}},
        "cloud": rented["machines"]["gpu"] | {"count": 5, "boot_s": 20.0},
    }
    if usd_per_hour is not None:
        machines["cloud"]["usd_per_hour"] = usd_per_hour
    pool = rented["pools"]["pool"] | {"max_sequences": 2, "token_budget": 512}
    hybrid = {
        "sites": rented["sites"] | owned["sites"],
        "machines": machines,
        "pools": {
            "base": pool | {"machines": "own", "replicas": count},
            "burst": pool
            | {
                "machines": "cloud",
                "replicas": 5,
                "runs": {"kind": "on_demand", "start_queue": 2, "stop_idle_s": 60},
            },
        },
        "path": {
            "serving": {"kind": "serve", "pools": ["base", "burst"], "burst": {"queue": 4}},
        },
    }
    data["candidates"] = {"hybrid": hybrid, "rented": rented, "owned": owned}
    data["run"] = {"warm_up_s": 0, "horizon_s": 3 * 3600, "resolution_s": 60}
    return data


def hybrid(**options):
    return hybrid_of(parse_study(hybrid_data(**options)), "hybrid")


def idle_use(found):
    """Nothing served, so that the bill is that of the machines alone."""
    return Used({}, {}, Served(egress_gb=dict.fromkeys(found.candidate.sites, 0.0)))


def test_the_same_candidate_with_another_base():
    found = hybrid()
    three = at_base(found, 3)
    assert three.machines["own"].count == three.pools["base"].replicas == 3
    assert three.machines["cloud"] == found.candidate.machines["cloud"]
    none = at_base(found, 0)
    assert list(none.pools) == ["burst"]
    assert list(none.machines) == ["cloud"]
    assert none.path["serving"].pools == ("burst",)
    one = alone(found.candidate, "burst")
    assert (*one.pools,) == one.path["serving"].pools == ("burst",)
    assert one.machines["cloud"].count == one.pools["burst"].replicas == 1


def test_a_machine_holds_as_many_replicas_as_fit():
    data = hybrid_data()
    data["candidates"]["hybrid"]["machines"]["own"]["parts"]["L40S 48GB"] = 4
    data["candidates"]["hybrid"]["pools"]["base"] |= {"tensor_parallel": 2, "replicas": 1}
    found = hybrid_of(parse_study(data), "hybrid")
    assert at_base(found, 3).pools["base"].replicas == 6
    told = base_answer(Found(found)).notes
    assert "pool base: 2 replicas fit on 1, 1 declared" in told


def test_refused_data_needs_a_base():
    data = hybrid_data()
    data["candidates"]["hybrid"]["sites"]["region"]["refuses"] = ["internal"]
    found = hybrid_of(parse_study(data), "hybrid")
    with pytest.raises(BadInput, match="nobody may serve chat"):
        at_base(found, 0)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.floats(0, 6), min_size=1, max_size=30), st.floats(0.2, 20))
def test_the_closed_form_is_the_newsvendors_where_machines_are_alike(load, usd_per_hour):
    found, curve = hybrid(usd_per_hour=usd_per_hour), LoadCurve(np.array(load))
    use = idle_use(found)
    overflow = Rented(found, 1.0)
    points = closed_form(found, use, curve, overflow)
    assert [point.machines for point in points] == list(range(len(points)))
    rented = overflow.usd_per_machine_month
    assert rented == pytest.approx(usd_per_hour * MONTH_H)
    for point in points:
        hours = sum(curve.exceeded(k) for k in range(point.machines, 10)) * MONTH_H
        assert point.rented_machine_h == pytest.approx(hours, abs=1e-9)
    # One more own machine costs the same each time but for its energy, and spares L of a rented.
    for one, next_one in pairwise(points[1:]):
        own = [own_usd(found, use, busy, overflow) for busy in (0.0, 1.0)]
        least, most = (usd - curve.exceeded(one.machines) * rented for usd in own)
        step = next_one.usd_per_month - one.usd_per_month
        energy = own[1] - own[0]
        assert least - energy * one.machines - 1e-6 <= step <= most + energy + 1e-6


def test_own_machines_that_cost_more_than_rented_ones_are_never_worth_it():
    found = hybrid(usd_per_hour=1e-3)
    load = LoadCurve(np.linspace(0, 5, 50))
    points = closed_form(found, idle_use(found), load, Rented(found, 1.0))
    assert min(points, key=lambda p: p.usd_per_month).machines == 0


def test_rented_machines_that_cost_far_more_are_never_worth_it():
    found = hybrid(usd_per_hour=1e4)
    load = LoadCurve(np.linspace(0, 5, 50))
    points = closed_form(found, idle_use(found), load, Rented(found, 1.0))
    assert min(points, key=lambda p: p.usd_per_month).machines == 5


def test_a_simulation_at_the_closed_form_or_beside_it():
    told = []
    study = parse_study(hybrid_data())
    found = optimal_base(study, "hybrid", on_progress=lambda name, done: told.append(name))
    assert abs(found.confirmed - found.named) <= 1
    assert found.peak_load > 2
    simulated = {point.machines: point for point in found.simulated}
    assert {found.confirmed, found.confirmed + 1} <= set(simulated)
    assert all(point.promises_kept for point in found.simulated)
    assert simulated[found.confirmed].usd_per_month == min(
        point.usd_per_month for point in found.simulated
    )
    assert found.simulated_usd_per_month == simulated[found.confirmed].usd_per_month
    assert found.regret_usd_per_month >= 0
    # More own machines, fewer rented hours.
    hours = [point.rented_machine_h for point in found.simulated]
    assert hours == sorted(hours, reverse=True)
    # Each number is simulated once.
    names = list(dict.fromkeys(told))
    assert len([name for name in names if "own machine" in name]) == len(simulated)
    assert names == [name for i, name in enumerate(told) if i == 0 or told[i - 1] != name]
    finite_or_null(json.loads(json.dumps(found.as_dict(), allow_nan=False)))


def test_a_rented_machine_for_nothing_leaves_no_base_or_the_least():
    found = optimal_base(parse_study(hybrid_data(rate_rps=1.0, usd_per_hour=1e-3)), "hybrid")
    assert (found.named, found.confirmed) == (0, 0)
    assert found.ratio > 1
    assert found.simulated[0].own_busy_share is None


def test_dear_rented_machines_leave_all_to_ones_own():
    found = optimal_base(parse_study(hybrid_data(usd_per_hour=500.0)), "hybrid")
    assert found.named >= found.peak_load
    chosen = next(p for p in found.simulated if p.machines == found.confirmed)
    assert chosen.rented_machine_h == 0
    assert found.commitment.machines == 0


def test_the_commitment_is_that_of_the_confirmed_base():
    study = parse_study(hybrid_data(rate_rps=1.0, usd_per_hour=1e-3))
    found = optimal_base(study, "hybrid")
    none = study.model_copy(
        update={"candidates": {"hybrid": at_base(hybrid_of(study, "hybrid"), 0)}}
    )
    again = optimal_commitment(none, "hybrid")
    assert replace(found.commitment, notes=()) == replace(again, notes=())


def test_no_promise_kept_leaves_the_cheapest():
    data = hybrid_data(rate_rps=0.5)
    data["workload"]["traffic"]["chat"]["service_level"] = {"ttft_s": {"limit_s": 1e-6}}
    found = optimal_base(parse_study(data), "hybrid")
    assert not any(point.promises_kept for point in found.simulated)
    least = min(found.simulated, key=lambda point: point.usd_per_month)
    assert found.confirmed == least.machines
    assert any("keeps all promises" in note for note in found.notes)


def test_a_stop_keeps_what_there_is():
    told = []
    study = parse_study(hybrid_data(rate_rps=0.5))
    found = optimal_base(
        study, "hybrid",
        on_progress=lambda name, done: told.append(name),
        cancelled=lambda: len(set(told)) > 1,
    )  # fmt: skip
    assert found.partial
    assert [point.machines for point in found.simulated] == [1]
    assert (found.named, found.confirmed, found.ratio) == (None, None, None)
    early = optimal_base(study, "hybrid", cancelled=lambda: True)
    assert early.partial
    assert early.simulated == ()


@pytest.mark.parametrize("name", ["rented", "owned"])
def test_without_a_hybrid_a_line_says_so(name):
    study = parse_study(hybrid_data())
    assert not is_hybrid(study, name)
    with pytest.raises(BadInput, match="is no hybrid") as caught:
        optimal_base(study, name)
    assert "\n" not in str(caught.value)


def test_every_key_is_explained():
    for module in (base_choice, commitment):
        for kind in vars(module).values():
            if is_dataclass(kind) and kind.__module__.startswith("aisim.planning"):
                for field in fields(kind):
                    assert f"{field.name}: " in kind.__doc__, (kind, field.name)


def test_the_bill_is_that_of_a_comparison():
    study = parse_study(hybrid_data(rate_rps=0.5))
    found = optimal_base(study, "hybrid")
    month = compare(study, candidates=["hybrid"]).bills["hybrid"].usd_per_month
    declared = next(p for p in found.simulated if p.machines == found.declared)
    assert declared.usd_per_month == pytest.approx(month)
