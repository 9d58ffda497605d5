"""Binder takes from the folder what it is meant to take."""

import os
import re
import tomllib

from tests.browser.conftest import ROOT

PIP = 'RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"'


def test_python_is_the_one_that_is_pinned(plan):
    assert "Building conda environment for python=3.11\n" in plan


def test_the_repository_is_there_before_it_is_installed_and_set_up(plan):
    steps = ("COPY --chown=0:0 src/ ${REPO_DIR}/", PIP, "RUN ./binder/postBuild")
    places = [plan.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_the_extras_exist():
    required = (ROOT / "binder" / "requirements.txt").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (names,) = re.findall(r"^\.\[(.+)\]$", required, re.MULTILINE)
    assert set(names.split(",")) <= set(project["optional-dependencies"])


def test_post_build_can_be_executed():
    assert os.access(ROOT / "binder" / "postBuild", os.X_OK)
