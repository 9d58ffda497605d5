"""Some trials of each candidate as one picture."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from aisim.planning import Picture, Trial, compare
from aisim.planning.replicate import combine
from aisim.scenario import parse_study
from aisim.workload import draw_requests
from tests.small import small_study

STUDY = small_study(horizon_s=600)
NAMES = ("rented", "owned")


@cache
def outcome(name, replication, saturate=True):
    trial = Trial(STUDY, name, draw_requests(STUDY, replication), saturate=saturate)
    list(trial.slices())
    return trial.finish()


def outcomes(replications=2, names=NAMES):
    return {name: [outcome(name, r) for r in range(replications)] for name in names}


def changed(found, **figures):
    return replace(found, answer=found.answer | figures)


def second_of_owned(**figures):
    """All outcomes, with other figures in the last of them."""
    return outcomes() | {"owned": [outcome("owned", 0), changed(outcome("owned", 1), **figures)]}


def picture(found=None, wanted=2, **flags):
    return Picture(STUDY, outcomes() if found is None else found, wanted, **flags)


def test_the_answer_is_that_of_the_replications():
    expected = combine(STUDY, [compare(STUDY, replication=r).answer() for r in range(2)], 2)
    assert picture().answer == expected


def test_one_replication_has_no_intervals():
    answer = picture(outcomes(1), wanted=1).answer
    ttft = answer["candidates"]["rented"]["ttft_s"]["p95"]
    assert (ttft["low"], ttft["high"]) == (None, None)
    assert not answer["partial"]


def test_states():
    assert [picture().state(name) for name in NAMES] == ["sound", "sound"]
    assert picture(preview=True).state("rented") == "preview"
    assert picture(wanted=3).state("rented") == "partial"
    assert picture(stopped=True).state("rented") == "partial"
    stopped = second_of_owned(partial=True)
    assert [picture(stopped).state(name) for name in NAMES] == ["sound", "partial"]
    over = second_of_owned(overloaded=True)
    for flags in ({}, {"preview": True}, {"stopped": True}):
        assert picture(over, **flags).state("owned") == "overloaded"
    assert picture(over).state("rented") == "sound"


def test_partial_is_what_was_stopped_or_has_more_to_come():
    assert not picture().partial
    assert picture(wanted=3).partial
    assert picture(stopped=True).partial
    for one in (picture(wanted=3), picture(stopped=True)):
        assert one.answer["partial"]
        assert all(found["partial"] for found in one.answer["candidates"].values())
    assert not any(found["partial"] for found in picture().answer["candidates"].values())
    assert not picture(wanted=6, preview=True).partial, "a preview is not called partial, too"


def test_a_picture_with_a_candidate_that_was_cut_short_is_partial():
    """The last candidate of the last replication was stopped in its middle."""
    cut = second_of_owned(partial=True)
    assert picture(cut).partial
    assert picture(cut).answer["partial"]


def test_what_was_stopped_and_is_overloaded_is_still_partial_in_the_answer():
    over = outcomes(1) | {"owned": [changed(outcome("owned", 0), overloaded=True, partial=True)]}
    answer = picture(over, wanted=1, stopped=True).answer
    assert answer["candidates"]["owned"]["partial"]
    assert answer["candidates"]["owned"]["overloaded"]


def test_a_picture_of_nobody():
    nobody = picture({}, wanted=5)
    assert nobody.replications == 0
    assert nobody.partial
    assert nobody.answer["candidates"] == {}


@pytest.mark.parametrize(
    "changes", [{"sizes": {"kind": "constant", "input_tokens": 5_000_000, "output_tokens": 5}},
                {"arrivals": {"kind": "poisson", "rate_rps": 1e-6}}],
)  # fmt: skip
def test_a_picture_in_which_nothing_completes_has_an_answer(changes):
    """Prompts that no KV cache holds, or nobody who asks: there is no bottleneck to name."""
    data = STUDY.model_dump(mode="json")
    data["workload"]["traffic"]["chat"] |= changes
    study = parse_study(data)
    found = {}
    for name in NAMES:
        found[name] = []
        for replication in range(2):
            trial = Trial(study, name, draw_requests(study, replication), saturate=False)
            list(trial.slices())
            found[name].append(trial.finish())
    for one in (Picture(study, found, 2), Picture(study, found, 2, preview=True)):
        assert one.answer["candidates"]["owned"]["bottleneck"]["component"] is None
        assert one.answer["candidates"]["owned"]["ttft_s"]["p95"] is None


def test_replications_are_those_that_all_have():
    uneven = {"rented": [outcome("rented", r) for r in range(2)], "owned": [outcome("owned", 0)]}
    assert picture(uneven).replications == 1
    expected = combine(STUDY, [compare(STUDY).answer()], 2)["candidates"]["rented"]
    assert picture(uneven).answer["candidates"]["rented"] == expected


def test_candidates_are_in_the_order_of_the_study():
    assert list(picture().answer["candidates"]) == list(STUDY.candidates)
    assert list(picture().answer["differences"]) == ["owned - rented"]


def test_curves_are_means_over_the_replications():
    one, other = outcome("rented", 0), outcome("rented", 1)
    both = picture()
    expected = (one.quantiles["ttft_s"] + other.quantiles["ttft_s"]) / 2
    assert both.quantiles("rented", "ttft_s") == pytest.approx(expected)
    spent = pd.DataFrame(both.spent("rented"))
    assert spent["component"].tolist() == one.spent["component"].tolist()
    assert spent["seconds"].sum() == pytest.approx(
        (one.spent["seconds"].sum() + other.spent["seconds"].sum()) / 2
    )


def test_the_stretches_of_time_are_the_same_in_every_replication():
    """Whether or not a request was under way at the horizon: unlike times have no mean."""
    times = [pd.DataFrame(outcome("rented", r).levels)["time_s"].to_numpy() for r in range(2)]
    assert len(times[0]) == len(times[1])
    assert times[0] == pytest.approx(times[1])


def test_levels_are_means_over_the_replications():
    one = outcome("rented", 0)
    twice = one.levels.assign(waiting=2.0, gpu_busy=one.levels["gpu_busy"] / 3)
    found = pd.DataFrame(picture({"rented": [one, replace(one, levels=twice)]}).levels("rented"))
    assert found["time_s"].to_numpy() == pytest.approx(one.levels["time_s"].to_numpy())
    expected = 1 + one.levels["waiting"].to_numpy() / 2
    assert found["waiting"].to_numpy() == pytest.approx(expected)
    expected = one.levels["gpu_busy"].to_numpy() * 2 / 3
    assert found["gpu_busy"].to_numpy() == pytest.approx(expected)


def test_a_curve_that_one_replication_lacks_is_not_defined():
    empty = replace(outcome("rented", 1), quantiles={"ttft_s": np.full(101, np.nan)})
    both = picture({"rented": [outcome("rented", 0), empty]})
    assert np.isnan(both.quantiles("rented", "ttft_s")).all()


def test_a_frame_that_was_cut_short_ends_them_all():
    one = outcome("rented", 0)
    short = replace(one, levels=one.levels.iloc[:7], spent=one.spent.iloc[:0])
    both = picture({"rented": [one, short]})
    assert len(pd.DataFrame(both.levels("rented"))) == 7
    assert len(pd.DataFrame(both.spent("rented"))) == 0


def test_levels_of_a_mean_are_not_lost_where_one_replication_has_no_gpu_up():
    """In one draw the on-demand pool slept, in the other it did not."""
    one = outcome("rented", 0)
    asleep = one.levels.assign(gpu_busy=np.nan)
    both = picture({"rented": [one, replace(one, levels=asleep)]})
    assert pd.DataFrame(both.levels("rented"))["gpu_busy"].notna().all()


def test_the_mean_keeps_names_and_order():
    frame = pd.DataFrame(picture().levels("owned"))
    assert list(frame.columns) == ["time_s", "waiting", "gpu_busy"]
    assert frame["time_s"].is_monotonic_increasing


def test_the_typical_draw_costs_most_nearly_what_they_cost_in_the_mean():
    def drawn(usd):
        answer = {"cost": {"usd_per_month": usd}}
        return SimpleNamespace(answer=answer, used=None, represents="")

    months = {"a": [100.0, 300.0, 210.0], "b": [50.0, 52.0, 48.0]}
    outcomes = {name: [drawn(usd) for usd in found] for name, found in months.items()}
    typical = Picture(small_study(), outcomes, 3).typical
    assert typical.replication == 2
    assert typical.outcomes == {"a": outcomes["a"][2], "b": outcomes["b"][2]}
    unknown = {"a": [drawn(None), drawn(None)]}
    assert Picture(small_study(), unknown, 2).typical.replication == 0
