"""A script with Vega in it, so that nothing is fetched from elsewhere."""

import os
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import vl_convert
from platformdirs import user_cache_path

from aisim.charts.vega import alt


@cache
def bundled(script: str) -> str:
    """The script with all that it uses; made in two seconds, then kept in the user's cache."""
    vega_lite = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    made_by = f"{version('vl-convert-python')} {vega_lite} {script}"
    path = user_cache_path("aisim") / f"{sha256(made_by.encode()).hexdigest()[:32]}.js"
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        made = vl_convert.javascript_bundle(script, vl_version=vega_lite)
        _keep(made, path)
        return made


def _keep(text: str, path: Path) -> None:
    """Write beside, then rename; a cache that cannot be written is none."""
    beside = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    with suppress(OSError):
        beside.unlink()
