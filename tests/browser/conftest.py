"""A real JupyterLab in a real Chromium; Jupyter's own folders point to a temporary place."""

import importlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.browser.checks", "tests.browser.notebook")

ROOT = Path(__file__).parents[2]
SHOTS = Path(__file__).parent / "shots"
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
#: In the checks of a submission a browser has to be there.
REQUIRED = "AISIM_BROWSER_REQUIRED"
QUIET = (
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic",
)  # fmt: skip


def pytest_terminal_summary(terminalreporter):
    reports = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    for name, line in (said for report in reports for said in report.user_properties):
        if name == "said":
            terminalreporter.write_line(line)


@pytest.fixture
def say(record_property):
    """Print a line after the tests."""
    return lambda line: record_property("said", line)


def slowness() -> float:
    """How much longer things take here because others work, too; 1 where nobody does."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def chromium() -> str:
    path = next((path for path in CHROMIUM if Path(path).exists()), None)
    return path or missing(f"no Chromium in {', '.join(CHROMIUM)}: apt install chromium")


def module(name: str):
    """A module of the tests' own tools; without it the test is skipped, or fails where required."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return missing(f"no {name}: pip install 'aisim[dev]'")


def missing(what: str):
    if os.environ.get(REQUIRED):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def browser():
    path = chromium()
    api = module("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Address of a JupyterLab, and the folder that it shows: a copy of the notebooks."""
    chromium()
    home = tmp_path_factory.mktemp("jupyter")
    folder = home / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".*"))
    with running_lab(home, folder) as address:
        yield address, folder


@pytest.fixture(scope="session")
def start(browser, lab):
    """The first notebook, run; the tests of its desk share it, as it takes long to open."""
    from tests.browser.notebook import Notebook

    address, folder = lab
    # Two pages of one file would share a kernel.
    shutil.copy(folder / "00_start.ipynb", folder / "desk.ipynb")
    context = browser.new_context(viewport={"width": 1500, "height": 2400})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    notebook = Notebook(context.new_page(), address, "desk.ipynb")
    notebook.run_all()
    yield notebook
    notebook.close()
    context.close()


def kernel_mb(home: Path) -> float:
    """The most memory that a kernel of a JupyterLab ever held, of those that still run."""
    found = [0.0]
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if b"ipykernel" in command and bytes(home) in command:
                status = (process / "status").read_text()
                found.append(int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024 / 1e6)
    return max(found)


@contextmanager
def running_lab(home: Path, folder: Path, python: str = "") -> Iterator[str]:
    """A JupyterLab of these tests; or that of another environment, with its own settings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    places = {f"JUPYTER_{name}": str(home / name) for name in folders}
    places |= {f"JUPYTERLAB_{name}_DIR": str(home / name) for name in ("SETTINGS", "WORKSPACES")}
    command = [
        python or sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        "--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token=t",
        f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    if not python:
        command.append(f"--LabApp.app_settings_dir={_settings(home / 'app-settings')}")
    environment = {**os.environ, **places, "IPYTHONDIR": str(home / "ipython")}
    with (home / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/api?token=t", server, home / "lab.log")
            yield address
        finally:
            server.terminate()
            server.wait(30)


def _settings(folder: Path) -> Path:
    """No news, and no preview by Voila, which is built for an older JupyterLab."""
    folder.mkdir()
    fetch_news = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
    (folder / "overrides.json").write_text(json.dumps(fetch_news))
    disabled = {"disabledExtensions": {"@voila-dashboards/jupyterlab-preview": True}}
    (folder / "page_config.json").write_text(json.dumps(disabled))
    return folder


def _wait_for(url: str, server, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")
