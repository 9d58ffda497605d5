"""`--set PATH=VALUE` reaches every field of a study."""

import pytest

from aisim.scenario import InvalidStudy, Study, load_study


def set_all(*overrides: str) -> Study:
    return load_study("assistant", overrides)


def problems(*overrides: str) -> list[str]:
    with pytest.raises(InvalidStudy) as caught:
        set_all(*overrides)
    return [str(fault) for fault in caught.value.faults]


def test_nothing_set_is_the_study_itself():
    assert set_all() == load_study("assistant")


def test_a_field_that_the_file_has():
    study = set_all("candidates.hybrid.pools.own.replicas=1", "workload.traffic.staff.log_bytes=7")
    assert study.workload.traffic["staff"].log_bytes == 7


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("run.seed=9", lambda s: s.run.seed == 9),
        ("economics.discount_rate=0.05", lambda s: s.economics.discount_rate == 0.05),
        ("economics.staff_region=US", lambda s: s.economics.staff_region == "US"),
        (
            "candidates.cloud.pools.chat.balancer=round_robin",
            lambda s: s.candidates["cloud"].pools["chat"].balancer == "round_robin",
        ),
        (
            "candidates.cloud.pools.chat.token_budget=4096",
            lambda s: s.candidates["cloud"].pools["chat"].token_budget == 4096,
        ),
        (
            "candidates.cloud.sites.region.refuses=[secret]",
            lambda s: s.candidates["cloud"].sites["region"].refuses == ("secret",),
        ),
        (
            "candidates.cloud.path.serving.burst.queue=4",
            lambda s: s.candidates["cloud"].path["serving"].burst.queue == 4,
        ),
    ],
)
def test_defaults_that_the_file_leaves_out(override, value):
    assert value(set_all(override))


def test_lists_by_index():
    study = set_all("candidates.hybrid.path.serving.pools.0=burst")
    assert study.candidates["hybrid"].path["serving"].pools == ("burst", "burst")


def test_whole_objects_as_flow_yaml():
    study = set_all(
        "candidates.cloud.pools.chat.runs={kind: hours, hours: ['mon-fri 07:00-19:00']}",
        "workload.traffic.staff.service_level={e2e_s: {percentile: 99, limit_s: 30}}",
    )
    assert study.candidates["cloud"].pools["chat"].runs.hours == ("mon-fri 07:00-19:00",)
    promised = study.workload.traffic["staff"].service_level
    assert (promised.ttft_s, promised.e2e_s.limit_s) == (None, 30)


def test_values_are_yaml():
    study = set_all("description='a: b = c'", "run.horizon_s=1e5", "economics.discount_rate=~")
    assert study.description == "a: b = c"
    assert study.run.horizon_s == 100_000
    assert study.economics.discount_rate is None


def test_the_last_of_two_wins():
    assert set_all("run.seed=3", "run.seed=4").run.seed == 4


def test_unknown_paths_all_at_once_with_the_nearest_name():
    lines = problems("run.horizn_s=3", "candidates.clud.links=3", "candidates.cloud.pools.caht=1")
    assert lines == [
        "--set run.horizn_s=3: run.horizn_s: unknown field, did you mean 'horizon_s'?",
        "--set candidates.clud.links=3: candidates.clud: unknown field, did you mean 'cloud'?",
        "--set candidates.cloud.pools.caht=1: candidates.cloud.pools.caht: "
        "unknown field, did you mean 'chat'?",
    ]


def test_values_are_checked_like_those_of_the_file():
    lines = problems("run.horizon_s=-1", "candidates.cloud.pools.chat.model=lama")
    assert len(lines) == 2
    assert "run.horizon_s: got -1" in lines[0] + lines[1]
    assert "pools.chat.model: unknown model 'lama'" in lines[0] + lines[1]


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("run.seed", "write PATH=VALUE"),
        ("=3", "write PATH=VALUE"),
        ("run.horizon_s=[1", "not YAML"),
        ("run.seed=!!python/object:os.system x", "not YAML"),
        ("description=" + "[" * 100, "deeper than 50 levels"),
        ("run.seed.x=3", "run.seed.x"),
        ("candidates.cloud.path.serving.pools.1=chat", "allowed: 0"),
        ("candidates.cloud.path.serving.pools.-1=chat", "allowed: 0"),
        ("aisim=2", "aisim: got 2, allowed: 1"),
    ],
)
def test_what_cannot_be_set(override, says):
    (line,) = problems(override)
    assert says in line
    assert line.startswith("--set")
