"""`aisim base`, as a planner meets it."""

import json
from functools import partial

import pytest

from aisim.scenario import dump_study, parse_study
from tests.command import aisim, interrupted
from tests.numbers import finite_or_null
from tests.small import small_data

SHORT = ("--set", "run.horizon_s=14400")
base = partial(aisim, "base")


def test_the_base_of_a_hybrid_as_a_table():
    done = base("assistant", "--candidate", "hybrid", *SHORT, env={"COLUMNS": "120"})
    assert done.returncode == 0, done.stderr
    assert "own machines of owned" in done.stdout
    assert "The closed form names" in done.stdout
    assert "nobody may serve personnel" in done.stdout


def test_the_only_hybrid_is_meant_and_json_is_whole():
    done = base("assistant", *SHORT, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    finite_or_null(answer)
    assert (answer["kind"], answer["candidate"]) == ("base", "hybrid")
    assert answer["confirmed"] in {point["machines"] for point in answer["simulated"]}
    assert answer["commitment"]["group"] == "rented"


def test_a_base_with_an_api_behind_it_as_a_table_and_as_json():
    env = {"COLUMNS": "160"}
    done = base("sourcing", "--candidate", "hybrid", *SHORT, env=env)
    assert done.returncode == 0, done.stderr
    for words in ("Requests to API mini", "work, in closed form", "by API mini", "personal"):
        assert words in done.stdout
    assert "Machine-hours" not in done.stdout
    answer = json.loads(base("sourcing", *SHORT, "--json").stdout)  # the only hybrid
    finite_or_null(answer)
    assert (answer["candidate"], answer["overflow"], answer["api"]) == ("hybrid", "api", "mini")
    assert answer["rented_group"] is answer["commitment"] is None
    assert 0 < answer["simulated"][0]["api_tokens_share"] < 1


def test_what_to_commit_of_rented_machines_as_a_table_and_as_json():
    done = base("assistant", "--candidate", "cloud", *SHORT)
    assert done.returncode == 0, done.stderr
    assert "Commit 1 of 1 of rented at commit_3y" in done.stdout
    hybrid = base(
        "assistant", "--candidate", "hybrid", "--group", "rented", *SHORT, "--json"
    )  # a group: only what to commit
    answer = json.loads(hybrid.stdout)
    finite_or_null(answer)
    assert (answer["kind"], answer["group"]) == ("commitment", "rented")


def test_ctrl_c_gives_what_there_is():
    long = ("--set", "run.horizon_s=3000000")
    done = interrupted("base", "assistant", "--json", *long, at="1 own machine")
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    answer = json.loads(done.stdout)
    assert answer["partial"] is True
    assert answer["confirmed"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["assistant", "--candidate", "hybrod"], "hybrod: unknown, did you mean 'hybrid'?"),
        (["assistant", "--candidate", "on-prem"], "on-prem has no rented machines"),
        (["assistant", "--candidate", "cloud", "--group", "owned"], "rented there: rented"),
        (["asistant"], "did you mean 'assistant'"),
    ],
)
def test_bad_input_is_a_line_and_status_2(arguments, words):
    done = base(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert words in done.stderr


def test_a_study_without_rented_machines(tmp_path):
    data = small_data()
    del data["candidates"]["rented"]
    path = tmp_path / "own.yaml"
    path.write_text(dump_study(parse_study(data)))
    done = base(str(path))
    assert done.returncode == 2
    assert "small: no candidate is a hybrid or has rented machines" in done.stderr
