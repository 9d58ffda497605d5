"""The load over the day and the week, chosen on the desk."""

import pytest

from aisim.app.fields import desk_fields
from aisim.app.panels import WORKLOAD
from aisim.app.shapes import DAYS, HOURS, OFFICE, shapes
from aisim.app.store import Store
from aisim.scenario import load_study, parse_study
from aisim.workload import draw_requests
from tests.small import small_data, small_study

STAFF = "workload.traffic.staff.arrivals"


def offered(study):
    fields = desk_fields(study, next(iter(study.candidates)), {"Workload": WORKLOAD.fields})
    return {field.path: field for field in fields}


def test_the_shape_of_the_load_can_be_chosen():
    store = Store(load_study("assistant"))
    field = offered(store.study)[f"{STAFF}.by_hour"]
    assert field.label == "Load over the day (UTC)"
    assert field.value is None
    assert store.edit(field.path, dict(field.choices)["8 to 18 only"])
    assert store.edit(f"{STAFF}.by_weekday", dict(DAYS)["Monday to Friday only"])
    assert store.edit(f"{STAFF}.weekly", None)
    arrivals = store.study.workload.traffic["staff"].arrivals
    assert sum(arrivals.by_hour) == 10
    assert arrivals.by_weekday[5:] == (0, 0)
    assert arrivals.weekly is None


def test_what_the_study_says_is_among_the_choices():
    for name in ("customer_chat", "staff_assistant"):
        study = load_study(name)
        for path, field in offered(study).items():
            if path.endswith((".by_hour", ".by_weekday")):
                assert field.value in [value for _, value in field.choices], path
    store = Store(load_study("customer_chat"))
    (traffic,) = store.study.workload.traffic
    path = f"workload.traffic.{traffic}.arrivals.by_hour"
    peak = store.study.workload.traffic[traffic].arrivals.by_hour
    assert store.edit(path, None)
    first = next(iter(store.study.candidates))
    again = desk_fields(store.study, first, {"Workload": WORKLOAD.fields}, store.base)
    (field,) = [field for field in again if field.path == path]
    assert dict(field.choices)["as the study says"] == peak
    assert store.edit(path, peak)
    assert store.study == load_study("customer_chat")
    texts = [text for text, _ in shapes(load_study("staff_assistant"), "staff", "by_hour")]
    assert texts == [*HOURS, "as the study says"]


def test_windows_that_the_lengths_need_cannot_be_left_out():
    study = load_study("assistant")
    assert None not in dict(shapes(study, "staff", "windows")).values()
    data = study.model_dump(mode="json")
    data["workload"]["traffic"]["staff"]["sizes"] = small_data()["workload"]["traffic"]["chat"][
        "sizes"
    ]
    assert None in dict(shapes(parse_study(data), "staff", "windows")).values()


@pytest.mark.parametrize("name", ["weekly", "by_hour", "by_weekday", "windows"])
def test_other_arrivals_have_no_shape(name):
    assert shapes(small_study(), "chat", name) == ()
    assert shapes(load_study("assistant"), "staff", "rate_rps") == ()


def test_no_request_comes_at_night_once_nobody_works_then():
    store = Store(load_study("assistant"))
    for traffic in store.study.workload.traffic:
        assert store.edit(f"workload.traffic.{traffic}.arrivals.by_hour", HOURS["8 to 18 only"])
    arrival_s = draw_requests(store.study).arrival_s
    hours = (23 + arrival_s // 3600) % 24  # the study begins on Thursday at 23:00
    assert len(hours) > 1000
    assert set(hours) == set(OFFICE)
