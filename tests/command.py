"""`aisim` as a planner types it, in this process: another one imports pandas for two seconds."""

import contextlib
import io
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from subprocess import CompletedProcess, Popen
from tempfile import TemporaryFile
from typing import IO
from unittest import mock

from aisim.cli import main

#: Ctrl-C ends a command within so many seconds.
MOST_S = 10


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
    with TemporaryFile("w+") as err, TemporaryFile("w+") as out:
        process = Popen(command, stdout=out, stderr=err, start_new_session=True)
        try:
            _wait_for(lambda: any(line.startswith(at) for line in _lines(err)), 60)
            os.killpg(process.pid, signal.SIGINT)
            process.wait(MOST_S)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        out.seek(0)
        return CompletedProcess(arguments, process.returncode, out.read(), "".join(_lines(err)))


def _lines(file: IO[str]) -> list[str]:
    """What was written so far; the process has its own place in it."""
    return os.pread(file.fileno(), 1_000_000, 0).decode().splitlines(keepends=True)


def _wait_for(is_there: Callable[[], bool], most_s: float) -> None:
    until = time.monotonic() + most_s
    while not is_there():
        assert time.monotonic() < until, "nothing was told"
        time.sleep(0.02)
