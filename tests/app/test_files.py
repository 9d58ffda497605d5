"""Studies in and out of the desk: saved, opened, copied."""

import shlex
from html import unescape
from pathlib import Path

import pytest

from aisim import dump_study, load_study, read_study
from aisim.app import Desk
from aisim.app.link import linked_study
from tests.app.desks import (
    control,
    everything,
    figures,
    markup,
    said,
    save_as,
    slide,
    type_in,
    upload,
)
from tests.app.wide import RATE
from tests.small import small_study

SMALL = small_study(horizon_s=600)
EVIL = b'<img src=x onerror="alert(1)">'


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def desk(monkeypatch):
    """A desk that simulates nothing."""
    monkeypatch.setattr("aisim.app.runner.Runner.preview", lambda *_: None)
    return Desk(SMALL)


@pytest.fixture
def live(monkeypatch):
    """A desk with a preview of a single draw."""
    monkeypatch.setattr("aisim.app.runner.draws_of", lambda _: 1)
    return Desk(SMALL)


def named(name, **changes):
    text = dump_study(SMALL).replace("name: small", f"name: {name}")
    for old, new in changes.items():
        text = text.replace(f"{old}:", f"{new}:")
    return text.encode()


def is_told(desk):
    return "role='status'" in said(desk)


def is_refused(desk):
    return "role='alert'" in said(desk)


# --- save -------------------------------------------------------------------------------------


def test_a_saved_study_is_the_study(desk, tmp_path):
    slide(desk, RATE, 3)
    save_as(desk, tmp_path / "mine.yaml")
    assert is_told(desk)
    assert f"Saved. In a terminal: aisim run {tmp_path / 'mine.yaml'}" in said(desk)
    assert load_study(tmp_path / "mine.yaml") == desk.study
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_the_file_is_named_after_the_study_and_lies_beside_the_notebook(desk, tmp_path):
    desk._files._save.click()
    assert load_study(tmp_path / "small.yaml") == SMALL


