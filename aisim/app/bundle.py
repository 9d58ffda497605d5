"""A script with Vega in it, so that nothing is fetched from elsewhere."""

import os
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

import vl_convert
from platformdirs import user_cache_path

from aisim.charts.vega import alt

#: Between a script and the sum by which one sees that it is whole.
SEAL = "\n//sha256:"


@cache
def bundled(script: str) -> str:
    """The script with all that it uses; made in two seconds, then kept in the user's cache."""
    vega_lite = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    made_by = f"{version('vl-convert-python')} {vega_lite} {script}"
    path = user_cache_path("aisim") / f"{_digest(made_by)[:32]}.js"
    with suppress(OSError, ValueError):
        return _kept(path)
    made = vl_convert.javascript_bundle(script, vl_version=vega_lite)
    with suppress(OSError):  # a cache that cannot be written is none
        _keep(made, path)
    return made


def _kept(path: Path) -> str:
    """What was kept, whole, and by nobody else: it runs with the rights of the notebook.

    Raises:
        OSError: there is none that may be read.
        ValueError: it is not what was written.
    """
    held = path.stat()
    if hasattr(os, "getuid") and (held.st_uid != os.getuid() or held.st_mode & 0o022):
        raise ValueError(f"{path} may be written by others")
    text, _, seal = path.read_text(encoding="utf-8").rpartition(SEAL)
    if seal != _digest(text):
        raise ValueError(f"{path} is damaged")
    return text


def _keep(text: str, path: Path) -> None:
    """Write beside, then rename; nothing is left behind where that fails."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as beside:
        made = Path(beside.name)
    try:
        made.write_text(f"{text}{SEAL}{_digest(text)}", encoding="utf-8")
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
