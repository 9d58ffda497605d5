"""The list of fields: labels, units, ranges, choices, and what is typed."""

from fnmatch import fnmatchcase
from itertools import pairwise
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.app.choices import choices as all_choices
from aisim.app.fields import Field
from aisim.app.fields import desk_fields as all_fields
from aisim.app.labels import UNITS
from aisim.app.marks import REACH, marks, nearest_mark
from aisim.app.panels import DESK, ENGINE, groups
from aisim.app.store import Store
from aisim.app.typed import parsed, shown
from aisim.scenario import load_study, parse_study, shipped_studies
from tests.app.wide import RATE, REPLICAS, wide_data, wide_study
from tests.small import small_data, small_study

STUDIES = {name: load_study(name) for name in shipped_studies()}
STUDIES |= {"small": small_study(), "wide": wide_study()}
PLACES = [(study, name) for study in STUDIES for name in STUDIES[study].candidates]
#: Where values are set: between them they have every kind of field.
TRIED = [place for place in PLACES if place[0] in ("assistant", "sourcing", "small", "wide")]
INSTANCE = "candidates.rented.machines.gpu.instance"
PARTS = "candidates.owned.machines.server.parts"


GROUPS = groups((*DESK, ENGINE))


def desk_fields(study, candidate, base=None):
    return all_fields(study, candidate, GROUPS, base)


def choices(study, path):
    return all_choices(study, path, {})


