"""The short stretch of a study that a preview simulates."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisim.planning import Trial, compare, preview_study
from aisim.planning.preview import LEAST_S, MOST, POINTS, PREVIEW_REQUESTS, WARM_UP_SHARE
from aisim.scenario import load_study, parse_study
from aisim.workload import BadTrace, draw_requests
from tests.small import small_data, small_study


def shaped(rate_rps, by_hour, by_weekday=None, **run):
    data = small_data()
    data["workload"]["traffic"]["chat"]["arrivals"] = {
        "kind": "shaped", "rate_rps": rate_rps, "by_hour": by_hour, "by_weekday": by_weekday,
    }  # fmt: skip
    data["run"] = {"horizon_s": 86_400, "represents": "day", **run}
    return parse_study(data)


def test_a_preview_is_the_same_code_on_a_shorter_study():
    study = small_study(horizon_s=20_000)
    short = preview_study(study)
    assert short.run.horizon_s < 20_000
    comparison = compare(short, replication=3).answer()
    for name in study.candidates:
        trial = Trial(short, name, draw_requests(short, 3), saturate=False)
        list(trial.slices())
        expected = comparison["candidates"][name] | {"saturation_rps": None}
        assert trial.finish().answer == expected


def test_only_the_run_differs():
    study = small_study(horizon_s=20_000)
    short = preview_study(study)
    assert short.model_copy(update={"run": study.run}) == study
    assert short.run.seed == study.run.seed
    assert parse_study(short.model_dump(mode="json")) == short


def test_a_preview_has_about_as_many_requests_as_are_asked_for():
    study = small_study(horizon_s=100_000, resolution_s=60)
    for requests in (100, PREVIEW_REQUESTS):
        short = preview_study(study, requests)
        assert short.run.horizon_s == requests / 0.5
        assert len(draw_requests(short)) == pytest.approx(requests, rel=0.3)
    assert preview_study(study) == preview_study(study, PREVIEW_REQUESTS)


def test_a_quarter_of_it_is_warm_up_and_the_series_has_points_enough():
    run = preview_study(small_study(horizon_s=20_000)).run
    assert run.warm_up_s == run.horizon_s * WARM_UP_SHARE
    assert run.horizon_s / run.resolution_s == pytest.approx(POINTS)


def at_rate(rate_rps, **run):
    data = small_data()
    data["workload"]["traffic"]["chat"]["arrivals"]["rate_rps"] = rate_rps
    data["run"] |= run
    return parse_study(data)


def test_a_preview_is_long_enough_to_see_an_answer_and_never_takes_long():
    assert preview_study(at_rate(2.0), 100).run.horizon_s == LEAST_S
    for rate_rps in (10.0, 1e3, 1e5):
        short = preview_study(at_rate(rate_rps), 100)
        assert len(draw_requests(short)) == pytest.approx(MOST * 100, rel=0.3)


@pytest.mark.parametrize("rate_rps", [0.5, 1e-4])
def test_a_study_that_is_shorter_is_simulated_whole(rate_rps):
    study = at_rate(rate_rps, horizon_s=200)
    short = preview_study(study)
    assert whole(short, study) == study


def whole(short, study):
    """Only the steps of its series may be longer."""
    assert short.run.resolution_s >= study.run.resolution_s
    run = short.run.model_copy(update={"resolution_s": study.run.resolution_s})
    return short.model_copy(update={"run": run})


def test_it_begins_in_the_hour_of_the_typical_request():
    """Half the hours have 1, half have 3: the mean over the requests is 2.5, so 3 is nearer."""
    study = shaped(1.0, [1.0] * 12 + [3.0] * 12)
    assert preview_study(study).run.start == "mon 12:00"
    # at 3 of every 4 requests, half as many again as the mean over the hours
    assert preview_study(study).run.horizon_s == pytest.approx(PREVIEW_REQUESTS / 1.5)


def test_a_short_peak_does_not_stand_for_the_day():
    """One hour in 24 has ten times the rate: 23 and 10 give a mean of 123 / 33 = 3.7."""
    assert preview_study(shaped(1.0, [1.0] * 23 + [10.0])).run.start == "mon 00:00"
    assert preview_study(shaped(1.0, [0.0] * 23 + [1.0])).run.start == "mon 23:00"


def test_only_measured_hours_can_be_typical():
    factors = [9.0] * 6 + [1.0] * 18
    measured = shaped(1.0, factors, warm_up_s=6 * 3600)
    assert preview_study(measured).run.start == "mon 06:00"
    late = shaped(1.0, factors, start="thu 23:30", warm_up_s=1800, horizon_s=1800 + 3 * 3600)
    assert preview_study(late).run.start == "fri 00:00"


@pytest.mark.parametrize(
    ("hours", "starts"),
    [("mon-fri 08:00-18:00", {f"mon {hour:02}:00" for hour in range(8, 18)}),
     ("mon 13:30-16:30", {"mon 14:00", "mon 15:00"})],
)  # fmt: skip
def test_it_begins_while_pools_that_keep_hours_are_open(hours, starts):
    data = shaped(1.0, [3.0] * 8 + [1.0] * 16).model_dump(mode="json")
    data["candidates"]["rented"]["pools"]["pool"]["runs"] = {"kind": "hours", "hours": [hours]}
    assert preview_study(parse_study(data), 100).run.start in starts


def test_a_pool_that_never_opens_in_the_measured_time_is_no_crash():
    data = shaped(1.0, [1.0] * 24).model_dump(mode="json")
    rule = {"kind": "hours", "hours": ["sun 23:00-24:00", "tue 00:00-00:30"]}
    data["candidates"]["rented"]["pools"]["pool"]["runs"] = rule
    short = preview_study(parse_study(data), 100)
    assert short.run.start.startswith("mon ")


def test_the_week_goes_round():
    weekend = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 8.0]
    study = shaped(1.0, [1.0] * 24, weekend, start="sat 12:00", horizon_s=3 * 86_400)
    assert preview_study(study).run.start == "sun 00:00"
    assert preview_study(shaped(1.0, [1.0] * 24, start="sun 23:00")).run.start == "sun 23:00"


def test_the_hour_is_typical_of_all_traffic_together():
    data = shaped(1.0, [0.0] * 12 + [2.0] * 12).model_dump(mode="json")
    other = shaped(5.0, [2.0] * 12 + [0.0] * 12).model_dump(mode="json")
    data["workload"]["traffic"]["more"] = other["workload"]["traffic"]["chat"]
    assert preview_study(parse_study(data)).run.start == "mon 00:00"


def test_clients_and_hours_without_requests():
    data = small_data()
    data["workload"]["traffic"]["chat"]["arrivals"] = {
        "kind": "clients", "clients": 10, "think_time_s": 20,
    }  # fmt: skip
    data["run"]["horizon_s"] = 20_000
    short = preview_study(parse_study(data), 100)
    assert short.run.horizon_s == 200
    empty = shaped(1.0, [1.0] + [0.0] * 23, start="mon 02:00", horizon_s=3600)
    assert whole(preview_study(empty), empty) == empty


def replayed(tmp_path, times):
    trace = tmp_path / "trace.csv"
    lines = [f"{time},100,10" for time in times]
    trace.write_text("\n".join(["arrival_s,input_tokens,output_tokens", *lines]))
    data = small_data()
    chat = data["workload"]["traffic"]["chat"]
    chat["arrivals"] = {"kind": "replay", "file": str(trace)}
    chat["sizes"] = {"kind": "trace"}
    data["run"] = {"horizon_s": 7200}
    return parse_study(data)


def test_a_steady_trace_has_its_preview(tmp_path):
    short = preview_study(replayed(tmp_path, range(7200)), 200)
    assert len(draw_requests(short)) == pytest.approx(200, abs=2)


def test_the_preview_of_a_trace_is_of_its_typical_hour(tmp_path):
    """An hour with 12 requests, then one with 3,600: the first minutes are not typical of it."""
    times = [*range(0, 3600, 300), *range(3600, 7200)]
    short = preview_study(replayed(tmp_path, times), 200)
    assert len(draw_requests(short)) > 100


def test_a_missing_trace_is_said(tmp_path):
    study = replayed(tmp_path, [1, 2])
    (tmp_path / "trace.csv").unlink()
    with pytest.raises(BadTrace, match=r"trace\.csv: No such file"):
        preview_study(study)


def test_the_preview_of_the_shipped_study():
    short = preview_study(load_study("assistant"))
    assert short.run.horizon_s < 90_000 / 3
    assert short.run.start.startswith("fri ")


@settings(max_examples=40, deadline=None)
@given(
    st.floats(1e-4, 100.0),
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 7.0]), min_size=24, max_size=24),
    st.sampled_from(["mon 00:00", "wed 13:37", "sun 23:59"]), st.sampled_from([0.0, 100.0, 9000.0]),
    st.sampled_from([10_000.0, 86_400.0, 700_000.0]), st.integers(10, 2000),
)  # fmt: skip
def test_every_study_has_a_preview(rate_rps, by_hour, start, warm_up_s, horizon_s, requests):
    if not any(by_hour):
        by_hour = [1.0, *by_hour[1:]]
    study = shaped(rate_rps, by_hour, start=start, warm_up_s=warm_up_s, horizon_s=horizon_s)
    short = preview_study(study, requests)
    assert parse_study(short.model_dump(mode="json")) == short
    assert short.run.horizon_s <= study.run.horizon_s
    if short.run.horizon_s < study.run.horizon_s:
        assert short.run.represents == "hour"
    else:
        assert whole(short, study) == study
