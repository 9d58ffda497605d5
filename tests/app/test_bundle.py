"""The script with Vega in it: made once, kept in the user's cache, made anew without one."""

import pytest
import vl_convert

from aisim.app.bundle import bundled

SCRIPT = "export default vegaEmbed;"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    bundled.cache_clear()


def test_what_was_made_is_kept(monkeypatch, tmp_path):
    made = bundled(SCRIPT)
    (kept,) = (tmp_path / "cache" / "aisim").iterdir()
    assert kept.read_text(encoding="utf-8") == made
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
