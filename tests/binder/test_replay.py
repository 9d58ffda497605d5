"""Binder's steps without docker: install, set up, open JupyterLab and Voila in Chromium."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, missing, running_lab
from tests.browser.notebook import Notebook

START = "notebooks/00_start.ipynb"
#: Voila's own page asks for icons and for formulas; the desk draws without.
ASKED_BY_VOILA = (
    "https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free",
    "https://cdnjs.cloudflare.com/ajax/libs/mathjax/",
)
SETTINGS = "lab/api/settings/@jupyterlab/apputils-extension:notification"


@pytest.fixture(scope="module")
def binder(browser, plan, repo2docker, tmp_path_factory):
    """Address of the JupyterLab of an environment that Binder's own steps have made."""
    home = tmp_path_factory.mktemp("binder")
    copy_of_the_tree(home / "repository")
    steps = re.findall(r"^RUN (.*binder/.*)$", plan, re.MULTILINE)
    (home / "constraints.txt").write_text(base_versions(repo2docker))
    environment = fresh(home, home / "python")
    for step in steps:
        run(step, home / "repository", environment)
    with running_lab(home, home / "repository", str(home / "python/bin/python")) as address:
        yield address


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1500, "height": 1600})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def copy_of_the_tree(folder: Path) -> None:
    """What git has or would add; another's build sees no more."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        missing(f"no git repository to copy: {listed.stderr}")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def fresh(home: Path, prefix: Path) -> dict[str, str]:
    """An empty environment with Binder's pip, and the variables that its steps read."""
    environment = os.environ | {
        "KERNEL_PYTHON_PREFIX": str(prefix),
        "PATH": f"{prefix / 'bin'}:{os.environ['PATH']}",
        "PIP_CONSTRAINT": str(home / "constraints.txt"),
        "PIP_COMPILE": "0",  # a third of the time, for modules that nobody imports
    }
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    pip = [sys.executable, "-m", "pip", "--python", prefix / "bin/python", "install", "pip"]
    ran = subprocess.run([*pip, "--retries=1"], env=environment, capture_output=True, text=True)
    if ran.returncode:
        missing(f"no package index that pip can reach: {ran.stderr[-500:]}")
    return environment


def base_versions(repo2docker: Path) -> str:
    """JupyterLab and pip as they are on Binder before anything of ours is installed."""
    lock = (repo2docker / "buildpacks/conda/environment.py-3.11-linux-64.lock").read_text()
    found = re.findall(r"/(pip|ipywidgets|jupyter_server|jupyterlab\w*)-(\d[\d.]*)-", lock)
    assert {"pip", "ipywidgets", "jupyter_server", "jupyterlab"} <= {name for name, _ in found}
    return "".join(f"{name}=={version}\n" for name, version in found)


def run(step: str, folder: Path, environment: dict[str, str]) -> None:
    ran = subprocess.run(
        step, shell=True, cwd=folder, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, f"{step}\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}"


def test_jupyterlab_runs_the_first_notebook(binder, page):
    notebook = Notebook(page, binder, START)
    notebook.run_all()
    assert {"latency", "cost"} <= notebook.charts().keys()
    assert (notebook.errors, notebook.foreign) == ([], [])


def test_jupyterlab_is_set_up(binder, page):
    page.goto(f"{binder}/{SETTINGS}?token=t")
    served = json.loads(page.inner_text("body"))
    assert served["schema"]["properties"]["fetchNews"]["default"] == "false"
    page.goto(f"{binder}/lab?token=t")
    config = json.loads(page.locator("#jupyter-config-data").text_content())
    assert "@voila-dashboards/jupyterlab-preview" in config["disabledExtensions"]


def test_voila_draws_the_desk(binder, page):
    errors, asked = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{binder}/voila/render/{START}?token=t")
    page.wait_for_selector(".aisim-charts figure[data-chart=cost] svg")
    allowed = (binder, "data:", "blob:", *ASKED_BY_VOILA)
    assert errors == []
    assert [url for url in asked if not url.startswith(allowed)] == []
