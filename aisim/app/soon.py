"""What can wait until the picture is out."""

import asyncio
from collections.abc import Callable
from typing import Any


def soon(act: Callable[..., None], *arguments: Any) -> None:
    """Call a function once the event loop comes to it; at once where none is running."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        act(*arguments)
    else:
        loop.call_soon(act, *arguments)
