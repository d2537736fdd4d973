"""The event loop of commands that use the network."""

import asyncio
from collections.abc import Coroutine
from typing import Any


def on_loop(work: Coroutine[Any, Any, int]) -> int:
    """Run to the end; on uvloop where it is there."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)