def some(values):
    """The first, the last, and some between: every value of every field would take minutes."""
    return [*values[:: max(len(values) // 3, 1)], values[-1]] if values else []


def fields_of(study, candidate, base=None):
    return {field.path: field for field in desk_fields(study, candidate, base)}


def test_every_pattern_of_the_desk_finds_a_field():
    found = [path for study, candidate in PLACES for path in fields_of(STUDIES[study], candidate)]
    patterns = [pattern for patterns in GROUPS.values() for pattern in patterns]
    assert [p for p in patterns if not any(fnmatchcase(path, p) for path in found)] == []


@pytest.mark.parametrize(("study", "candidate"), PLACES)
def test_every_field_says_what_it_is(study, candidate):
    found = desk_fields(STUDIES[study], candidate)
    assert {field.group for field in found} <= set(GROUPS)
    seen = set()
    for field in found:
        assert field.label
        assert "_" not in field.label
        assert field.owner
        assert len(field.help) > 10
        assert "\n" not in field.help
        assert field.unit in {"", *UNITS.values()}
        assert bool(field.marks) != bool(field.choices)
        seen.add((field.group, field.owner, field.label))
    assert len(seen) == len(found)


@pytest.mark.parametrize(("study", "candidate"), PLACES)
def test_every_field_has_its_value_in_its_range(study, candidate):
    for field in desk_fields(STUDIES[study], candidate):
        if field.choices:
            assert field.value in [value for _, value in field.choices], field.path
            assert len({text for text, _ in field.choices}) == len(field.choices)
        else:
            assert field.value in field.marks, field.path
            numbers = [mark for mark in field.marks if mark is not None]
            assert all(a < b for a, b in pairwise(numbers)), field.path
            assert field.marks.count(None) == (field.marks[0] is None)
            assert len(numbers) >= 5
            assert len({shown(mark) for mark in field.marks}) == len(field.marks), field.path


@pytest.mark.parametrize(("study", "candidate"), TRIED)
def test_every_mark_can_be_set(study, candidate):
    """Each lies within the limits of its declaration; pools may not fit, which is said."""
    store = Store(STUDIES[study])
    for field in desk_fields(store.study, candidate):
        if not candidate_or_first(field, study, candidate):
            continue
        for mark in some(field.marks):
            allowed = store.edit(field.path, mark)
            assert allowed or is_refused(field.path, mark, store.refused[field.path])
            if allowed and ".path." not in field.path and field.path.startswith("candidates."):
                assert all(store.problems().values())
        store.reset()


def is_refused(path, mark, line):
    """What a rule between two fields forbids, with that rule in a line."""
    rules = {
        "think_time_s": "think_time_s below 1 s",
        "committed": "committed",
        "costs": "candidates.",  # the cost whose rule is broken: it has one price, in its range
        "limit_s": "limit",
    }
    assert "\n" not in line
    return any(word in path and rule in line for word, rule in rules.items())


def candidate_or_first(field, study, candidate):
    first = next(iter(STUDIES[study].candidates))
    return field.path.startswith("candidates.") or candidate == first


@pytest.mark.parametrize(("study", "candidate"), TRIED)
def test_every_choice_can_be_set_or_is_refused_in_a_line(study, candidate):
    store = Store(STUDIES[study])
    for field in desk_fields(store.study, candidate):
        for _, value in some(field.choices):
            if not store.edit(field.path, value):
                assert "\n" not in store.refused[field.path]
                continue
            assert all("\n" not in line for line in store.problems().values())
            again = fields_of(store.study, candidate, store.base)[field.path]
            assert again.value == value
            assert value in [other for _, other in again.choices]
        store.reset()


def test_every_choice_that_is_offered_is_accepted():
    store = Store(STUDIES["small"])
    for candidate in ("rented", "owned"):
        for field in desk_fields(store.study, candidate):
            for text, value in some(field.choices):
                assert store.edit(field.path, value), text


def test_choices_are_of_the_same_provider_region_and_price():
    offered = dict(choices(STUDIES["small"], INSTANCE))
    assert "g6e.xlarge" in offered.values()
    assert all("USD/h" in text for text in offered)
    data = small_data()
    data["candidates"]["rented"]["machines"]["gpu"]["price"] = "commit_3y"
    committed = dict(choices(parse_study(data), INSTANCE))
    assert set(committed.values()) <= set(offered.values())


def test_no_other_field_has_choices():
    assert choices(STUDIES["small"], "candidates.rented.machines.gpu.count") == ()
    assert choices(STUDIES["small"], RATE) == ()
    assert choices(STUDIES["small"], "name") == ()


@pytest.mark.parametrize(
    "parts",
    [
        {"4x L40S PCIe server 2U": 2},
        {"CPU node 2x 64c, 768 GB, 15 TB NVMe": 1, "L40S 48GB": 2, "rack + cabling": 0.1},
        {"CPU node 2x 64c, 768 GB, 15 TB NVMe": 1, "H100 SXM5 80GB": 8},
        {"CPU node 2x 64c, 768 GB, 15 TB NVMe": 1, "MI300X 192GB": 8},
    ],
)
def test_own_parts_are_among_their_own_choices(parts):
    data = small_data()
    data["candidates"]["owned"]["machines"]["server"]["parts"] = parts
    study = parse_study(data)
    values = [value for _, value in choices(study, PARTS)]
    assert study.candidates["owned"].machines["server"].parts in values


def test_parts_with_the_same_gpu_twice_keep_their_quantities():
    """The other item is offered in place of one of them: no GPU may get lost by that."""
    data = small_data()
    data["candidates"]["owned"]["machines"]["server"]["parts"] = {
        "4x L40S PCIe server 2U": 1, "8x L40S PCIe server 4U": 1,
    }  # fmt: skip
    study = parse_study(data)
    values = [value for _, value in choices(study, PARTS)]
    assert study.candidates["owned"].machines["server"].parts in values
    assert all(sum(pieces.values()) == 2 for pieces in values)


def test_names_of_the_planner_may_be_words_of_the_desk():
    data = wide_data()
    for name in ("path", "machines", "pools", "arrivals"):
        data["workload"]["traffic"][name] = data["workload"]["traffic"]["chat"]
    data["candidates"] = {"workload": data["candidates"]["rented"]}
    study = parse_study(data)
    found = fields_of(study, "workload")
    for name in ("path", "machines", "pools", "arrivals"):
        assert f"workload.traffic.{name}.arrivals.rate_rps" in found


def test_fields_are_of_the_workload_and_of_one_candidate():
    paths = list(fields_of(STUDIES["wide"], "owned"))
    assert RATE in paths
    assert not [path for path in paths if path.startswith("candidates.rented.")]
    candidate = parse_study(wide_data() | {"candidates": {
        "a": wide_data()["candidates"]["rented"], "a-b": wide_data()["candidates"]["owned"],
    }})  # fmt: skip
    assert not [path for path in fields_of(candidate, "a") if path.startswith("candidates.a-b.")]


def test_fields_of_one_owner_stand_together():
    owners = [(f.group, f.owner) for f in desk_fields(STUDIES["wide"], "rented")]
    runs = [owner for i, owner in enumerate(owners) if i == 0 or owner != owners[i - 1]]
    assert len(runs) == len(set(runs))


def test_burst_is_offered_only_where_there_is_somewhere_to_burst_to():
    assert not [p for p in fields_of(STUDIES["small"], "rented") if ".burst." in p]
    assert [p for p in fields_of(STUDIES["wide"], "rented") if ".burst." in p]


def test_a_field_that_is_not_set_can_be_set_and_left_out_again():
    path = "candidates.rented.path.serving.burst.utilisation"
    store = Store(STUDIES["wide"])
    field = fields_of(store.study, "rented")[path]
    assert field.value is None
    assert field.marks[0] is None
    assert shown(None) == "not set"
    for text in ("0.4", "not set", "", "  "):
        assert store.edit(path, parsed(text, field))
    assert store.study == STUDIES["wide"]


def test_sliders_do_not_move_underfoot():
    store = Store(STUDIES["wide"])
    before = {p: f.marks for p, f in fields_of(store.study, "rented", store.base).items()}
    for path, value in ((RATE, 7.77), (REPLICAS, 900), (INSTANCE, "g6e.12xlarge")):
        assert store.edit(path, value)
        after = {p: f.marks for p, f in fields_of(store.study, "rented", store.base).items()}
        assert after == before
    assert nearest_mark(7.77, before[RATE]) == before[RATE].index(8.0)
    assert nearest_mark(900, before[REPLICAS]) == len(before[REPLICAS]) - 1


# --- marks ------------------------------------------------------------------------------------


def schema(kind, low=None, high=None, optional=False):
    found = {"type": kind}
    if low is not None:
        found["minimum"] = low
    if high is not None:
        found["maximum"] = high
    return found | ({"optional": True} if optional else {})


def check_marks(value, found, low, high):
    numbers = [mark for mark in found if mark is not None]
    assert value in found
    assert all(a < b for a, b in pairwise(numbers))
    assert low <= numbers[0]
    assert numbers[-1] <= high
    assert all(isfinite(number) for number in numbers)
    assert 1 < len(numbers) < 70
    assert found[nearest_mark(value, found)] == value


@given(st.floats(1e-12, 1e15), st.booleans())
def test_marks_of_a_number(value, optional):
    found = marks(value, schema("number", 1e-12, 1e15, optional), "")
    check_marks(value, found, 1e-12, 1e15)
    assert (found[0] is None) is optional


@given(st.integers(1, 10**7), st.booleans())
def test_marks_of_a_whole_number(value, optional):
    found = marks(value, schema("integer", 1, 10**7, optional), "tokens")
    check_marks(value, found, 1, 10**7)
    assert all(isinstance(mark, int) for mark in found if mark is not None)


@given(st.floats(0, 1))
def test_marks_of_a_share(value):
    check_marks(value, marks(value, schema("number", 0, 1), ""), 0, 1)


@given(st.just(0.0) | st.floats(1e-300, 1e15))
def test_marks_of_what_may_be_nothing_begin_at_nothing(value):
    found = marks(value, schema("number", 0, 1e15), "s")
    check_marks(value, found, 0, 1e15)
    assert found[0] == 0


def test_a_latency_that_is_hardly_a_number_has_marks():
    assert 5e-324 in marks(5e-324, schema("number", 0, 1e15), "s")


def test_marks_reach_far_to_either_side_and_are_round():
    found = marks(0.21, {"type": "number", "exclusiveMinimum": 0}, "requests/s")
    assert found[0] < 2 * 0.21 / REACH
    assert found[-1] > 0.5 * 0.21 * REACH
    assert {0.1, 0.2, 0.25, 0.5, 1.0, 0.21} <= set(found)


def test_marks_around_nothing_begin_somewhere():
    assert len(marks(0.0, schema("number", 0, 1e15), "s")) > 5
    assert len(marks(None, schema("integer", 0, 1000, optional=True), "")) > 5
    assert len(marks(None, schema("number", 0, 1, optional=True), "")) > 5


@given(st.floats(-1e6, 1e6), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9, unique=True))
def test_the_nearest_mark_is_nearest(value, numbers):
    found = (None, *sorted(numbers))
    place = nearest_mark(value, found)
    assert abs(found[place] - value) == min(abs(number - value) for number in numbers)


# --- typed ------------------------------------------------------------------------------------


def made(value=1.0, unit="", whole=False, first=0.5):
    return Field("p", "g", "o", "l", unit, "h", value, marks=(first, 1.0), whole=whole)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2.5", 2.5), (" 2.5 ", 2.5), ("1000", 1000.0), ("1_000", 1000.0), ("1e3", 1000.0),
        ("0.2 requests/s", 0.2), ("0.2requests/s", 0.2), ("-1", -1.0), (".5", 0.5),
        ("1,234,567.5", 1234567.5),
    ],
)  # fmt: skip
def test_typed_numbers(text, value):
    assert parsed(text, made(unit="requests/s")) == value


