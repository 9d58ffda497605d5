"""Ctrl-C asks for what there is."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Whether the first Ctrl-C has come; a second one ends at once."""
    stop = False

    def ask(_signal: int, _frame: Any) -> None:
        nonlocal stop
        stop = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: stop
    finally:
        signal.signal(signal.SIGINT, before)
