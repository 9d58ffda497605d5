"""Progress on stderr, for anything that takes more than a second."""

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

PATIENCE_S = 1.0


class Progress:
    """Bars on a terminal, a line now and then elsewhere; silent for the first second."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr)
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._began_s = time.monotonic()
        self._said_s = self._began_s

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def candidate(self, name: str, done: float) -> None:
        """The share of a candidate's simulation that is done."""
        self._tell(name, done, f"{done:.0%}")

    def replications(self, done: int, wanted: int) -> None:
        """Replications that are through."""
        self._tell("replications", done / wanted, f"{done} of {wanted}")

    def rows(self, done: int, wanted: int) -> None:
        """Rows that are through."""
        self._tell("rows", done / wanted, f"{done:,} of {wanted:,}")

    def _tell(self, what: str, done: float, words: str) -> None:
        now = time.monotonic()
        if now - self._began_s < PATIENCE_S:
            return
        if self._console.is_terminal:
            self._show(what, done)
        elif now - self._said_s >= PATIENCE_S:
            self._said_s = now
            print(f"{what}: {words}", file=sys.stderr, flush=True)

    def _show(self, what: str, done: float) -> None:
        if self._bars is None:
            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
            self._bars = Bars(*columns, console=self._console, transient=True)
            self._bars.start()
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=1.0)
        self._bars.update(self._tasks[what], completed=done)
