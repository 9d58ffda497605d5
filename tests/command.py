"""`aisim` as a planner types it, in this process: another one imports pandas for two seconds."""

import contextlib
import io
import os
import signal
import sys
from collections.abc import Mapping
from subprocess import PIPE, CompletedProcess, Popen
from unittest import mock

from aisim.cli import main


def aisim(*arguments: str, env: Mapping[str, str] | None = None) -> CompletedProcess[str]:
    """Run a command; what it prints is caught."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, env or {}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            status = main(arguments)
        except SystemExit as left:  # argparse, on arguments that it does not know
            status = left.code
    return CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


def interrupted(*arguments: str, at: str = "") -> CompletedProcess[str]:
    """Run a command in a process of its own; Ctrl-C once it tells of its progress.

    Its workers are hit, too, as in a terminal.

    Args:
        at: how a line of progress begins that is waited for.
    """
    command = [sys.executable, "-m", "aisim.cli", *arguments]
    process = Popen(command, stdout=PIPE, stderr=PIPE, text=True, start_new_session=True)
    assert process.stderr is not None
    told = next((line for line in process.stderr if line.startswith(at)), "")
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return CompletedProcess(arguments, process.returncode, out, told + err)
