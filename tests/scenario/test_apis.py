"""External APIs in a study: what is wrong with them, in the words of a study."""

from collections import Counter

import pytest

from aisim.scenario import InvalidStudy, parse_study
from tests.scenario.small import put, small

SITE = "candidates.site"
API = {"site": "provider", "model": "gpt-5-mini", "serves": ["chat"]}


def with_api(**changes):
    """The small study, its pool with an API behind it; `changes` as paths of the candidate."""
    data = small()
    put(data, f"{SITE}.sites.provider", {"kind": "api", "provider": "openai"})
    put(data, f"{SITE}.apis", {"gpt": dict(API)})
    put(data, f"{SITE}.path.answering.pools", ["llm", "gpt"])
    for path, value in changes.items():
        put(data, f"{SITE}.{path.replace('__', '.')}", value)
    return data


def faults(data):
    with pytest.raises(InvalidStudy) as caught:
        parse_study(data, "study.yaml")
    return [(f.path.removeprefix(f"{SITE}."), f.problem) for f in caught.value.faults]


def test_behind_a_pool_alone_and_in_front():
    assert parse_study(with_api()).candidates["site"].site_of("gpt") == "provider"
    for order in (["gpt"], ["gpt", "llm"]):
        parse_study(with_api(path__answering__pools=order))
    alone = with_api(path__answering__pools=["gpt"])
    for part in ("pools", "machines"):
        del alone["candidates"]["site"][part]
    assert not parse_study(alone).candidates["site"].pools


ONE_FAULT = {
    "no such site": ({"apis__gpt__site": "provder"}, "apis.gpt.site", "did you mean 'provider'?"),
    "an own site": (
        {"apis__gpt__site": "room"},
        "apis.gpt.site",
        "an API cannot stand at a site of kind 'own'",
    ),
    "machines there": (
        {"machines__more": {"kind": "own", "site": "provider", "parts": {"L40S 48GB": 1}}},
        "machines.more.site",
        "own machines cannot stand at a site of kind 'api'",
    ),
    "cloud machines there": (
        {"machines__more": {"kind": "cloud", "site": "provider", "instance": "g6.xlarge"}},
        "machines.more.site",
        "cloud machines cannot stand at a site of kind 'api'",
    ),
    "misspelt in the stage": (
        {"path__answering__pools": ["llm", "gtp"]},
        "path.answering.pools.1",
        "no pool or API named 'gtp', did you mean 'gpt'?",
    ),
    "misspelt model": (
        {"apis__gpt__model": "gpt5-mini"},
        "apis.gpt.model",
        "unknown model of openai 'gpt5-mini'; nearest: gpt-5-mini",
    ),
    "misspelt provider": (
        {"sites__provider__provider": "opnai"},
        "sites.provider.provider",
        "unknown API provider 'opnai'; nearest: openai",
    ),
    "batch": (
        {"apis__gpt__processing": "batch"},
        "apis.gpt.ttft_s",
        "batch answers within a day: give ttft_s",
    ),
    "tail below the median": (
        {"apis__gpt__ttft_s": {"median": 2.0, "p95": 1.0}},
        "apis.gpt.ttft_s",
        "p95 1 must not be below the median 2",
    ),
}


@pytest.mark.parametrize(("changes", "path", "says"), ONE_FAULT.values(), ids=ONE_FAULT)
def test_one_fault(changes, path, says):
    ((at, problem),) = faults(with_api(**changes))
    assert at == path
    assert says in problem


def test_batch_with_a_time_of_its_own():
    hours = {"median": 3600.0, "p95": 36000.0}
    parse_study(with_api(apis__gpt__processing="batch", apis__gpt__ttft_s=hours))


@pytest.mark.parametrize("provider", ["opnai", 7, None])
def test_where_the_provider_is_at_fault_the_model_is_passed_over(provider):
    found = faults(with_api(sites__provider__provider=provider, apis__gpt__model="none-such"))
    assert [path for path, _ in found] == ["sites.provider.provider"]


def test_a_provider_is_at_fault_once():
    data = with_api(sites__provider__provider="opnai", apis__other=dict(API))
    assert [path for path, _ in faults(data)] == ["sites.provider.provider"]


@pytest.mark.parametrize("part", ["links", "storage", "pools"])
def test_a_name_is_no_other_components(part):
    data = with_api()
    things = data["candidates"]["site"][part]
    (first,) = things
    things["gpt"] = things[first]
    assert faults(data) == [("apis.gpt", f"{part}.gpt has that name too; give one another name")]


def test_three_of_one_name_are_two_faults():
    data = with_api()
    for part in ("links", "storage"):
        things = data["candidates"]["site"][part]
        (first,) = things
        things["gpt"] = things[first]
    assert Counter(path for path, _ in faults(data)) == {"apis.gpt": 1, "storage.gpt": 1}


def test_traffic_that_neither_pool_nor_api_serves():
    ((path, problem),) = faults(with_api(pools__llm__serves=["code"], apis__gpt__serves=["image"]))
    assert path == "workload.traffic.staff.service"
    assert problem.startswith("site: no pool or API serves 'chat', allowed: code, image")
    parse_study(with_api(pools__llm__serves=["code"]))


def test_an_api_that_is_never_asked():
    data = with_api(path={"office": {"kind": "transfer", "link": "wan"}})
    assert faults(data) == [
        ("path", "no stage of kind 'serve', so that no pool or API is ever asked")
    ]


@pytest.mark.parametrize("odd", [None, 3, "gpt", [], {"gpt": None}, {"gpt": {"site": ["room"]}}])
def test_odd_input_is_a_fault_and_no_error(odd):
    assert faults(with_api(apis=odd))