def test_a_file_is_replaced_only_at_the_second_click(desk, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("of somebody else")
    save_as(desk, path)
    assert path.read_text() == "of somebody else"
    assert is_refused(desk)
    assert "save again to replace it" in said(desk)
    desk._files._save.click()
    assert is_told(desk)
    assert load_study(path) == desk.study


def test_a_second_click_counts_for_its_own_file_only(desk, tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("of somebody else")
    save_as(desk, tmp_path / "a.yaml")
    save_as(desk, tmp_path / "b.yaml")
    save_as(desk, tmp_path / "a.yaml")
    for name in ("a.yaml", "b.yaml"):
        assert (tmp_path / name).read_text() == "of somebody else"


def test_what_was_saved_can_be_saved_again(desk, tmp_path):
    save_as(desk, tmp_path / "mine.yaml")
    slide(desk, RATE, 3)
    desk._files._save.click()
    assert is_told(desk)
    assert load_study(tmp_path / "mine.yaml") == desk.study


def test_a_click_of_long_ago_replaces_nothing(desk, tmp_path):
    """Another study was opened since: its file of the same name is not the one that was meant."""
    save_as(desk, tmp_path / "other.yaml")
    upload(desk, named("other"))
    assert desk._files._name.value == "other.yaml"
    desk._files._save.click()
    assert "save again to replace it" in said(desk)
    assert load_study(tmp_path / "other.yaml") == SMALL


@pytest.mark.parametrize(
    "name", ["", "  ", "mine", "mine.txt", ".yaml", "mine.yaml.bak", "..", "/", "x" * 300 + ".yaml"]
)
def test_a_bad_name_is_refused_in_a_line(desk, tmp_path, name):
    save_as(desk, name)
    assert is_refused(desk)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", ["gone", "file"])
def test_a_folder_that_cannot_be_written_is_said(desk, tmp_path, folder):
    (tmp_path / "file").write_text("no folder")
    save_as(desk, tmp_path / folder / "mine.yaml")
    assert is_refused(desk)
    assert "mine.yaml: No" in said(desk) or "mine.yaml: Not" in said(desk)


def test_a_folder_of_that_name_is_never_replaced(desk, tmp_path):
    (tmp_path / "mine.yaml").mkdir()
    save_as(desk, tmp_path / "mine.yaml")
    desk._files._save.click()
    assert is_refused(desk)
    assert (tmp_path / "mine.yaml").is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_a_name_that_is_html_is_escaped(desk):
    save_as(desk, EVIL.decode())
    save_as(desk, "<b>x</b>.yaml")
    assert "<img" not in markup(desk)
    assert "<b>" not in markup(desk)


def test_the_command_that_is_told_works_for_a_name_with_blanks(desk, tmp_path):
    save_as(desk, "my study.yaml")
    command = unescape(said(desk)).partition("aisim run ")[2].removesuffix("</div>")
    assert Path(shlex.split(command)[0]).name == "my study.yaml"


# --- rename -----------------------------------------------------------------------------------


def test_a_study_is_renamed_and_its_file_with_it(desk, tmp_path):
    desk._files._study.value = "for-the-board"
    assert desk.study.name == "for-the-board"
    assert desk._files._name.value == "for-the-board.yaml"
    desk._files._save.click()
    assert load_study(tmp_path / "for-the-board.yaml").name == "for-the-board"
    desk.store.undo()
    desk._files.update()
    assert desk._files._study.value == "small"


def test_a_file_with_a_name_of_its_own_keeps_it(desk):
    desk._files._name.value = "mine.yaml"
    desk._files._study.value = "other"
    assert desk._files._name.value == "mine.yaml"


@pytest.mark.parametrize("name", ["", "  ", "<img src=x>", "x" * 100])
def test_a_name_that_no_study_can_have_is_refused_in_a_line(desk, name):
    desk._files._study.value = name
    assert desk.study == SMALL
    assert desk._files._study.value == "small"
    assert is_refused(desk)
    assert "<img" not in said(desk)


def test_what_is_shown_has_the_new_name(live):
    live._files._study.value = "other"
    assert live.picture.study.name == "other"
    assert live.picture.answer["study"] == "other"


# --- open -------------------------------------------------------------------------------------


def test_an_opened_file_is_on_the_desk(live):
    slide(live, RATE, 3)
    upload(live, named("other"))
    assert is_told(live)
    assert "Opened other" in said(live)
    assert live.study.name == "other"
    assert live._files._name.value == "other.yaml"
    assert control(live, RATE).view.text == "0.5"
    assert "other, seed 1" in figures(live)


def test_what_was_on_the_desk_before_comes_back_by_undo(desk):
    slide(desk, RATE, 3)
    before = desk.study
    upload(desk, named("other"))
    desk._bar._undo.click()
    assert desk.study == before
    assert desk._files._name.value == "small.yaml", "else it is saved under a wrong name"
    desk._bar._redo.click()
    assert desk._files._name.value == "other.yaml"


def test_a_file_with_a_byte_order_mark_and_crlf_opens(desk):
    upload(desk, b"\xef\xbb\xbf" + named("other").replace(b"\n", b"\r\n"))
    assert desk.study.name == "other"


def test_the_same_file_can_be_opened_again(desk):
    """To have it as it was, after some edits."""
    upload(desk, named("other"))
    type_in(desk, RATE, "3")
    upload(desk, named("other"))
    assert desk.study == read_study(named("other").decode())


def test_a_file_that_was_mended_opens_after_one_that_was_broken(desk):
    upload(desk, named("other", rate_rps="rate"))
    assert is_refused(desk)
    upload(desk, named("other"))
    assert is_told(desk)
    assert desk.study.name == "other"


BROKEN = {
    "empty": b"",
    "no study": b"just words",
    "a list": b"- 1\n- 2\n",
    "binary": bytes(range(256)),
    "latin": "aisim: 1\nname: caf\u00e9\n".encode("latin-1"),
    "no YAML": b"aisim: [1",
    "another version": b"aisim: 7\n",
    "unknown field": named("other", rate_rps="rate"),
    "bad value": named("other").replace(b"rate_rps: 0.5", b"rate_rps: many"),
    "bomb": b"a: &a [x, x]\n" + b"".join(
        b"%c: &%c [*%c, *%c]\n" % (i, i, i - 1, i - 1) for i in range(98, 118)
    ),
    "deep": b"[" * 5000,
    "huge": b"# " + b"x" * 600_000,
    "self": b"a: &a [*a]",
    "tags": b"aisim: !!python/object/apply:os.system [id]",
    "html": b"aisim: 1\nname: '" + EVIL + b"'\n'" + EVIL + b"': 1",
    "long number": b"aisim: " + b"9" * 5000,
    "odd keys": b"aisim: 1\n? [a, b]\n: 1\n1: 2\n2024-01-01: x\nnull: y\n",
    "odd candidate": b"aisim: 1\nname: x\nworkload: 3\ncandidates: {1: {sites: 4}, null: []}\n",
    "null": b"null",
    "dates": named("2024-01-01").replace(b"horizon_s: 600", b"horizon_s: 2024-01-01"),
    "nan": named("other").replace(b"rate_rps: 0.5", b"rate_rps: .nan"),
}  # fmt: skip


@pytest.mark.parametrize("which", BROKEN)
def test_a_broken_file_is_said_and_the_study_stays(desk, which):
    type_in(desk, RATE, "3")
    before = desk.study
    upload(desk, BROKEN[which], "broken.yaml")
    assert is_refused(desk)
    assert "broken.yaml" in said(desk)
    assert desk.study is before
    assert desk.store.can_undo
    assert "<img" not in markup(desk)
    assert len(said(desk)) < 5000


def test_every_fault_of_a_file_has_a_line(desk):
    text = named("other").replace(b"rate_rps: 0.5", b"rate_rps: -1")
    upload(desk, text.replace(b"output_tokens: 50", b"output_tokens: 0"))
    assert said(desk).count("\n") == 1
    assert "rate_rps: got -1" in said(desk)


def test_the_name_of_an_uploaded_file_is_escaped(desk):
    upload(desk, b"broken", EVIL.decode() + ".yaml")
    assert is_refused(desk)
    assert "<img" not in markup(desk)


def test_a_study_whose_trace_is_missing_opens_and_says_so(live):
    text = named("other").decode().replace("kind: poisson", "kind: replay\n        file: gone.csv")
    text = text.replace("        rate_rps: 0.5\n", "").replace("kind: constant", "kind: trace")
    text = text.replace("        input_tokens: 300\n", "").replace(
        "        output_tokens: 50\n", ""
    )
    upload(live, text.encode())
    assert live.study.name == "other"
    assert "gone.csv: No such file" in live._results._problem.value


def test_a_shipped_study_can_be_chosen(live):
    live._files._shipped.value = "assistant"
    assert live.study == load_study("assistant")
    assert {row["candidate"] for row in live._results.page.charts.rows["cost"]} == set(
        live.study.candidates
    )
    assert list(live._controls._candidate.options) == list(live.study.candidates)
    assert live._files._name.value == "assistant.yaml"


def test_a_shipped_study_can_be_chosen_again(desk):
    """The list must not stand on a study that is no longer on the desk."""
    desk._files._shipped.value = "assistant"
    upload(desk, named("other"))
    assert desk._files._shipped.value != "assistant"
    desk._files._shipped.value = "assistant"
    assert desk.study.name == "assistant"


def test_scales_are_those_of_the_study_that_was_opened(live):
    """They grow while controls are moved; another study begins with its own."""
    fresh = Desk(SMALL)._results.page.charts.scales
    live._files._shipped.value = "assistant"
    upload(live, dump_study(SMALL).encode())
    assert live._results.page.charts.scales == fresh


# --- copy -------------------------------------------------------------------------------------


def test_what_is_copied_is_the_study_as_it_stands(desk):
    slide(desk, RATE, 3)
    sent = []
    copies = [part for part in everything(desk) if type(part).__name__ == "CopyButton"]
    assert [part.label for part in copies] == [
        "Copy as Python script", "Copy as YAML", "Copy link",
    ]  # fmt: skip
    for part in copies:
        part.send = sent.append
        part._handle_custom_msg({"wanted": True}, [])
    script, text, link = (message["text"] for message in sent)
    assert linked_study(link.removeprefix("?s=")) == desk.study
    assert read_study(text) == desk.study
    assert "aisim.replicate(study, 5)" in script
    compile(script, "script", "exec")
