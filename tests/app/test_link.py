"""Studies in links: there and back, and nothing that a stranger could make of them."""

import base64
import json
import re
import time
import zlib
from contextlib import suppress
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.app import Desk, link
from aisim.app.link import link_text, linked_study, uploaded_study
from aisim.scenario import InvalidStudy, Study, dump_study, load_study, parse_study, shipped_studies
from aisim.scenario.workload import ShapedArrivals
from aisim.workload import draw_requests
from aisim.workload.arrivals import weekly_factors
from tests.small import small_data, small_study


def packed(data) -> str:
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(zlib.compress(text)).decode().rstrip("=")


@pytest.mark.parametrize("name", shipped_studies())
def test_a_study_goes_there_and_back(name):
    study = load_study(name)
    text = link_text(study)
    assert len(text) < 4_000
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert linked_study(text) == study


@given(st.text(max_size=300) | st.binary(max_size=200).map(packed))
def test_any_text_is_a_study_or_a_fault(text):
    with suppress(InvalidStudy):
        assert isinstance(linked_study(text), Study)


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
NESTED = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(NESTED)
def test_any_data_is_a_study_or_a_fault(data):
    with pytest.raises(InvalidStudy):
        linked_study(packed(data))


def test_a_link_that_unpacks_to_a_mountain_is_refused():
    bomb = packed(b" " * 50_000_000)
    assert len(bomb) > link.MOST_LETTERS
    small = base64.urlsafe_b64encode(zlib.compress(b"[" * 4_000_000, 9)).decode()[:8_000]
    for text in (bomb, small, packed(b"[" * 90_000), packed({"a": "x" * 99_999_9})):
        with pytest.raises(InvalidStudy):
            linked_study(text)


FILES = {
    "workload.traffic.chat.arrivals": {"kind": "replay", "file": "/etc/passwd"},
    "workload.traffic.chat.sizes": {"kind": "trace", "file": "/etc/passwd"},
    "economics.price_list": "/etc/passwd",
    "candidates.rented.pools.pool.model": "/etc/config.json",
    "candidates.rented.pools.pool.calibration": "/etc/passwd",
}


def changed(path, value):
    data = small_data()
    target = data
    *parents, last = path.split(".")
    for part in parents:
        target = target.setdefault(part, {})
    target[last] = value
    return data


@pytest.mark.parametrize("path", FILES)
def test_no_file_of_the_server_is_opened(path, monkeypatch):
    data = changed(path, FILES[path])
    opened = []
    monkeypatch.setattr("builtins.open", lambda *args, **_: opened.append(args[0]))
    for load in (lambda: linked_study(packed(data)), lambda: uploaded_study(json.dumps(data), "a")):
        with pytest.raises(InvalidStudy, match="may not name a file here"):
            load()
    assert opened == []


def test_every_field_of_a_study_that_is_a_file_is_known():
    """A new field for a file has to be named in link.FILES, or strangers could have it read."""
    text = json.dumps(Study.model_json_schema())
    schema = json.loads(text)
    words = re.compile(r"\b(file|path|folder|directory)\b", re.IGNORECASE)
    found = {
        name
        for definition in [schema, *schema["$defs"].values()]
        for name, field in definition.get("properties", {}).items()
        if words.search(field.get("description", "")) and "string" in json.dumps(field)
    }
    assert found <= {*link.FILES, "model", "format", "aisim", "kind", "link"}, found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("workload.traffic.chat.arrivals.rate_rps", 1e5),
        ("candidates.rented.pools.pool.replicas", 5000),
        ("candidates.rented.machines.gpu.count", 5000),
        ("workload.traffic.chat.sizes.input_tokens", 9_000_000),
        ("workload.traffic.chat.retrieval", {"documents": 100_000, "document_bytes": 1}),
        ("run.resolution_s", 0.02),
        (
            "workload.traffic.chat.arrivals",
            {"kind": "clients", "clients": 50_000, "think_time_s": 0, "requests": 60_000},
        ),
        (
            "candidates.rented.links",
            {f"l{n}": {"bandwidth_gbit_per_s": 1, "latency_s": 0} for n in range(120)},
        ),
        (
            "workload.traffic",
            {f"t{n}": small_data()["workload"]["traffic"]["chat"] for n in range(21)},
        ),
        ("description", "x" * 5_000),
        ("candidates", {f"c{n}": small_data()["candidates"]["rented"] for n in range(9)}),
    ],
)
def test_what_would_make_a_server_burn_is_refused(path, value):
    data = changed(path, value)
    parse_study(data)
    with pytest.raises(InvalidStudy, match="allowed in a link"):
        linked_study(packed(data))


