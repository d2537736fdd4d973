"""The one timer of a driver on a running loop, at a time of the monotonic clock."""

import asyncio
import time
from collections.abc import Callable

from tickpath.venues.session_actions import NS_PER_S


class Wake:
    """Calls once when its time has come; set it again after every call."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._due_ns = 0

    def schedule(self, due_ns: int | None, call: Callable[[], None]) -> None:
        """`call` at that time, None: no more. What falls due later than what is set leaves the
        timer alone: it then finds nothing to do and asks again."""
        if self._timer is not None:
            if due_ns is not None and due_ns >= self._due_ns:
                return
            self._timer.cancel()
            self._timer = None
        if due_ns is not None:
            self._due_ns = due_ns
            wait_ns = max(0, due_ns - time.monotonic_ns())
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(wait_ns / NS_PER_S, self._fire, call)

    def cancel(self) -> None:
        """No timer is left."""
        self.schedule(None, lambda: None)

    def _fire(self, call: Callable[[], None]) -> None:
        self._timer = None
        call()
