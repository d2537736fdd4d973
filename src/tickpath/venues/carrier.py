"""Lines, tasks and one timer on a running loop: what the drivers of sessions have in common.

A driver decides nothing and neither does this: it opens and closes links, sends, and calls the
owner back with the number of the line. No exception of a task is lost: it goes to `alert`.
Worst case: a task that cannot end is cancelled by `close`, which waits for all of them.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from tickpath.core.errors import TickpathError, TransportError
from tickpath.venues.transport.base import CloseReason, Connect, Endpoint, Link
from tickpath.venues.wake import Wake


class Owner(Protocol):
    """A driver: what happens on its lines. All on the loop's thread."""

    def opened(self, line: int) -> None: ...

    def frame(self, line: int, data: bytes, t_ns: int) -> None: ...

    def closed(self, line: int, why: str) -> None: ...


class Carrier:
    """The lines of one driver."""

    def __init__(
        self, owner: Owner, connect: Connect, endpoint: Callable[[str], Endpoint],
        alert: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._owner = owner
        self._connect = connect
        self._endpoint = endpoint
        self._alert = alert
        self._links: dict[int, Link] = {}
        self._openings: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._standing: set[int] = set()
        self._gone = asyncio.Event()
        self._wake = Wake()
        self._ended = False

    def open(self, line: int, url: str) -> None:
        """Connect; `opened` or `closed` of the owner follows."""
        if self._ended:
            return
        self._openings[line] = self.spawn(self._open(line, url))

    def send(self, line: int, data: bytes) -> bool:
        """Whether the message left. A link that does not take it is closed, and `closed` follows
        at once."""
        link = self._links.get(line)
        if link is None:
            return False
        try:
            link.send(data)
        except TransportError as error:
            self._links.pop(line)
            link.close()
            self._owner.closed(line, str(error))
            return False
        return True

    def shut(self, line: int, reason: str) -> None:
        """Close a line or give up opening it; `closed` does not follow."""
        opening = self._openings.pop(line, None)
        if opening is not None:
            opening.cancel()
        link = self._links.pop(line, None)
        if link is not None:
            link.close(text=reason)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine to its end, or until `close`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def schedule(self, wake_ns: int | None, call: Callable[[], None]) -> None:
        """`call` at that time of the monotonic clock, as `Wake` does."""
        self._wake.schedule(wake_ns, call)

    async def close(self) -> None:
        """End: tasks cancelled, links closed (`close_timeout_s` at the latest), no timer left.
        Nothing is opened any more."""
        self._ended = True
        self._wake.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for link in list(self._links.values()):
            link.close()
        while self._standing:
            self._gone.clear()
            await self._gone.wait()

    def _done(self, task: asyncio.Task[None]) -> None:
        """A task's end. An exception is a fault of this program: it is told, and goes to the loop's
        handler; the session's own deadlines go on."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._alert(f"a task of the session failed: {type(error).__name__}")
            task.get_loop().call_exception_handler(
                {"message": "session driver: a task failed", "exception": error, "task": task}
            )

    async def _open(self, line: int, url: str) -> None:
        try:
            await self._connect(self._endpoint(url), _LineListener(self, line))
        except TickpathError as error:
            self._openings.pop(line, None)
            self._owner.closed(line, str(error))
        except Exception as error:
            self._openings.pop(line, None)
            self._owner.closed(line, f"not opened: {type(error).__name__}")
            raise
        finally:
            self._openings.pop(line, None)

    def stood(self, line: int, link: Link) -> None:
        """A link is open."""
        self._links[line] = link
        self._standing.add(line)
        self._owner.opened(line)

    def fell(self, line: int, why: str) -> None:
        """A link has ended."""
        known = self._links.pop(line, None)
        self._standing.discard(line)
        self._gone.set()
        if known is not None:
            self._owner.closed(line, why)


class _LineListener:
    """What the transport calls; it knows which line it is."""

    def __init__(self, carrier: Carrier, line: int) -> None:
        self._carrier = carrier
        self._frame = carrier._owner.frame
        self._line = line

    def on_open(self, link: Link) -> None:
        self._carrier.stood(self._line, link)

    def on_frame(self, link: Link, data: bytes, t_ns: int) -> None:
        self._frame(self._line, data, t_ns)

    def on_close(self, link: Link, reason: CloseReason) -> None:
        self._carrier.fell(self._line, f"{reason.kind} {reason.code} {reason.text}".strip())