def test_a_load_that_comes_in_one_hour_of_the_week_is_counted_in_that_hour():
    chat = {"kind": "shaped", "rate_rps": 5, "by_hour": [0] * 9 + [1] + [0] * 14}
    data = changed("workload.traffic.chat.arrivals", chat)
    data["run"] = {"start": "mon 09:00", "horizon_s": 3600, "warm_up_s": 0}
    assert linked_study(packed(data))
    chat["by_weekday"] = [1] + [0] * 6
    assert len(draw_requests(parse_study(data)).arrival_s) > 1_000_000
    with pytest.raises(InvalidStudy, match="allowed in a link"):
        linked_study(packed(data))


@given(
    by_hour=st.lists(st.floats(0, 10), min_size=24, max_size=24).filter(any),
    first=st.integers(0, 167),
    hours=st.floats(0.1, 400),
)
def test_no_stretch_of_the_week_has_more_than_is_counted(by_hour, first, hours):
    arrivals = ShapedArrivals(rate_rps=1.0, by_hour=by_hour)
    factors = weekly_factors(arrivals)
    share = np.clip(hours - np.arange(ceil(hours)), 0, 1)
    come = 3600 * (share * factors[(first + np.arange(ceil(hours))) % 168]).sum()
    assert come <= link._busiest_s(arrivals, hours * 3600) * (1 + 1e-9)


def test_long_prompts_in_small_pieces_are_refused():
    """1,500 prompts of 100,000 tokens, one in each iteration: hours for every candidate."""
    data = changed("candidates.rented.pools.pool.token_budget", 1)
    data["candidates"]["rented"]["pools"]["pool"]["max_sequences"] = 1
    data["candidates"] = {f"c{n}": data["candidates"]["rented"] for n in range(8)}
    chat = data["workload"]["traffic"]["chat"]
    chat["arrivals"]["rate_rps"] = 0.0005
    data["run"] = {"horizon_s": 3e6, "resolution_s": 3600}
    assert linked_study(packed(data)), "short prompts are no burden"
    chat["sizes"]["input_tokens"] = 100_000
    with pytest.raises(InvalidStudy, match=r"token_budget: asks for 1,200,000,000, allowed"):
        linked_study(packed(data))


def many(part, count):
    """A study with so many of something wrong."""
    wrong = {"kind": "cloud", "site": "region", "instance": "none"}
    return changed(part, {f"x{n}": wrong for n in range(count)})


@pytest.mark.parametrize(
    "data",
    [
        many("candidates", 1_500),
        many("candidates.rented.machines", 1_500),
        many("limits.data", 1_500),
        changed("candidates.rented.pools.pool.model", "a/b" + "-it" * 30_000),
    ],
)
def test_a_study_that_is_long_to_check_is_refused_at_once(data):
    began = time.thread_time()
    with pytest.raises(InvalidStudy):
        linked_study(packed(data))
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("depth", [25, 500, 900, 980, 5_000])
@pytest.mark.parametrize("inner", ["{}", "[]", "1"])
def test_a_nest_is_refused(depth, inner):
    nests = (
        '{"a":' * depth + inner + "}" * depth,
        '{"a":' + "[" * depth + inner + "]" * depth + "}",
    )
    for nest in nests:
        with pytest.raises(InvalidStudy, match="not a study"):
            linked_study(packed(nest.encode()))


