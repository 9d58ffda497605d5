"""The script with Vega in it: made once, kept in the user's cache, made anew without one."""

import os

import pytest
import vl_convert

from aisim.app import bundle
from aisim.app.bundle import bundled

SCRIPT = "export default vegaEmbed;"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch, tmp_path):
    monkeypatch.setattr(bundle, "user_cache_path", lambda name: tmp_path / "cache" / name)
    bundled.cache_clear()
    yield
    bundled.cache_clear()


def test_what_was_made_is_kept(monkeypatch, tmp_path):
    made = bundled(SCRIPT)
    (kept,) = (tmp_path / "cache" / "aisim").iterdir()
    assert kept.read_text(encoding="utf-8").startswith(made)
    assert len(made) > 500_000
    monkeypatch.delattr(vl_convert, "javascript_bundle")
    bundled.cache_clear()
    assert bundled(SCRIPT) == made


def test_another_script_is_another_file(monkeypatch, tmp_path):
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda script, vl_version: script)
    assert bundled("one") == "one"
    assert bundled("two") == "two"
    assert len(list((tmp_path / "cache" / "aisim").iterdir())) == 2


def test_a_cache_that_cannot_be_written_is_none(monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("a file, no folder")
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda script, vl_version: "made")
    assert bundled(SCRIPT) == "made"
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def test_what_cannot_be_kept_leaves_nothing_behind(monkeypatch, tmp_path):
    def full(*_args):
        raise OSError("no space left")

    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda script, vl_version: "made")
    monkeypatch.setattr("pathlib.Path.replace", full)
    assert bundled(SCRIPT) == "made"
    assert list((tmp_path / "cache" / "aisim").iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"\xff", b"alert(1)", b"alert(1)\n//sha256:0"])
def test_what_is_damaged_is_made_anew(monkeypatch, tmp_path, damage):
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda script, vl_version: "made")
    bundled(SCRIPT)
    (kept,) = (tmp_path / "cache" / "aisim").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage)
    bundled.cache_clear()
    assert bundled(SCRIPT) == "made"
    assert kept.read_bytes() == whole


@pytest.mark.skipif(os.name != "posix", reason="other rights elsewhere")
def test_what_others_may_write_is_not_trusted(monkeypatch, tmp_path):
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda script, vl_version: "made")
    bundled(SCRIPT)
    (kept,) = (tmp_path / "cache" / "aisim").iterdir()
    kept.chmod(0o666)
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda script, vl_version: "anew")
    bundled.cache_clear()
    assert bundled(SCRIPT) == "anew"
