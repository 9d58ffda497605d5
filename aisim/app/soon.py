"""What can wait until the picture is out."""

import asyncio
from collections.abc import Callable
from typing import Any


def soon(fail: Callable[[str], None], act: Callable[..., None], *arguments: Any) -> None:
    """Call a function once the event loop comes to it; at once where none is running.

    What goes wrong in it is told to `fail` in a line: nobody else would hear of it.
    """

    def do() -> None:
        try:
            act(*arguments)
        except Exception as error:
            fail(f"aisim failed: {type(error).__name__}: {error}")

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        do()
    else:
        loop.call_soon(do)