@pytest.mark.parametrize(
    "name", ["meta-llama/Llama-3.3-70B-Instruct", "Qwen/Qwen3-8B", "Llama-3.1-8B"]
)
def test_a_model_as_hugging_face_spells_it_goes_there_and_back(name, monkeypatch):
    study = parse_study(changed("candidates.rented.pools.pool.model", name))
    text = link_text(study)
    looked = []
    monkeypatch.setattr("os.path.isfile", lambda path: looked.append(path))
    assert linked_study(text) == study
    assert looked == []


@pytest.mark.parametrize("name", ["./llama-3.1-8b", "a/b/llama-3.1-8b", "/x.json", "none-8b", ""])
def test_a_model_that_could_be_a_file_is_refused(name, monkeypatch):
    looked = []
    monkeypatch.setattr("os.path.isfile", lambda path: looked.append(path))
    with pytest.raises(InvalidStudy, match="may not name a file here"):
        linked_study(packed(changed("candidates.rented.pools.pool.model", name)))
    assert looked == []


def test_a_study_with_files_makes_no_link(tmp_path):
    trace = tmp_path / "trace.csv"
    trace.write_text("arrival_s,input_tokens,output_tokens\n0,10,10\n")
    data = changed("workload.traffic.chat.arrivals", {"kind": "replay", "file": str(trace)})
    data["workload"]["traffic"]["chat"]["sizes"] = {"kind": "trace"}
    with pytest.raises(ValueError, match="a link cannot hold files"):
        link_text(parse_study(data))


@pytest.fixture
def still(monkeypatch):
    monkeypatch.setattr("aisim.app.runner.Runner.preview", lambda *_: None)
    monkeypatch.setattr(Desk, "_last", None)


def test_a_dashboard_opens_the_study_of_its_link(still, monkeypatch):
    study = small_study()
    monkeypatch.setenv("QUERY_STRING", f"s={link_text(study)}&x=1")
    assert Desk("assistant").study == study


def test_a_second_desk_shows_its_own_study(still, monkeypatch):
    monkeypatch.setenv("QUERY_STRING", f"s={link_text(small_study())}")
    first = Desk("assistant")
    assert Desk("reasoning").study == load_study("reasoning")
    assert first.study == small_study()


def test_a_bad_link_is_a_line_and_the_desk_is_there(still, monkeypatch):
    monkeypatch.setenv("QUERY_STRING", "s=%3Cimg%20src=x%3E")
    desk = Desk("assistant")
    assert desk.study == load_study("assistant")
    assert "not a study" in desk._notice.value
    assert "<img" not in desk._notice.value


def test_a_dashboard_speaks_the_language_of_its_link(still, monkeypatch):
    monkeypatch.setattr("aisim.language.speech._chosen", "en")
    monkeypatch.setenv("QUERY_STRING", "lang=nl")
    assert Desk("assistant")._language.value == "nl"
    monkeypatch.setenv("QUERY_STRING", "lang=../../etc")
    monkeypatch.setattr("aisim.language.speech._chosen", "en")
    assert Desk("assistant")._language.value == "en"


def test_what_a_visitor_uploads_is_looked_at_like_a_link(still, monkeypatch):
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    desk = Desk(small_study())
    assert desk._files._save not in [
        w for row in desk._files.children for w in getattr(row, "children", ())
    ]
    from tests.app.desks import said, upload

    upload(desk, dump_study(small_study()).replace("replicas: 1", "replicas: 4000").encode())
    upload(desk, json.dumps(changed("economics.price_list", "/etc/passwd")).encode())
    assert "may not name a file here" in said(desk)


@pytest.mark.parametrize(("software", "most"), [("voila/0.5.13", "100,000"), ("", "500,000")])
def test_a_large_upload_is_refused_before_it_is_read(still, monkeypatch, software, most):
    from tests.app.desks import said, upload

    monkeypatch.setenv("SERVER_SOFTWARE", software)
    desk = Desk(small_study())
    monkeypatch.setattr("aisim.scenario.text.YAML", lambda **_: pytest.fail("it was read"))
    upload(desk, b"a" * (int(most.replace(",", "")) + 1))
    assert f"larger than {most} bytes" in said(desk)
