"""What repo2docker would build from binder/; it needs no docker to say so."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, browser, missing

__all__ = ["browser"]


@pytest.fixture(scope="session")
def repo2docker() -> Path:
    """Its folder."""
    found = find_spec("repo2docker")
    return (
        Path(found.origin).parent if found else missing("no repo2docker: pip install 'aisim[dev]'")
    )


@pytest.fixture(scope="session")
def plan(repo2docker) -> str:
    """All that repo2docker says, the Dockerfile among it."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", ROOT]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return ran.stdout + ran.stderr
