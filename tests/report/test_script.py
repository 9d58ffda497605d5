"""A study as a script: whoever runs it has the same study."""

from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import aisim
from aisim.planning.replicate import combine
from aisim.report import study_script
from aisim.scenario import load_study, parse_study, shipped_studies
from tests.small import small_data, small_study


def run(script):
    """What the script asks of aisim: the study and the number of replications."""
    asked = []

    def replicate(study, replications):
        asked.append((study, replications))
        return {"candidates": {}}

    with patch.object(aisim, "replicate", replicate):
        exec(compile(script, "script.py", "exec"), {"__name__": "__main__"})
    (one,) = asked
    return one


def described(text, name="small"):
    data = small_data() | {"name": name, "description": text}
    data["candidates"]["rented"]["description"] = text
    return parse_study(data)


@pytest.mark.parametrize("name", shipped_studies())
def test_the_script_of_a_shipped_study(name):
    study = load_study(name)
    assert run(study_script(study, 7)) == (study, 7)


HOSTILE = [
    '"""', "'''", '\\"""', "\\", "\\\\", '"', '\\"', "{yaml}", "{name!r}", "{0}", "%s",
    "\n", "\r\n", "\t", "\\n", "\\N{BULLET}", "\\x41", "\\u0041", "# no comment", "-", "a: b",
    "- a", "[", "&a", "*a", "!!python/name:os.system", "null", "0o7", "2024-01-01",
    "é ü ß 漢字 🚀", "\u2028", "\u00a0", "\x85", "\x07", "\x00", "\x1b[31m", "\ufeff", "\uffff",
    " lead", "trail ", "  \n  \n", "a\n\n\nb", '"""\nimport os\nos.abort()\n"""', "x" * 5000,
    "ends in a backslash \\", 'ends in a quote"',
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_only_words(text):
    study = described(text)
    assert run(study_script(study, 2)) == (study, 2)


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
@example("\\" * 7 + '"' * 7)
def test_any_words_are_only_words(text):
    study = described(text)
    assert run(study_script(study, 2)) == (study, 2)


@settings(max_examples=25, deadline=None)
@given(st.text("\\\"'{}\n #:-", max_size=40))
def test_quotes_and_backslashes_in_any_order(text):
    study = described(text)
    assert run(study_script(study, 2)) == (study, 2)


@pytest.mark.parametrize("name", ["0", "1e3", "null", "no", "0x1F", "12-30", "x" * 64])
def test_names_that_yaml_could_take_for_something_else(name):
    study = described("", name)
    assert run(study_script(study, 2)) == (study, 2)


def test_numbers_come_back_to_the_last_digit():
    data = small_data()
    data["workload"]["traffic"]["chat"]["arrivals"]["rate_rps"] = 0.1 + 0.2
    data["candidates"]["rented"]["links"] = {"wan": {"bandwidth_gbit_per_s": 1e-12}}
    data["candidates"]["rented"]["path"]["office"] = {"kind": "transfer", "link": "wan"}
    data["run"]["seed"] = 2**63 - 1
    study = parse_study(data)
    assert run(study_script(study, 2))[0] == study


def test_the_script_of_a_study_with_a_trace_finds_it(tmp_path, monkeypatch):
    folder = tmp_path / 'a "folder" with {odd} \\ names'
    folder.mkdir()
    (folder / "trace.csv").write_text("arrival_s,input_tokens,output_tokens\n0,10,5\n1,10,5\n")
    data = small_data()
    chat = data["workload"]["traffic"]["chat"]
    chat["arrivals"] = {"kind": "replay", "file": "trace.csv"}
    chat["sizes"] = {"kind": "trace"}
    study = aisim.read_study(aisim.dump_study(parse_study(data)), folder=folder)
    monkeypatch.chdir(tmp_path)
    assert run(study_script(study, 2))[0] == study


def test_the_script_prints_the_answer(capsys):
    study = small_study(horizon_s=600)

    def replicate(study, replications):
        return combine(study, [aisim.compare(study, replication=r).answer() for r in (0, 1)], 2)

    with patch.object(aisim, "replicate", replicate):
        exec(study_script(study, 2), {"__name__": "__main__"})
    out = capsys.readouterr().out
    assert out.count("time to first token") == 2
    assert "limited by: pool" in out
    assert "None" not in out


def test_the_script_prints_what_is_not_defined(capsys):
    """A candidate that completes nothing has no TTFT."""
    data = small_data()
    data["run"]["warm_up_s"] = 1319.99
    del data["candidates"]["owned"]
    study = parse_study(data)
    answer = combine(study, [aisim.compare(study).answer()], 1)
    with patch.object(aisim, "replicate", lambda *_: answer):
        exec(study_script(study, 1), {"__name__": "__main__"})
    assert "p95, s: None" in capsys.readouterr().out


def test_the_script_is_tidy():
    script = study_script(small_study(), 5)
    assert script.startswith('"""The study ')
    assert script.endswith("\n")
    assert "\t" not in script
    assert max(map(len, script.splitlines())) <= 100
