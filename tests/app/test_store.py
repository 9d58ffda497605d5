"""The store: edits, history, pins, refusals, and what does not fit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisim.app.store import MOST_PINS, SAME_STEP_S, Store
from aisim.scenario import parse_study
from tests.app.wide import PROMPT, RATE, REPLICAS
from tests.small import small_data, small_study

TP = "candidates.owned.pools.pool.tensor_parallel"
STUDY = small_study()


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def quiet_store(study=STUDY):
    """A store whose edits are steps of their own."""
    clock = Clock()
    store = Store(study, clock)

    def told():
        clock.now += 2 * SAME_STEP_S
        store.told = getattr(store, "told", 0) + 1

    store.on_change = told
    return store


def rate(store):
    return store.study.workload.traffic["chat"].arrivals.rate_rps


def test_an_edit_is_undone_and_redone():
    store = quiet_store()
    assert not store.can_undo
    assert not store.can_redo
    assert store.edit(RATE, 2.0)
    assert rate(store) == 2.0
    assert STUDY.workload.traffic["chat"].arrivals.rate_rps == 0.5
    store.undo()
    assert store.study == STUDY
    assert not store.can_undo
    assert store.can_redo
    store.redo()
    assert rate(store) == 2.0
    assert not store.can_redo
    assert store.told == 3


def test_undo_and_redo_at_the_ends_of_history_do_nothing():
    store = quiet_store()
    store.undo()
    store.redo()
    assert store.study == STUDY
    assert not store.can_undo
    assert not store.can_redo


def test_an_edit_after_an_undo_drops_what_was_undone():
    store = quiet_store()
    store.edit(RATE, 2.0)
    store.edit(RATE, 3.0)
    store.undo()
    store.edit(REPLICAS, 4)
    assert not store.can_redo
    store.undo()
    assert rate(store) == 2.0


def test_quick_edits_of_one_field_are_one_step():
    clock = Clock()
    store = Store(STUDY, clock)
    for value in (0.6, 0.7, 0.8, 0.9):
        clock.now += 0.9 * SAME_STEP_S
        store.edit(RATE, value)
    clock.now += 1.1 * SAME_STEP_S
    store.edit(RATE, 5.0)
    store.undo()
    assert rate(store) == 0.9
    store.undo()
    assert store.study == STUDY


def test_quick_edits_of_two_fields_are_two_steps():
    store = Store(STUDY, Clock())
    store.edit(RATE, 2.0)
    store.edit(REPLICAS, 2)
    store.edit(RATE, 3.0)
    store.undo()
    assert (rate(store), store.study.candidates["rented"].pools["pool"].replicas) == (2.0, 2)
    store.undo()
    assert rate(store) == 2.0
    store.undo()
    assert store.study == STUDY


@pytest.mark.parametrize("between", ["undo", "pin", "reset"])
def test_what_comes_between_two_quick_edits_parts_them(between):
    store = Store(STUDY, Clock())
    store.edit(RATE, 2.0)
    getattr(store, between)()
    store.edit(RATE, 3.0)
    store.undo()
    assert rate(store) == {"undo": 0.5, "pin": 2.0, "reset": 0.5}[between]


def test_a_slider_that_came_back_leaves_no_step_that_changes_nothing():
    store = Store(STUDY, Clock())
    store.edit(REPLICAS, 2)
    store.edit(RATE, 0.63)
    store.edit(RATE, 0.5)
    store.undo()
    assert store.study == STUDY


def test_a_slider_that_came_back_and_moves_on_keeps_the_steps_before():
    store = Store(STUDY, Clock())
    store.edit(REPLICAS, 2)
    for value in (0.63, 0.5, 0.63, 0.8):
        store.edit(RATE, value)
    store.undo()
    assert store.study.candidates["rented"].pools["pool"].replicas == 2
    assert rate(store) == 0.5
    store.undo()
    assert store.study == STUDY


def test_a_refused_value_that_is_taken_back_leaves_no_step_that_changes_nothing():
    store = quiet_store()
    assert not store.edit(RATE, -1.0)
    assert store.edit(RATE, 0.5)
    assert store.refused == {}
    assert not store.can_undo


def test_the_same_value_again_keeps_what_can_be_redone():
    store = quiet_store()
    store.edit(RATE, 2.0)
    store.undo()
    assert store.edit(RATE, 0.5)
    assert store.can_redo


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (RATE, 0, "greater than 0"),
        (RATE, -1.0, "greater than 0"),
        (RATE, 1e6, "less than or equal to 100000"),
        (RATE, float("nan"), "a finite number"),
        (RATE, float("inf"), "a finite number"),
        (RATE, "many", "a number"),
        (RATE, None, "got None"),
        (RATE, True, "a number"),
        (REPLICAS, 2.5, "got 2.5"),
        (REPLICAS, 10**4000, "100000"),
        ("candidates.rented.machines.gpu.instance", "g6e.xlagre", "did you mean"),
        ("candidates.owned.machines.server.parts", {"L40S 48GB": 0.5}, "whole number"),
    ],
)
def test_a_refused_value_changes_nothing_and_says_why(path, value, words):
    store = quiet_store()
    store.edit(PROMPT, 400)
    before = store.study
    assert store.edit(path, value) is False
    assert store.study is before
    assert words in store.refused[path]
    assert "\n" not in store.refused[path]
    assert len(store.refused[path]) < 300
    assert store.told == 2
    assert not store.can_redo
    store.undo()
    assert store.study == STUDY


def test_a_reason_beside_its_control_does_not_repeat_the_path():
    store = quiet_store()
    store.edit(RATE, -1.0)
    assert RATE not in store.refused[RATE]


def test_a_fault_of_another_field_is_named():
    data = small_data()
    data["workload"]["traffic"]["chat"]["arrivals"] = {
        "kind": "clients", "clients": 4, "think_time_s": 5,
    }  # fmt: skip
    store = quiet_store(parse_study(data))
    path = "workload.traffic.chat.arrivals.think_time_s"
    assert not store.edit(path, 0.5)
    assert "workload.traffic.chat.arrivals: think_time_s below 1 s" in store.refused[path]


def test_a_good_value_clears_the_refusal_of_its_field_only():
    store = quiet_store()
    store.edit(RATE, -1.0)
    store.refuse(REPLICAS, "no number")
    store.edit(RATE, 2.0)
    assert store.refused == {REPLICAS: "no number"}
    store.edit(REPLICAS, 2)
    assert store.refused == {}


def test_an_undo_clears_what_was_refused():
    """What is shown after an undo is the study: a refused text is no part of it."""
    store = quiet_store()
    store.edit(RATE, 2.0)
    store.refuse(RATE, "got 'abc', allowed: a number")
    store.undo()
    assert store.refused == {}


def test_reset_goes_back_and_can_be_undone():
    store = quiet_store()
    store.edit(RATE, 2.0)
    store.pin()
    store.refuse(REPLICAS, "no number")
    edited = store.study
    store.reset()
    assert store.study == STUDY
    assert store.pins == []
    assert store.refused == {}
    store.undo()
    assert store.study == edited


def test_reset_of_an_unchanged_study_clears_refusals_without_a_step():
    store = quiet_store()
    store.refuse(RATE, "no number")
    store.reset()
    assert store.refused == {}
    assert not store.can_undo
    assert store.told == 2


def test_open_begins_anew_and_can_be_undone():
    store = quiet_store()
    store.edit(RATE, 2.0)
    store.pin()
    store.select("owned")
    store.refuse(RATE, "no number")
    before = store.study
    other = parse_study(small_data() | {"name": "other"})
    store.open(other)
    assert store.study == store.base == other
    assert (store.selected, store.pins, store.refused) == ("rented", [], {})
    store.edit(RATE, 3.0)
    store.reset()
    assert store.study == other
    store.undo()
    store.undo()
    store.undo()
    assert (store.study, store.base) == (before, STUDY)
    assert (store.selected, store.pins) == ("owned", ["rented-pin1"])


def test_select_is_no_step_and_outlives_an_edit():
    store = quiet_store()
    store.select("owned")
    assert not store.can_undo
    store.edit(TP, 2)
    assert store.selected == "owned"
    store.undo()
    assert store.selected == "owned"
    store.select("nobody")
    assert store.selected == "owned"


def test_a_pin_keeps_the_candidate_as_it_stands():
    store = quiet_store()
    store.edit(REPLICAS, 2)
    store.pin()
    assert store.pins == ["rented-pin1"]
    assert store.selected == "rented"
    store.edit(REPLICAS, 5)
    replicas = {n: c.pools["pool"].replicas for n, c in store.study.candidates.items()}
    assert replicas == {"rented": 5, "owned": 1, "rented-pin1": 2}
    store.undo()
    store.undo()
    assert store.pins == []
    store.redo()
    assert store.pins == ["rented-pin1"]
    store.unpin("rented-pin1")
    assert store.pins == []
    store.undo()
    assert store.pins == ["rented-pin1"]


def test_pins_are_few_and_their_names_differ():
    store = quiet_store()
    for _ in range(MOST_PINS):
        store.pin()
    names = store.pins
    assert len(set(names)) == MOST_PINS
    before = store.study
    store.pin()
    assert store.study is before
    store.unpin(names[1])
    store.pin()
    assert set(store.pins) == set(names)


def test_only_pins_can_be_unpinned():
    store = quiet_store()
    store.pin()
    store.unpin("rented")
    store.unpin("nobody")
    assert list(store.study.candidates) == ["rented", "owned", "rented-pin1"]


def test_unpinning_the_candidate_in_hand_takes_another():
    store = quiet_store()
    store.pin()
    store.select("rented-pin1")
    store.unpin("rented-pin1")
    assert store.selected == "rented"


def test_a_candidate_with_the_longest_name_can_be_pinned():
    data = small_data()
    data["candidates"]["x" * 64] = data["candidates"].pop("rented")
    store = quiet_store(parse_study(data))
    store.select("x" * 64)
    store.pin()
    store.pin()
    assert len(store.pins) == 2
    assert parse_study(store.study.model_dump(mode="json")) == store.study


def test_a_pin_never_makes_a_study_of_more_candidates_than_are_allowed():
    data = small_data()
    rented = data["candidates"].pop("rented")
    data["candidates"] = {f"c{n}": rented for n in range(50)}
    store = quiet_store(parse_study(data))
    store.pin()
    assert parse_study(store.study.model_dump(mode="json")) == store.study
    assert store.edit(RATE, 2.0)


def test_a_duplicate_is_in_hand_and_has_controls_of_its_own():
    store = quiet_store()
    store.edit(REPLICAS, 2)
    store.duplicate()
    assert store.selected == "rented-copy1"
    assert store.pins == []
    assert store.edit("candidates.rented-copy1.pools.pool.replicas", 3)
    replicas = {n: c.pools["pool"].replicas for n, c in store.study.candidates.items()}
    assert replicas == {"rented": 2, "owned": 1, "rented-copy1": 3}
    assert store.base.candidates["rented-copy1"].pools["pool"].replicas == 2
    store.reset()
    assert list(store.study.candidates) == ["rented", "owned"]
    assert store.selected == "rented"


def test_a_renamed_candidate_keeps_its_place_its_sliders_and_its_part_as_baseline():
    store = quiet_store()
    store.hold_against("rented")
    store.edit(REPLICAS, 2)
    store.rename("cloud-2")
    assert list(store.study.candidates) == ["cloud-2", "owned"]
    assert store.selected == store.baseline == "cloud-2"
    assert store.base.candidates["cloud-2"].pools["pool"].replicas == 1
    store.undo()
    assert (store.selected, store.baseline) == ("rented", "rented")


@pytest.mark.parametrize("name", ["owned", "", "a.b", "x" * 200, "<b>", "two words"])
def test_a_name_that_is_taken_or_cannot_be_is_refused(name):
    store = quiet_store()
    before = store.study
    with pytest.raises(ValueError, match=r"."):
        store.rename(name)
    assert store.study is before


def test_a_candidate_is_removed_but_never_the_last():
    store = quiet_store()
    store.pin()
    store.remove()
    assert list(store.study.candidates) == ["owned", "rented-pin1"]
    assert store.selected == "owned"
    assert not store.can_remove
    store.remove()
    assert "owned" in store.study.candidates


def test_a_change_is_held_against_the_candidate_as_it_was_opened():
    store = quiet_store()
    assert not store.can_pin_as_opened
    store.edit(REPLICAS, 2)
    store.pin_as_opened()
    kept = store.study.candidates["rented-opened1"]
    assert kept == store.opened.candidates["rented"]
    assert store.pins == ["rented-opened1"]


def test_the_baseline_is_the_first_candidate_until_another_is_chosen():
    store = quiet_store()
    assert store.baseline == "rented"
    store.hold_against("owned")
    assert store.baseline == "owned"
    store.select("owned")
    store.remove()
    assert store.baseline == "rented"


def test_a_pool_that_does_not_fit_is_a_problem_of_its_candidate_only():
    store = quiet_store()
    assert store.problems() == {}
    assert store.edit(REPLICAS, 3)
    assert list(store.problems()) == ["rented"]
    line = store.problems()["rented"]
    assert "replicas 3 of 1 GPUs do not fit" in line
    assert "\n" not in line
    store.edit(TP, 64)
    assert list(store.problems()) == ["rented", "owned"]
    store.undo()
    store.undo()
    assert store.problems() == {}


def test_a_model_that_no_memory_holds_is_a_problem():
    store = quiet_store()
    store.edit("candidates.rented.pools.pool.model", "llama-3.1-70b")
    assert "rented" in store.problems()


# --- any order of operations ------------------------------------------------------------------

EDITS = [
    (RATE, 0.5), (RATE, 2.0), (RATE, -1.0), (RATE, "x"), (RATE, float("nan")),
    (REPLICAS, 1), (REPLICAS, 3), (REPLICAS, 0), (PROMPT, 400), (PROMPT, 10**9), (TP, 2),
    ("candidates.rented.machines.gpu.instance", "g6e.12xlarge"),
    ("candidates.rented.machines.gpu.instance", "none"),
]  # fmt: skip
NAMES = ["rented", "owned", "rented-pin1", "owned-pin1", "nobody"]
OPERATIONS = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from(EDITS)),
    st.tuples(st.sampled_from(["select", "unpin"]), st.sampled_from(NAMES).map(lambda n: (n,))),
    st.tuples(st.sampled_from(["undo", "redo", "reset", "pin"]), st.just(())),
    st.tuples(st.just("wait"), st.just(())),
)


def act(store, clock, operation):
    name, arguments = operation
    if name == "wait":
        clock.now += 2 * SAME_STEP_S
    else:
        clock.now += 0.1 * SAME_STEP_S
        getattr(store, name)(*arguments)


@settings(max_examples=60, deadline=None)
@given(st.lists(OPERATIONS, max_size=12))
def test_after_any_operations_the_study_is_valid_and_history_is_whole(operations):
    clock = Clock()
    store = Store(STUDY, clock)
    for operation in operations:
        before = store.study
        refused = operation[0] == "edit" and operation[1][1] in ("x", -1.0, 0, 10**9, "none")
        act(store, clock, operation)
        if refused:
            assert store.study is before
            assert operation[1][0] in store.refused
        assert store.selected in store.study.candidates
        assert len(store.pins) <= MOST_PINS
        assert store.base == STUDY
    assert parse_study(store.study.model_dump(mode="json")) == store.study
    store.problems()
    seen = [(store.study, store.selected)]
    while store.can_undo:
        store.undo()
        seen.append((store.study, store.selected))
        store.redo()
        assert (store.study, store.selected) == seen[-2]
        store.undo()
    assert store.study == STUDY
    for expected in reversed(seen[:-1]):
        store.redo()
        assert (store.study, store.selected) == expected
