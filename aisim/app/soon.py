"""What can wait until the page has drawn the picture."""

import asyncio
from collections.abc import Callable
from typing import Any

#: What the page needs to get a picture and draw it, on the same two cores.
PAGE_S = 0.06


def soon(fail: Callable[[str], None], act: Callable[..., None], *arguments: Any) -> None:
    """Call a function when the page has had its time; at once where no event loop is running.

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
        loop.call_later(PAGE_S, do)