@pytest.mark.parametrize("text", ["1,000", "1,000 s", "1,000s", "12,500"])
def test_what_may_be_thousands_or_thousandths_is_asked_about(text):
    with pytest.raises(ValueError, match="got '1"):
        parsed(text, made(unit="s"))


def test_a_whole_number_may_have_its_thousands_parted():
    assert parsed("1,000", made(1, whole=True)) == 1000
    assert parsed("12,345,678 tokens", made(1, unit="tokens", whole=True)) == 12_345_678
    with pytest.raises(ValueError, match="a whole number"):
        parsed("1,5", made(1, whole=True))


@pytest.mark.parametrize("text", ["1,5", "0,25", "2,5 s", "1,00", "12,3456", ",5"])
def test_a_decimal_comma_is_never_taken_for_thousands(text):
    """Half of Europe writes 0,25 for a quarter: 25 would be a silent factor of a hundred."""
    try:
        value = parsed(text, made(unit="s"))
    except ValueError:
        return
    assert value == float(text.removesuffix(" s").replace(",", "."))


@pytest.mark.parametrize(
    "text",
    ["", "  ", "abc", "1 2", "not set", "0.2 s", "--1", "1e", "0x10", "9" * 5000 + "x"],
    ids=range(10),
)
def test_what_is_no_number_is_said_in_a_line(text):
    with pytest.raises(ValueError, match=r"allowed: a number, such as 2\.5") as caught:
        parsed(text, made(unit="requests/s"))
    assert len(str(caught.value)) < 120
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["2.5", "", "two", "nan", "inf", "9" * 5000], ids=range(6))
def test_what_is_no_whole_number_is_said_in_a_line(text):
    with pytest.raises(ValueError, match="allowed: a whole number, such as 2") as caught:
        parsed(text, made(2, whole=True))
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("text", ["1e400", "nan", "inf", "-inf", "-1", "0", "1e300"])
def test_a_typed_number_that_no_field_takes_is_refused_in_a_line(text):
    store = Store(STUDIES["small"])
    field = fields_of(store.study, "rented")[RATE]
    assert store.edit(RATE, parsed(text, field)) is False
    assert store.refused[RATE].startswith("got ")
    assert "allowed: " in store.refused[RATE]
    assert store.study == STUDIES["small"]


@pytest.mark.parametrize("text", ["99999999999", "-1", "0", "9" * 4000], ids=range(4))
def test_a_typed_whole_number_that_no_field_takes_is_refused_in_a_line(text):
    store = Store(STUDIES["small"])
    field = fields_of(store.study, "rented")[REPLICAS]
    try:
        accepted = store.edit(REPLICAS, parsed(text, field))
    except ValueError as problem:
        assert len(str(problem)) < 120  # noqa: PT017
    else:
        assert not accepted
        assert len(store.refused[REPLICAS]) < 200


@given(st.floats(1e-9, 1e9) | st.integers(0, 10**9))
def test_what_is_shown_can_be_typed(value):
    whole = isinstance(value, int)
    back = parsed(shown(value), made(value, whole=whole))
    assert back == value if whole else abs(back - value) <= 1e-5 * value


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_a_line(text):
    for field in (made(unit="s"), made(1, whole=True), made(None, first=None)):
        try:
            value = parsed(text, field)
        except ValueError as problem:
            assert "\n" not in str(problem)  # noqa: PT017
        else:
            assert value is None or isinstance(value, int | float)
